"""Handlers that call over HTTP."""

from __future__ import annotations

from tests.handlers.corpus.known import handler

handler(
    "httpx in a with statement",
    '''
import httpx


def lambda_handler(event, context):
    """Ask for the price."""
    with httpx.Client(timeout=2) as client:
        query = """
    a text
with its own indentation"""
        answer = client.post("https://example.com/q", content=query)
    return answer.json()
''',
    "+client-in-handler",
)

handler(
    "httpx at module level with defaults",
    """
import httpx

client = httpx.Client(timeout=2)


def handler(event, context):
    return client.get("https://example.com").text
""",
    "+httpx-keepalive",
)

handler(
    "httpx tuned",
    """
import httpx

client = httpx.Client(timeout=2, limits=httpx.Limits(keepalive_expiry=240))


def handler(event, context):
    return client.get("https://example.com").text
""",
)

handler(
    "httpx without timeout",
    """
import httpx

client = httpx.Client(timeout=None, limits=httpx.Limits(max_connections=100, keepalive_expiry=240))


def handler(event, context):
    return client.get("https://example.com").text
""",
    "timeout",
    "pool-too-large",
)

handler(
    "client cached by lru_cache",
    """
from functools import lru_cache
import httpx


@lru_cache(maxsize=1)
def client():
    return httpx.Client(timeout=2)


def handler(event, context):
    return client().get("https://example.com").status_code
""",
    "+httpx-keepalive",
)

handler(
    "requests one by one",
    """
import requests


def lambda_handler(event, context):
    token = requests.post("https://login.example.com", json={"a": 1}, timeout=3).json()
    return requests.get("https://api.example.com", headers={"T": token}).json()
""",
    "+client-in-handler",
    "+client-in-handler",
    "timeout",
)

handler(
    "requests session with headers of the caller",
    """
import requests


def handler(event, context):
    session = requests.Session()
    session.headers.update({"Authorization": event["token"]})
    return session.get("https://api.example.com", timeout=2).json()
""",
    "client-in-handler",
)

handler(
    "urllib",
    """
import json
import urllib.request


def handler(event, context):
    with urllib.request.urlopen("https://api.example.com") as answer:
        return json.load(answer)
""",
    "client-in-handler",
    "timeout",
)

handler(
    "urllib3 with endless retries",
    """
import urllib3
from urllib3.util import Retry

http = urllib3.PoolManager(maxsize=50, retries=Retry(total=None))


def handler(event, context):
    return http.request("GET", "https://api.example.com").status
""",
    "pool-too-large",
    "retry-without-bound",
    "timeout",
)

handler(
    "asynchronous http client for each invocation",
    """
import asyncio
import aiohttp


async def work(event):
    async with aiohttp.ClientSession() as session:
        async with session.get(event["url"]) as answer:
            return await answer.text()


def handler(event, context):
    return asyncio.run(work(event))
""",
    "client-in-handler",
)

handler(
    "powertools resolver with a route",
    """
import requests
from aws_lambda_powertools.event_handler import APIGatewayRestResolver

app = APIGatewayRestResolver()
session = requests.Session()


@app.get("/todos")
def todos():
    return session.get("https://example.com/todos", timeout=2).json()


def lambda_handler(event, context):
    return app.resolve(event, context)
""",
)

handler(
    "one client for each tenant",
    """
import httpx


def handler(event, context):
    client = httpx.Client(base_url=event["tenant"], timeout=2)
    return client.get("/x").text
""",
    "client-in-handler",
)

handler(
    "ignored with a reason",
    """
import httpx


def handler(event, context):
    # narrows: ignore client-in-handler one call a day
    return httpx.get("https://example.com", timeout=1).text
""",
)

handler(
    "a handler of signals",
    """
import httpx


def handler(signum, frame):
    httpx.Client(timeout=1).get("https://example.com")
""",
)

handler(
    "urllib3 without a timeout anywhere",
    """
import urllib3

http = urllib3.PoolManager()


def handler(event, context):
    return http.request("POST", event["hook"], body=b"x").status
""",
    "timeout",
)
handler(
    "urllib3 whose pool has the timeout, or whose call has",
    """
import urllib3

http = urllib3.PoolManager(timeout=2)
other = urllib3.PoolManager()


def handler(event, context):
    return http.request("GET", "https://example.com").status + other.request("GET", "https://x", timeout=1).status
""",
)
handler(
    "an extension of the environment itself",
    """
import os
import requests
from urllib.request import Request, urlopen

port = os.environ["PORT"]
secrets = "http://localhost:" + port + "/secretsmanager/get?secretId=s"


def handler(event, context):
    request = Request(f"http://127.0.0.1:{port}/x")
    urlopen(request)
    return requests.get(secrets, headers={"X": "y"}).json()
""",
)
handler(
    "mail over a connection without a timeout",
    """
import smtplib


def handler(event, context):
    with smtplib.SMTP("mail.example.com", 587) as mail:
        mail.sendmail("a@example.com", "b@example.com", event["text"])
""",
    "client-in-handler",
    "timeout",
)
