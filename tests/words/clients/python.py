"""Python's libraries, each at every fault that it can meet; prints a JSON line for each. Takes about two minutes."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.metadata
import json
import platform
import socket
import sys
import threading
import warnings
from collections.abc import Callable
from typing import Any

DOMAIN = "example.test"
EVERY = ("black-hole", "refused", "reset", "reset-later", "closed", "closed-later", "silent", "unreachable",
         "nxdomain", "servfail", "unanswered")  # fmt: skip
FULL = (*EVERY, "full")
Attempt = Callable[[str], Any]


def _socket(host: str) -> None:
    with socket.create_connection((host, 443), timeout=1) as one:
        one.sendall(b"GET / HTTP/1.0\r\n\r\n")
        if not one.recv(100):
            raise EOFError


def _asyncio(host: str) -> None:
    async def run() -> None:
        await asyncio.wait_for(asyncio.open_connection(host, 443), 1)

    asyncio.run(run())


def _http_client(host: str) -> None:
    import http.client

    one = http.client.HTTPConnection(host, timeout=1)
    one.request("GET", "/")
    one.getresponse()


def _https_client(host: str) -> None:
    import http.client

    http.client.HTTPSConnection(host, timeout=1).request("GET", "/")


def _urlopen(host: str) -> None:
    import urllib.request

    urllib.request.urlopen(f"http://{host}/", timeout=1)


def _urllib3(scheme: str) -> Attempt:
    def run(host: str) -> None:
        import urllib3

        urllib3.PoolManager(timeout=1, retries=False).request("GET", f"{scheme}://{host}/")

    return run


def _requests(scheme: str) -> Attempt:
    def run(host: str) -> None:
        import requests

        requests.get(f"{scheme}://{host}/", timeout=1)

    return run


def _httpx(scheme: str) -> Attempt:
    def run(host: str) -> None:
        import httpx

        httpx.get(f"{scheme}://{host}/", timeout=1)

    return run


def _aiohttp(scheme: str) -> Attempt:
    def run(host: str) -> None:
        import aiohttp

        async def go() -> None:
            limit = aiohttp.ClientTimeout(sock_connect=1, sock_read=1)
            async with aiohttp.ClientSession(timeout=limit) as session, session.get(f"{scheme}://{host}/") as answer:
                await answer.text()

        asyncio.run(go())

    return run


def _botocore(host: str) -> None:
    import botocore.session
    from botocore.config import Config

    config = Config(connect_timeout=1, read_timeout=1, retries={"max_attempts": 0})
    session = botocore.session.get_session()
    session.set_credentials("AKIDEXAMPLE", "example")
    session.create_client("dynamodb", "us-east-1", endpoint_url=f"https://{host}", config=config).list_tables()


def _redis(host: str) -> None:
    import redis

    redis.Redis(host=host, socket_connect_timeout=1, socket_timeout=1, retry=None).ping()


def _pymemcache(host: str) -> None:
    from pymemcache.client.base import Client

    Client((host, 6379), connect_timeout=1, timeout=1).get("a")


def _psycopg2(host: str) -> None:
    import psycopg2

    psycopg2.connect(f"host={host} user=app password=x dbname=app connect_timeout=2")


def _psycopg(host: str) -> None:
    import psycopg

    psycopg.connect(f"host={host} user=app password=x dbname=app connect_timeout=2")


def _pg8000(host: str) -> None:
    import pg8000.dbapi

    pg8000.dbapi.connect("app", host=host, password="x", timeout=1)


def _asyncpg(host: str) -> None:
    import asyncpg

    asyncio.run(asyncpg.connect(host=host, user="app", password="x", timeout=1))


def _pymysql(host: str) -> None:
    import pymysql

    pymysql.connect(host=host, user="app", password="x", connect_timeout=1, read_timeout=1)


def _mysql_connector(host: str) -> None:
    import mysql.connector

    mysql.connector.connect(host=host, user="app", password="x", connection_timeout=1, use_pure=True)


def _mysql_connector_c(host: str) -> None:
    import mysql.connector

    mysql.connector.connect(host=host, user="app", password="x", connection_timeout=1, use_pure=False)


def _aiomysql(host: str) -> None:
    import aiomysql

    asyncio.run(aiomysql.connect(host=host, user="app", password="x", connect_timeout=1))


def _pymongo(host: str) -> None:
    import pymongo

    limits = {"serverSelectionTimeoutMS": 1500, "connectTimeoutMS": 1000, "socketTimeoutMS": 1000}
    pymongo.MongoClient(host, 27017, **limits).admin.command("ping")


def _kafka(host: str) -> None:
    import kafka

    kafka.KafkaProducer(bootstrap_servers=f"{host}:9092", bootstrap_timeout_ms=3000)


def _confluent(host: str) -> None:
    import confluent_kafka

    said: list[str] = []
    config = {"bootstrap.servers": f"{host}:9092", "socket.connection.setup.timeout.ms": 1000,
              "error_cb": lambda error: said.append(error.str())}  # fmt: skip
    with contextlib.suppress(confluent_kafka.KafkaException):
        confluent_kafka.Producer(config, logger=_Quiet()).list_topics(timeout=3)
    raise _ToldError(said[0] if said else "")


class _Quiet:
    def log(self, *_: object) -> None: ...


class _ToldError(Exception):
    """A library that hands an error to a callback: its text alone."""


def _grpc(host: str) -> None:
    import grpc

    with grpc.insecure_channel(f"{host}:443") as channel:
        channel.unary_unary("/example.Store/Get", lambda x: x, lambda x: x)(b"", timeout=2)


def _grpc_ready(host: str) -> None:
    import grpc

    with grpc.insecure_channel(f"{host}:443") as channel:
        channel.unary_unary("/example.Store/Get", lambda x: x, lambda x: x)(b"", timeout=2, wait_for_ready=True)


def _dnspython(host: str) -> None:
    import dns.resolver

    resolver = dns.resolver.Resolver()
    resolver.lifetime = 2
    resolver.resolve(host, "A")


def _pycurl(host: str) -> None:
    import pycurl

    one = pycurl.Curl()
    one.setopt(pycurl.URL, f"http://{host}/")
    one.setopt(pycurl.CONNECTTIMEOUT, 1)
    one.setopt(pycurl.TIMEOUT, 2)
    one.perform()


def _sqlalchemy(dialect: str) -> Attempt:
    def run(host: str) -> None:
        import sqlalchemy

        name = "connect_timeout"
        sqlalchemy.create_engine(f"{dialect}://app:x@{host}/app", connect_args={name: 2}).connect()

    return run


def _elasticsearch(host: str) -> None:
    import elasticsearch

    elasticsearch.Elasticsearch(f"http://{host}:80", request_timeout=1, max_retries=0).info()


def _websockets(host: str) -> None:
    from websockets.sync.client import connect

    connect(f"ws://{host}/", open_timeout=1)


def _ldap(host: str) -> None:
    import ldap3

    server = ldap3.Server(host, port=636, get_info=ldap3.NONE, connect_timeout=1)
    ldap3.Connection(server, auto_bind=True, receive_timeout=1)


def _paramiko(host: str) -> None:
    import paramiko

    client = paramiko.SSHClient()
    client.set_missing_host_key_policy(paramiko.AutoAddPolicy())
    client.connect(host, username="app", password="x", timeout=1, banner_timeout=1, look_for_keys=False)


def _pika(host: str) -> None:
    import pika

    pika.BlockingConnection(
        pika.ConnectionParameters(host, socket_timeout=1, stack_timeout=2, blocked_connection_timeout=1)
    )


def _cassandra(host: str) -> None:
    from cassandra.cluster import Cluster

    Cluster([host], connect_timeout=1).connect()


def _neo4j(host: str) -> None:
    import neo4j

    with neo4j.GraphDatabase.driver(f"bolt://{host}:7687", connection_timeout=1) as driver:
        driver.verify_connectivity()


def _oracledb(host: str) -> None:
    import oracledb

    oracledb.connect(user="app", password="x", dsn=f"{host}:1521/app", tcp_connect_timeout=1)


def _opensearch(host: str) -> None:
    import opensearchpy

    opensearchpy.OpenSearch(f"http://{host}:80", timeout=1, max_retries=0).info()


HANGS = tuple(fault for fault in EVERY if fault != "silent")
"""Of clients that wait minutes for the first answer."""
TLS = ("silent", "closed", "reset", "black-hole")
ATTEMPTS: list[tuple[str, str, Attempt, tuple[str, ...]]] = [
    ("socket", "", _socket, EVERY),
    ("asyncio", "", _asyncio, ("black-hole", "refused", "unreachable", "nxdomain", "unanswered")),
    ("http.client", "", _http_client, EVERY),
    ("http.client (TLS)", "", _https_client, TLS),
    ("urllib.request", "", _urlopen, EVERY),
    ("urllib3", "urllib3", _urllib3("http"), EVERY),
    ("urllib3 (TLS)", "urllib3", _urllib3("https"), TLS),
    ("requests", "requests", _requests("http"), EVERY),
    ("requests (TLS)", "requests", _requests("https"), TLS),
    ("httpx", "httpx", _httpx("http"), EVERY),
    ("httpx (TLS)", "httpx", _httpx("https"), TLS),
    ("aiohttp", "aiohttp", _aiohttp("http"), EVERY),
    ("aiohttp (TLS)", "aiohttp", _aiohttp("https"), TLS),
    ("botocore", "botocore", _botocore, EVERY),
    ("redis", "redis", _redis, FULL),
    ("pymemcache", "pymemcache", _pymemcache, EVERY),
    ("psycopg2", "psycopg2-binary", _psycopg2, FULL),
    ("psycopg", "psycopg", _psycopg, FULL),
    ("pg8000", "pg8000", _pg8000, FULL),
    ("asyncpg", "asyncpg", _asyncpg, FULL),
    ("PyMySQL", "PyMySQL", _pymysql, FULL),
    ("mysql-connector-python", "mysql-connector-python", _mysql_connector, FULL),
    ("mysql-connector-python (C)", "mysql-connector-python", _mysql_connector_c, FULL),
    ("aiomysql", "aiomysql", _aiomysql, FULL),
    ("pymongo", "pymongo", _pymongo, EVERY),
    ("kafka-python", "kafka-python", _kafka, EVERY),
    ("confluent-kafka", "confluent-kafka", _confluent, ("black-hole", "refused", "reset", "closed", "unreachable",
                                                        "nxdomain", "silent")),
    ("grpcio", "grpcio", _grpc, EVERY),
    ("grpcio (wait_for_ready)", "grpcio", _grpc_ready, ("black-hole", "refused")),
    ("dnspython", "dnspython", _dnspython, ("nxdomain", "servfail", "unanswered")),
    ("pycurl", "pycurl", _pycurl, EVERY),
    ("SQLAlchemy + psycopg2", "SQLAlchemy", _sqlalchemy("postgresql+psycopg2"), FULL),
    ("SQLAlchemy + PyMySQL", "SQLAlchemy", _sqlalchemy("mysql+pymysql"), FULL),
    ("elasticsearch", "elasticsearch", _elasticsearch, EVERY),
    ("websockets", "websockets", _websockets, EVERY),
    ("ldap3", "ldap3", _ldap, EVERY),
    ("paramiko", "paramiko", _paramiko, EVERY),
    ("pika", "pika", _pika, EVERY),
    ("cassandra-driver", "cassandra-driver", _cassandra, EVERY),
    ("neo4j", "neo4j", _neo4j, HANGS),
    ("python-oracledb", "oracledb", _oracledb, HANGS),
    ("opensearch-py", "opensearch-py", _opensearch, EVERY),
]  # fmt: skip


def printed(error: BaseException) -> str:
    """What Lambda's runtime for Python prints first of an exception that left the handler."""
    return str(error) if isinstance(error, _ToldError) else f"[ERROR] {type(error).__name__}: {error}"


def main() -> None:
    """Every attempt, a few at once: most of them wait."""
    warnings.simplefilter("ignore")
    found: list[dict[str, str]] = []
    turns = threading.Semaphore(12)

    def attempt(library: str, package: str, run: Attempt, fault: str) -> None:
        with turns:
            try:
                run(f"{fault}.{DOMAIN}")
            except BaseException as error:
                version = importlib.metadata.version(package) if package else platform.python_version()
                row = {"library": library, "version": version, "runtime": f"Python {platform.python_version()}",
                       "fault": fault, "printed": printed(error)}  # fmt: skip
                if isinstance(error, ImportError):
                    print(library, error, file=sys.stderr)
                elif row["printed"]:
                    found.append(row)

    threads = [
        threading.Thread(target=attempt, args=(library, package, run, fault), daemon=True)
        for library, package, run, faults in ATTEMPTS
        for fault in faults
    ]
    for one in threads:
        one.start()
    for one in threads:
        one.join(timeout=120)
    for row in sorted(found, key=lambda one: (one["library"], one["fault"])):
        print(json.dumps(row), flush=True)


if __name__ == "__main__":
    main()
