"""Makes a Momento client in every invocation, as Momento's own example for Lambda does."""

import os
from datetime import timedelta

from momento import CacheClient, Configurations, CredentialProvider


def handler(event, context):
    client = CacheClient(
        Configurations.Lambda.latest(),
        CredentialProvider.for_momento_local(os.environ["DESTINATION_HOST"], int(os.environ["DESTINATION_PORT"])),
        timedelta(seconds=60),
    )
    client.set("cache", "key", "value")
    return {"value": client.get("cache", "key").value_string}
