"""The same with one connection for as long as the environment lives."""

import os

from narrows_lambda.adapters import redis

client = redis.client(host=os.environ["DESTINATION_HOST"], port=int(os.environ["DESTINATION_PORT"]))


def handler(event, context):
    return {"visits": client.incr("visits")}
