"""As Momento's own example for Lambda is written: a client for each invocation, and with it a connection."""

import os
from datetime import timedelta

from momento import CacheClient, Configurations, CredentialProvider
from momento.responses import CacheGet, CacheSet

CREDENTIALS = CredentialProvider.for_momento_local(
    host=os.environ["DESTINATION_HOST"], port=int(os.environ["DESTINATION_PORT"])
)


def handler(event, context):
    with CacheClient.create(Configurations.Lambda.latest(), CREDENTIALS, timedelta(minutes=5)) as client:
        stored = client.set("cache", "greeting", "hello")
        if isinstance(stored, CacheSet.Error):
            raise stored.inner_exception
        found = client.get("cache", "greeting")
        if isinstance(found, CacheGet.Error):
            raise found.inner_exception
        return {"greeting": found.value_string if isinstance(found, CacheGet.Hit) else None}
