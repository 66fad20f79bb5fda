"""Opens one connection to Redis for each execution environment, and keeps it for all invocations."""

import os

import redis

client = redis.Redis(
    host=os.environ["DESTINATION_HOST"],
    port=int(os.environ["DESTINATION_PORT"]),
    socket_connect_timeout=2,
    socket_timeout=2,
)


def handler(event, context):
    return {"seen": client.incr("seen")}
