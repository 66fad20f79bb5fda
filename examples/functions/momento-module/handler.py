"""Makes one Momento client for each execution environment."""

import os
from datetime import timedelta

from momento import CacheClient, Configurations, CredentialProvider

client = CacheClient(
    Configurations.Lambda.latest(),
    CredentialProvider.for_momento_local(os.environ["DESTINATION_HOST"], int(os.environ["DESTINATION_PORT"])),
    timedelta(seconds=60),
)


def handler(event, context):
    client.set("cache", "key", "value")
    return {"value": client.get("cache", "key").value_string}
