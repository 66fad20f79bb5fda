"""Handlers as people have them, each with the rules that it breaks; ``+`` before a rule: ``--fix`` mends it."""

from __future__ import annotations

CORPUS: dict[str, tuple[str, list[str]]] = {}


def handler(name: str, *expected: str) -> None:
    """Add the handler whose source follows in ``SOURCES``."""
    CORPUS[name] = (SOURCES[name], sorted(expected))


SOURCES: dict[str, str] = {
    "sdk client in the handler": """
import boto3
from botocore.config import Config

FAST = Config(connect_timeout=1, read_timeout=2)


def lambda_handler(event, context):
    table = boto3.resource("dynamodb", config=FAST).Table("orders")
    return table.get_item(Key={"id": event["id"]})
""",
    "sdk client at module level": """
import boto3
from botocore.config import Config

s3 = boto3.client("s3", config=Config(connect_timeout=1, read_timeout=5))


def lambda_handler(event, context):
    return s3.head_object(Bucket=event["bucket"], Key=event["key"])
""",
    "sdk client with default timeouts": """
import boto3

sqs = boto3.client("sqs")


def handler(event, context):
    sqs.send_message(QueueUrl=event["queue"], MessageBody="x")
""",
    "session in a helper": """
from boto3 import Session
from botocore.config import Config as C


def _queue():
    session = Session()
    return session.client("sqs", config=C(connect_timeout=1, read_timeout=2))


def handler(event, context):
    _queue().send_message(QueueUrl="q", MessageBody="m")
""",
    "redis with a finally": """
import os
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry


def lambda_handler(event, _):
    cache = redis.Redis(host=os.environ["CACHE"], socket_timeout=1, retry=Retry(NoBackoff(), 1))
    try:
        return cache.get(event["key"])
    finally:
        cache.close()
""",
    "redis by url with default retries": """
import redis as r

cache = r.from_url("redis://cache:6379/0")


def handler(event, context):
    return cache.get("k")
""",
    "redis made lazily behind a guard": """
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

_cache = None


def cache():
    global _cache
    if _cache is None:
        _cache = redis.Redis(host="c", retry=Retry(NoBackoff(), 1))
    return _cache


def handler(event, context):
    return cache().get("k")
""",
    "client cached by lru_cache": """
from functools import lru_cache
import httpx


@lru_cache(maxsize=1)
def client():
    return httpx.Client(timeout=2)


def handler(event, context):
    return client().get("https://example.com").status_code
""",
    "httpx in a with statement": '''
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
    "httpx at module level with defaults": """
import httpx

client = httpx.Client(timeout=2)


def handler(event, context):
    return client.get("https://example.com").text
""",
    "httpx tuned": """
import httpx

client = httpx.Client(timeout=2, limits=httpx.Limits(keepalive_expiry=240))


def handler(event, context):
    return client.get("https://example.com").text
""",
    "httpx without timeout": """
import httpx

client = httpx.Client(timeout=None, limits=httpx.Limits(max_connections=100, keepalive_expiry=240))


def handler(event, context):
    return client.get("https://example.com").text
""",
    "requests one by one": """
import requests


def lambda_handler(event, context):
    token = requests.post("https://login.example.com", json={"a": 1}, timeout=3).json()
    return requests.get("https://api.example.com", headers={"T": token}).json()
""",
    "requests session with headers of the caller": """
import requests


def handler(event, context):
    session = requests.Session()
    session.headers.update({"Authorization": event["token"]})
    return session.get("https://api.example.com", timeout=2).json()
""",
    "urllib": """
import json
import urllib.request


def handler(event, context):
    with urllib.request.urlopen("https://api.example.com") as answer:
        return json.load(answer)
""",
    "urllib3 with endless retries": """
import urllib3
from urllib3.util import Retry

http = urllib3.PoolManager(maxsize=50, retries=Retry(total=None))


def handler(event, context):
    return http.request("GET", "https://api.example.com").status
""",
    "momento as its example has it": """
from datetime import timedelta
from momento import CacheClient, Configurations, CredentialProvider


def handler(event, context):
    cache = CacheClient(
        Configurations.Lambda.latest(),
        CredentialProvider.from_environment_variable("MOMENTO_API_KEY"),
        timedelta(seconds=60),
    )
    return str(cache.get("cache", "key"))
""",
    "momento with a deadline of its own, and no eager connection": """
from datetime import timedelta
from momento import CacheClient, Configurations, CredentialProvider

configuration = Configurations.Lambda.latest().with_client_timeout(timedelta(seconds=1))
cache = CacheClient.create(
    configuration,
    CredentialProvider.from_environment_variable("MOMENTO_API_KEY"),
    timedelta(seconds=60),
    eager_connection_timeout=timedelta(seconds=0),
)


def handler(event, context):
    return str(cache.get("cache", "key"))
""",
    "asynchronous http client for each invocation": """
import asyncio
import aiohttp


async def work(event):
    async with aiohttp.ClientSession() as session:
        async with session.get(event["url"]) as answer:
            return await answer.text()


def handler(event, context):
    return asyncio.run(work(event))
""",
    "task nobody awaits": """
import asyncio


async def audit(event):
    await asyncio.sleep(1)


async def work(event):
    asyncio.create_task(audit(event))
    audit(event)
    return {"ok": True}


def handler(event, context):
    return asyncio.run(work(event))
""",
    "tasks that are gathered": """
import asyncio


async def one(n):
    return n


async def work():
    tasks = [asyncio.create_task(one(n)) for n in range(3)]
    return await asyncio.gather(*tasks)


def handler(event, context):
    return asyncio.run(work())
""",
    "threads that are joined, and one that is not": """
import threading


def send(record):
    print(record)


def audit(event):
    threading.Thread(target=send, args=(event,)).start()


def work(event):
    threads = [threading.Thread(target=send, args=(r,)) for r in event["Records"]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def handler(event, context):
    work(event)
    audit(event)
""",
    "executor": """
from concurrent.futures import ThreadPoolExecutor

executor = ThreadPoolExecutor(max_workers=4)


def fetch(key):
    return key


def handler(event, context):
    executor.submit(fetch, event["key"])
    with ThreadPoolExecutor(max_workers=4) as pool:
        return list(pool.map(fetch, ["a"])) + [pool.submit(fetch, "b").result()]
""",
    "powertools with postgres": """
import os
import psycopg
from aws_lambda_powertools import Logger, Tracer

logger = Logger()
tracer = Tracer()


@logger.inject_lambda_context
@tracer.capture_lambda_handler
def main(event, context):
    with psycopg.connect(os.environ["DSN"]) as connection:
        return connection.execute("select 1").fetchone()
""",
    "powertools resolver with a route": """
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
    "asyncpg pool": """
import asyncio
import asyncpg

loop = asyncio.new_event_loop()
pool = loop.run_until_complete(asyncpg.create_pool("postgres://db", min_size=10))


async def work():
    return await pool.fetch("select 1")


def handler(event, context):
    return loop.run_until_complete(work())
""",
    "loop that swallows everything": """
import time
import requests

session = requests.Session()


def handler(event, context):
    while True:
        try:
            return session.get("https://example.com", timeout=2).json()
        except requests.RequestException:
            time.sleep(0.1)
""",
    "loop that counts": """
import requests

session = requests.Session()


def handler(event, context):
    attempts = 0
    while True:
        try:
            return session.get("https://example.com", timeout=2).json()
        except requests.RequestException:
            attempts += 1
            if attempts > 2:
                raise
""",
    "pages until there are none": """
import boto3
from botocore.config import Config

ddb = boto3.client("dynamodb", config=Config(connect_timeout=1, read_timeout=2, retries={"max_attempts": 50}))


def handler(event, context):
    items = []
    start = {}
    while True:
        page = ddb.scan(TableName="t", **start)
        items += page["Items"]
        if "LastEvaluatedKey" not in page:
            return items
        start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}
""",
    "tenacity and backoff": """
import backoff
import tenacity


@tenacity.retry
def one():
    return 1


@tenacity.retry(stop=tenacity.stop_after_attempt(3))
def two():
    return 2


@backoff.on_exception(backoff.expo, OSError)
def three():
    return 3


def handler(event, context):
    return one() + two() + three()
""",
    "grpc": """
import grpc


def handler(event, context):
    channel = grpc.insecure_channel("cache:50051")
    stub = channel.unary_unary("/a/b")
    return stub(b"", timeout=1)
""",
    "one client for each tenant": """
import httpx


def handler(event, context):
    client = httpx.Client(base_url=event["tenant"], timeout=2)
    return client.get("/x").text
""",
    "service object": """
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry


class Store:
    def __init__(self):
        self.cache = redis.Redis(host="c", retry=Retry(NoBackoff(), 1))

    def load(self, key):
        return self.cache.get(key)


def handler(event, context):
    return Store().load(event["key"])
""",
    "thread in init": """
import threading


def connect():
    print("connecting")


threading.Thread(target=connect, daemon=True).start()


def handler(event, context):
    return 1
""",
    "a handler of signals": """
import httpx


def handler(signum, frame):
    httpx.Client(timeout=1).get("https://example.com")
""",
    "ignored with a reason": """
import httpx


def handler(event, context):
    # narrows: ignore client-in-handler one call a day
    return httpx.get("https://example.com", timeout=1).text
""",
}

handler("sdk client in the handler", "+client-in-handler")
handler("sdk client at module level")
handler("sdk client with default timeouts", "timeout")
# The session itself; and the client, whose session it is.
handler("session in a helper", "+client-in-handler", "client-in-handler")
handler("redis with a finally", "+client-in-handler")
handler("redis by url with default retries", "redis-retries")
handler("redis made lazily behind a guard")
handler("client cached by lru_cache", "+httpx-keepalive")
handler("httpx in a with statement", "+client-in-handler")
handler("httpx at module level with defaults", "+httpx-keepalive")
handler("httpx tuned")
handler("httpx without timeout", "timeout", "pool-too-large")
handler("requests one by one", "+client-in-handler", "+client-in-handler", "timeout")
handler("requests session with headers of the caller", "client-in-handler")
handler("urllib", "client-in-handler", "timeout")
handler("urllib3 with endless retries", "pool-too-large", "retry-without-bound")
handler("momento as its example has it", "+client-in-handler")
handler("momento with a deadline of its own, and no eager connection", "momento-eager-connection", "momento-keepalive")
handler("asynchronous http client for each invocation", "client-in-handler")
handler("task nobody awaits", "+left-running", "left-running")
handler("tasks that are gathered")
handler("threads that are joined, and one that is not", "left-running")
handler("executor", "left-running")
handler("powertools with postgres", "client-in-handler")
handler("powertools resolver with a route")
handler("asyncpg pool", "+pool-too-large")
handler("loop that swallows everything", "retry-without-bound")
handler("loop that counts")
handler("pages until there are none", "retry-without-bound")
handler("tenacity and backoff", "retry-without-bound", "retry-without-bound")
handler("grpc", "+client-in-handler")
handler("one client for each tenant", "client-in-handler")
handler("service object", "+client-in-handler")
handler("thread in init", "thread-in-init")
handler("a handler of signals")
handler("ignored with a reason")
