"""As it is often written: a client for each invocation, and with it a connection."""

import os

import redis


def handler(event, context):
    client = redis.Redis(host=os.environ["DESTINATION_HOST"], port=int(os.environ["DESTINATION_PORT"]))
    return {"visits": client.incr("visits")}
