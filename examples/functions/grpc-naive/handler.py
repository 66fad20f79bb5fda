"""As it is often written: a channel for each invocation, and with it a connection.

DESTINATION_METHOD is a method that takes and gives bytes.
"""

import os

import grpc

TARGET = "{}:{}".format(os.environ["DESTINATION_HOST"], os.environ["DESTINATION_PORT"])
METHOD = os.environ.get("DESTINATION_METHOD", "/echo.Echo/Say")


def handler(event, context):
    with grpc.insecure_channel(TARGET) as channel:
        return {"said": channel.unary_unary(METHOD)(b"hello", timeout=2).decode()}
