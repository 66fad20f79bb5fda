"""Handlers that leave something running, or try again."""

from __future__ import annotations

from tests.handlers.corpus.known import handler

handler(
    "task nobody awaits",
    """
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
    "+left-running",
    "left-running",
)

handler(
    "tasks that are gathered",
    """
import asyncio


async def one(n):
    return n


async def work():
    tasks = [asyncio.create_task(one(n)) for n in range(3)]
    return await asyncio.gather(*tasks)


def handler(event, context):
    return asyncio.run(work())
""",
)

handler(
    "threads that are joined, and one that is not",
    """
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
    "left-running",
)

handler(
    "executor",
    """
from concurrent.futures import ThreadPoolExecutor

executor = ThreadPoolExecutor(max_workers=4)


def fetch(key):
    return key


def handler(event, context):
    executor.submit(fetch, event["key"])
    with ThreadPoolExecutor(max_workers=4) as pool:
        return list(pool.map(fetch, ["a"])) + [pool.submit(fetch, "b").result()]
""",
    "left-running",
)

handler(
    "thread in init",
    """
import threading


def connect():
    print("connecting")


threading.Thread(target=connect, daemon=True).start()


def handler(event, context):
    return 1
""",
    "thread-in-init",
)

handler(
    "loop that swallows everything",
    """
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
    "retry-without-bound",
)

handler(
    "loop that counts",
    """
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
)

handler(
    "tenacity and backoff",
    """
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
    "retry-without-bound",
    "retry-without-bound",
)
