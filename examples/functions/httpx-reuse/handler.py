"""The same with one connection for as long as the environment lives."""

import os

from narrows_lambda.adapters import httpx

URL = "{}://{}:{}/".format(
    os.environ.get("DESTINATION_SCHEME", "https"), os.environ["DESTINATION_HOST"], os.environ["DESTINATION_PORT"]
)
client = httpx.client()


def handler(event, context):
    return {"status": client.get(URL).status_code}
