"""The same with one connection for as long as the environment lives."""

import os

from narrows_lambda.adapters import urllib3

URL = "{}://{}:{}/".format(
    os.environ.get("DESTINATION_SCHEME", "https"), os.environ["DESTINATION_HOST"], os.environ["DESTINATION_PORT"]
)
pool = urllib3.pool_manager(ca_certs=os.environ.get("SSL_CERT_FILE"))


def handler(event, context):
    return {"status": pool.request("GET", URL).status}
