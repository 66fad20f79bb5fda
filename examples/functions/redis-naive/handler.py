"""Opens a connection to Redis in every invocation, and leaves closing it to the garbage collector."""

import os

import redis


def handler(event, context):
    client = redis.Redis(
        host=os.environ["DESTINATION_HOST"],
        port=int(os.environ["DESTINATION_PORT"]),
        socket_connect_timeout=2,
        socket_timeout=2,
    )
    return {"seen": client.incr("seen")}
