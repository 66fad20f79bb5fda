"""The same with one connection for as long as the environment lives."""

import os

from narrows_lambda.adapters import boto3

URL = "{}://{}:{}/".format(
    os.environ.get("DESTINATION_SCHEME", "https"), os.environ["DESTINATION_HOST"], os.environ["DESTINATION_PORT"]
)
client = boto3.client("dynamodb", endpoint_url=URL)


def handler(event, context):
    return {"tables": len(client.list_tables().get("TableNames", []))}
