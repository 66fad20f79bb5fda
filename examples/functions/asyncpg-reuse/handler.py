"""The same with one loop, one pool and one connection for as long as the environment lives."""

import asyncio
import os

from narrows_lambda.adapters import asyncpg

run = asyncio.new_event_loop().run_until_complete
pool = run(asyncpg.pool(host=os.environ["DESTINATION_HOST"], port=int(os.environ["DESTINATION_PORT"])))


def handler(event, context):
    return {"one": run(pool.fetchval("select 1"))}
