"""Makes a Momento client in every invocation, and closes it."""

import os
from datetime import timedelta

from momento import CacheClient, Configurations, CredentialProvider

CREDENTIALS = CredentialProvider.for_momento_local(
    host=os.environ["DESTINATION_HOST"], port=int(os.environ["DESTINATION_PORT"])
)


def handler(event, context):
    with CacheClient(Configurations.Lambda.latest(), CREDENTIALS, timedelta(seconds=60)) as client:
        client.set("cache", "greeting", "hello")
        return {"greeting": client.get("cache", "greeting").value_string}
