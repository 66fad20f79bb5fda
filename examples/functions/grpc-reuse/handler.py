"""The same with one connection for as long as the environment lives, and a dead one found in a second."""

import os

import grpc

from narrows_lambda.adapters import grpc as reuse

TARGET = "{}:{}".format(os.environ["DESTINATION_HOST"], os.environ["DESTINATION_PORT"])
METHOD = os.environ.get("DESTINATION_METHOD", "/echo.Echo/Say")
channel = grpc.insecure_channel(TARGET, options=reuse.options())


def handler(event, context):
    return {"said": channel.unary_unary(METHOD)(b"hello", timeout=2).decode()}
