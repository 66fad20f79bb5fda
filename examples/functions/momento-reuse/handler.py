"""The same with one connection for as long as the environment lives, and a dead one found in a second."""

import os
from datetime import timedelta

from momento import CacheClient, CredentialProvider
from momento.responses import CacheGet, CacheSet

from narrows_lambda.adapters import momento

CREDENTIALS = CredentialProvider.for_momento_local(
    host=os.environ["DESTINATION_HOST"], port=int(os.environ["DESTINATION_PORT"])
)
client = CacheClient(momento.configuration(), CREDENTIALS, timedelta(minutes=5))


def handler(event, context):
    stored = client.set("cache", "greeting", "hello")
    if isinstance(stored, CacheSet.Error):
        raise stored.inner_exception
    found = client.get("cache", "greeting")
    if isinstance(found, CacheGet.Error):
        raise found.inner_exception
    return {"greeting": found.value_string if isinstance(found, CacheGet.Hit) else None}
