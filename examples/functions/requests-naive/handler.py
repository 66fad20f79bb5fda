"""As it is often written: ``requests.get`` makes a session for each call, and with it a connection.

DESTINATION_SCHEME is https unless it says otherwise; REQUESTS_CA_BUNDLE names the authority of a server of one's own.
"""

import os

import requests

URL = "{}://{}:{}/".format(
    os.environ.get("DESTINATION_SCHEME", "https"), os.environ["DESTINATION_HOST"], os.environ["DESTINATION_PORT"]
)


def handler(event, context):
    return {"status": requests.get(URL).status_code}
