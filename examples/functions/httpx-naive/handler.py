"""As it is often written: ``httpx.get`` makes a client for each call, and with it a connection.

DESTINATION_SCHEME is https unless it says otherwise; SSL_CERT_FILE names the authority of a server of one's own.
"""

import os

import httpx

URL = "{}://{}:{}/".format(
    os.environ.get("DESTINATION_SCHEME", "https"), os.environ["DESTINATION_HOST"], os.environ["DESTINATION_PORT"]
)


def handler(event, context):
    return {"status": httpx.get(URL).status_code}
