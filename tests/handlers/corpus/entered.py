"""Handlers that Lambda enters by another name or through an application, and functions that run in the init phase."""

from __future__ import annotations

from tests.handlers.corpus.known import handler

handler(
    "a handler by any name takes an event and a context",
    """
import requests


def notify(event, context):
    return requests.post(event["hook"], json=event, timeout=2).ok
""",
    "+client-in-handler",
)
handler(
    "a step of the handler is none itself, and is followed",
    """
import requests


def save(event, context):
    return requests.put("https://example.com/x", json=event, timeout=2).ok


def main(event, context):
    return save(event, context)
""",
    "+client-in-handler",
)
handler(
    "routes of a resolver run in each invocation",
    """
import requests
from aws_lambda_powertools.event_handler import APIGatewayRestResolver

app = APIGatewayRestResolver()


@app.get("/price")
def price():
    return requests.get("https://example.com/price", timeout=2).json()


def lambda_handler(event, context):
    return app.resolve(event, context)
""",
    "+client-in-handler",
)
handler(
    "actions of a custom resource",
    """
import boto3
from botocore.config import Config
from crhelper import CfnResource

helper = CfnResource()
QUICK = Config(connect_timeout=1, read_timeout=5)


@helper.create
@helper.update
def put(event, _):
    boto3.client("s3", config=QUICK).put_object(Bucket="b", Key="k", Body=b"")


def handler(event, context):
    helper(event, context)
""",
    "+client-in-handler",
)
handler(
    "functions of chalice",
    """
import requests
from chalice import Chalice

app = Chalice(app_name="prices")


@app.route("/price")
def price():
    return requests.get("https://example.com/price", timeout=2).json()


@app.on_sqs_message(queue="q")
def message(event):
    return requests.post("https://example.com/price", timeout=2).ok
""",
    "+client-in-handler",
    "+client-in-handler",
)
handler(
    "an application behind mangum, with what it does as it starts",
    """
import httpx
from fastapi import FastAPI
from mangum import Mangum

app = FastAPI()


@app.on_event("startup")
async def start():
    app.state.client = httpx.AsyncClient(timeout=2, limits=httpx.Limits(keepalive_expiry=240))


@app.get("/price")
def price():
    return httpx.get("https://example.com/price", timeout=2).json()


handler = Mangum(app)
""",
    "+client-in-handler",
)
handler(
    "a table of actions",
    """
import requests


def _add(event):
    return requests.post("https://example.com/x", json=event, timeout=2).ok


def _drop(event):
    return True


ACTIONS = {"add": _add, "drop": _drop}


def handler(event, context):
    return ACTIONS[event["action"]](event)
""",
    "+client-in-handler",
)
handler(
    "a function that makes the client as the module is imported",
    """
import boto3


def _client(name):
    return boto3.client(name)


sqs = _client("sqs")


def handler(event, context):
    sqs.send_message(QueueUrl="q", MessageBody="m")
""",
    "timeout",
)
handler(
    "what only runs where the file is the program",
    """
import boto3


def handler(event, context):
    return event


if __name__ == "__main__":
    boto3.client("sqs").list_queues()
""",
)
