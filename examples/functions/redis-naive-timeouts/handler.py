"""Opens a connection to Redis in every invocation, and gives up after two seconds when none comes to be."""

import os

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry


def handler(event, context):
    client = redis.Redis(
        host=os.environ["DESTINATION_HOST"],
        port=int(os.environ["DESTINATION_PORT"]),
        socket_connect_timeout=2,
        socket_timeout=2,
        retry=Retry(NoBackoff(), 0),
    )
    return {"visits": client.incr("visits")}
