"""As it is often written: a pool for each invocation, and with it a connection.

DESTINATION_SCHEME is https unless it says otherwise; SSL_CERT_FILE names the authority of a server of one's own.
"""

import os

import urllib3

URL = "{}://{}:{}/".format(
    os.environ.get("DESTINATION_SCHEME", "https"), os.environ["DESTINATION_HOST"], os.environ["DESTINATION_PORT"]
)


def handler(event, context):
    pool = urllib3.PoolManager(ca_certs=os.environ.get("SSL_CERT_FILE"))
    return {"status": pool.request("GET", URL).status}
