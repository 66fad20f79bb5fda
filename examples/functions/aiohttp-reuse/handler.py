"""The same with one loop, one session and one connection for as long as the environment lives."""

import asyncio
import os

from narrows_lambda.adapters import aiohttp

URL = "{}://{}:{}/".format(
    os.environ.get("DESTINATION_SCHEME", "https"), os.environ["DESTINATION_HOST"], os.environ["DESTINATION_PORT"]
)
run = asyncio.new_event_loop().run_until_complete
session = run(aiohttp.session())


async def get():
    async with session.get(URL) as answer:
        await answer.read()
        return answer.status


def handler(event, context):
    return {"status": run(get())}
