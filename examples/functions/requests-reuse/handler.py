"""The same with one connection for as long as the environment lives."""

import os

from narrows_lambda.adapters import requests

URL = "{}://{}:{}/".format(
    os.environ.get("DESTINATION_SCHEME", "https"), os.environ["DESTINATION_HOST"], os.environ["DESTINATION_PORT"]
)
session = requests.session()


def handler(event, context):
    return {"status": session.get(URL).status_code}
