"""The calls that make a client, a channel, a pool or a connection: data, in one place."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Constructor:
    """What the call makes, what to name it at module level, and whether it can move there as it is.

    A connection with the state of a transaction, or one that belongs to an event loop, cannot: only people can tell
    where it begins and ends.
    """

    noun: str
    name: str
    moves: bool = True


_HTTP = Constructor("HTTP client", "_http")
_ASYNC_HTTP = Constructor("asynchronous HTTP client", "_http", moves=False)
_AWS = Constructor("AWS client", "_aws")
_REDIS = Constructor("Redis client", "_redis")
_ASYNC_REDIS = Constructor("asynchronous Redis client", "_redis", moves=False)
_GRPC = Constructor("gRPC channel", "_channel")
_ASYNC_GRPC = Constructor("asynchronous gRPC channel", "_channel", moves=False)
_CACHE = Constructor("Momento client", "_cache")
_ASYNC_CACHE = Constructor("asynchronous Momento client", "_cache", moves=False)
_DATABASE = Constructor("database connection", "_connection", moves=False)
_POOL = Constructor("pool of connections", "_pool", moves=False)
_ENGINE = Constructor("database engine", "_engine")
_MONGO = Constructor("MongoDB client", "_mongo")
_SEARCH = Constructor("search client", "_search")
_KAFKA = Constructor("Kafka client", "_kafka", moves=False)
_SOCKET = Constructor("connection", "_connection", moves=False)
_SESSION = Constructor("AWS session, and clients of it,", "_session")

CONSTRUCTORS: dict[str, Constructor] = {
    "httpx.Client": _HTTP,
    "httpx.AsyncClient": _ASYNC_HTTP,
    "requests.Session": _HTTP,
    "requests.session": _HTTP,
    "requests.sessions.Session": _HTTP,
    "urllib3.PoolManager": _HTTP,
    "urllib3.ProxyManager": _HTTP,
    "urllib3.HTTPConnectionPool": _HTTP,
    "urllib3.HTTPSConnectionPool": _HTTP,
    "aiohttp.ClientSession": _ASYNC_HTTP,
    "http.client.HTTPConnection": _SOCKET,
    "http.client.HTTPSConnection": _SOCKET,
    "socket.create_connection": _SOCKET,
    "smtplib.SMTP": _SOCKET,
    "smtplib.SMTP_SSL": _SOCKET,
    "boto3.client": _AWS,
    "boto3.resource": _AWS,
    "boto3.Session": _SESSION,
    "boto3.session.Session": _SESSION,
    "boto3.Session().client": _AWS,
    "boto3.Session().resource": _AWS,
    "boto3.session.Session().client": _AWS,
    "boto3.session.Session().resource": _AWS,
    "botocore.session.get_session().create_client": _AWS,
    "aioboto3.Session": Constructor("asynchronous AWS client", "_aws", moves=False),
    "redis.Redis": _REDIS,
    "redis.StrictRedis": _REDIS,
    "redis.from_url": _REDIS,
    "redis.Redis.from_url": _REDIS,
    "redis.StrictRedis.from_url": _REDIS,
    "redis.client.Redis": _REDIS,
    "redis.RedisCluster": _REDIS,
    "redis.cluster.RedisCluster": _REDIS,
    "redis.ConnectionPool": _REDIS,
    "redis.ConnectionPool.from_url": _REDIS,
    "redis.asyncio.Redis": _ASYNC_REDIS,
    "redis.asyncio.Redis.from_url": _ASYNC_REDIS,
    "redis.asyncio.from_url": _ASYNC_REDIS,
    "redis.asyncio.RedisCluster": _ASYNC_REDIS,
    "valkey.Valkey": _REDIS,
    "valkey.from_url": _REDIS,
    "pymemcache.client.base.Client": Constructor("Memcached client", "_memcached"),
    "pymemcache.Client": Constructor("Memcached client", "_memcached"),
    "grpc.insecure_channel": _GRPC,
    "grpc.secure_channel": _GRPC,
    "grpc.aio.insecure_channel": _ASYNC_GRPC,
    "grpc.aio.secure_channel": _ASYNC_GRPC,
    "momento.CacheClient": _CACHE,
    "momento.CacheClient.create": _CACHE,
    "momento.CacheClientAsync": _ASYNC_CACHE,
    "momento.CacheClientAsync.create": _ASYNC_CACHE,
    "momento.TopicClient": _CACHE,
    "momento.TopicClientAsync": _ASYNC_CACHE,
    "psycopg.connect": _DATABASE,
    "psycopg.Connection.connect": _DATABASE,
    "psycopg.AsyncConnection.connect": _DATABASE,
    "psycopg2.connect": _DATABASE,
    "pg8000.connect": _DATABASE,
    "pg8000.dbapi.connect": _DATABASE,
    "pg8000.native.Connection": _DATABASE,
    "pymysql.connect": _DATABASE,
    "mysql.connector.connect": _DATABASE,
    "redshift_connector.connect": _DATABASE,
    "asyncpg.connect": _DATABASE,
    "asyncpg.create_pool": _POOL,
    "psycopg_pool.ConnectionPool": _POOL,
    "psycopg_pool.AsyncConnectionPool": _POOL,
    "psycopg2.pool.SimpleConnectionPool": _POOL,
    "psycopg2.pool.ThreadedConnectionPool": _POOL,
    "sqlalchemy.create_engine": _ENGINE,
    "sqlalchemy.engine.create_engine": _ENGINE,
    "sqlalchemy.ext.asyncio.create_async_engine": Constructor("asynchronous database engine", "_engine", moves=False),
    "pymongo.MongoClient": _MONGO,
    "pymongo.mongo_client.MongoClient": _MONGO,
    "motor.motor_asyncio.AsyncIOMotorClient": Constructor("asynchronous MongoDB client", "_mongo", moves=False),
    "elasticsearch.Elasticsearch": _SEARCH,
    "opensearchpy.OpenSearch": _SEARCH,
    "kafka.KafkaProducer": _KAFKA,
    "kafka.KafkaConsumer": _KAFKA,
    "confluent_kafka.Producer": _KAFKA,
    "confluent_kafka.Consumer": _KAFKA,
}
"""By what the called expression means."""
SESSIONS = {"boto3.Session", "boto3.session.Session", "aioboto3.Session"}
"""What opens no connection itself: its clients do."""

AWS_CLIENTS = {name for name, made in CONSTRUCTORS.items() if made is _AWS}
AWS_SETTINGS = ("botocore.config.Config", "botocore.client.Config")
METHODS = ("get", "post", "put", "patch", "delete", "head", "options", "request")
ONE_SHOT: dict[str, str] = {
    **{f"requests.{method}": "requests.Session()" for method in METHODS},
    **{f"httpx.{method}": "httpx.Client()" for method in METHODS},
    "httpx.stream": "httpx.Client()",
    "urllib.request.urlopen": "",
    "urllib3.request": "urllib3.PoolManager()",
}
"""Functions that open a connection for one call and close it; with the client whose methods are the same."""

SAME_IN_A_CLIENT = {
    "params",
    "headers",
    "data",
    "json",
    "timeout",
    "auth",
    "cookies",
    "files",
    "content",
    "follow_redirects",
    "allow_redirects",
    "stream",
    "url",
    "method",
    "fields",
    "body",
}
"""Arguments of a one-shot function that the method of a client takes too."""
