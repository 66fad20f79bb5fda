"""Handlers that hold a cache, a database or a gRPC channel."""

from __future__ import annotations

from tests.handlers.corpus.known import handler

handler(
    "redis with a finally",
    """
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
    "+client-in-handler",
)

handler(
    "redis by url with default retries",
    """
import redis as r

cache = r.from_url("redis://cache:6379/0")


def handler(event, context):
    return cache.get("k")
""",
    "redis-retries",
)

handler(
    "redis made lazily behind a guard",
    """
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
)

handler(
    "momento as its example has it",
    """
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
    "+client-in-handler",
)

handler(
    "momento with a deadline of its own, and no eager connection",
    """
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
    "momento-eager-connection",
    "momento-keepalive",
)

handler(
    "powertools with postgres",
    """
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
    "client-in-handler",
)

handler(
    "asyncpg pool",
    """
import asyncio
import asyncpg

loop = asyncio.new_event_loop()
pool = loop.run_until_complete(asyncpg.create_pool("postgres://db", min_size=10))


async def work():
    return await pool.fetch("select 1")


def handler(event, context):
    return loop.run_until_complete(work())
""",
    "+pool-too-large",
)

handler(
    "grpc",
    """
import grpc


def handler(event, context):
    channel = grpc.insecure_channel("cache:50051")
    stub = channel.unary_unary("/a/b")
    return stub(b"", timeout=1)
""",
    "+client-in-handler",
)

handler(
    "service object",
    """
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
    "+client-in-handler",
)

handler(
    "a connection that is kept, and left early with",
    """
import json
import os
import boto3
import psycopg2
from botocore.config import Config

_connection = None


def connection():
    global _connection
    if _connection and not _connection.closed:
        try:
            _connection.cursor().execute("select 1")
            return _connection
        except psycopg2.Error:
            _connection = None
    secrets = boto3.client("secretsmanager", config=Config(connect_timeout=1, read_timeout=2))
    secret = json.loads(secrets.get_secret_value(SecretId="db")["SecretString"])
    _connection = psycopg2.connect(host=os.environ["HOST"], password=secret["password"], connect_timeout=2)
    return _connection


def handler(event, context):
    return connection().cursor().fetchall()
""",
)
handler(
    "clients that are kept by tenant",
    """
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

clients = {}


def client(tenant):
    if tenant not in clients:
        made = redis.Redis(host=tenant, retry=Retry(NoBackoff(), 1))
        clients[tenant] = made
    return clients[tenant]


def handler(event, context):
    return client(event["tenant"]).get("k")
""",
)
handler(
    "an early return that keeps nothing",
    """
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry


def handler(event, context):
    if not event:
        return None
    cache = redis.Redis(host="c", retry=Retry(NoBackoff(), 1))
    return cache.get("k")
""",
    "+client-in-handler",
)
handler(
    "a connection string that is put together",
    """
import psycopg2

NAME = "orders"
connection = psycopg2.connect("dbname={} host=db".format(NAME))
other = psycopg2.connect(f"dbname={NAME} host=db connect_timeout=2")


def handler(event, context):
    return connection.cursor().fetchall() + other.cursor().fetchall()
""",
    "timeout",
)
handler(
    "a client that a cached function makes without a timeout",
    """
from functools import lru_cache
import boto3


@lru_cache
def client():
    return boto3.client("sqs")


def handler(event, context):
    return client().list_queues()
""",
    "timeout",
)
