"""As it is often written: a loop and a connection for each invocation. PGUSER and the like say the rest."""

import asyncio
import os

import asyncpg


async def select():
    connection = await asyncpg.connect(host=os.environ["DESTINATION_HOST"], port=int(os.environ["DESTINATION_PORT"]))
    try:
        return await connection.fetchval("select 1")
    finally:
        await connection.close()


def handler(event, context):
    return {"one": asyncio.run(select())}
