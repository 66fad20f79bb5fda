"""As it is often written: a loop and a session for each invocation, and with it a connection.

DESTINATION_SCHEME is https unless it says otherwise; SSL_CERT_FILE names the authority of a server of one's own.
"""

import asyncio
import os

import aiohttp

URL = "{}://{}:{}/".format(
    os.environ.get("DESTINATION_SCHEME", "https"), os.environ["DESTINATION_HOST"], os.environ["DESTINATION_PORT"]
)


async def get():
    async with aiohttp.ClientSession() as session, session.get(URL) as answer:
        await answer.read()
        return answer.status


def handler(event, context):
    return {"status": asyncio.run(get())}
