"""Windows in which nothing on the path is wrong, whatever the evidence shouts."""

from __future__ import annotations

from oracles.incidents.world import (
    CaseFolder,
    Expert,
    Headline,
    Traffic,
    about,
    allow,
    incident,
    node_log,
    python_error,
    python_log,
    ramp,
    times,
)
from oracles.incidents.world.seen.eleventh._sites_b import Diary, elsewhere, town


@incident(
    source="composed: a crawler fills half a NAT gateway beside a function that does well",
    expert=Expert(
        (), (), Headline.CLEAR,
        "all its calls end well; the gateway's load and its idle timeouts are a crawler's, and no port was refused and "
        "no packet dropped",
    ),
)  # fmt: skip
def crawler_next_door(case: CaseFolder) -> None:
    place = town(case, "news", "10.68", "3.218.77.145")
    case.function("article-fetch", place.apps, [place.lambdas], timeout=20)
    calls = Traffic(case, "article-fetch")
    calls.good(420, 0, 60, python_log("INFO", "fetched 200, policy: timeout=15 max_retries=3, attempt 1"), seconds=0.4)
    calls.write()
    tried = about(21_400, 60, 0.06)
    case.nat_metrics(
        place.nat,
        errors=[0.0] * 60,
        active=ramp(26_100, 31_400, 60, 0.02),
        attempts=tried,
        established=[one - 160 - index % 13 for index, one in enumerate(tried)],
        idle=about(1_350, 60),
        drops=[0.0] * 60,
        packets_out=about(1_900_000, 60),
        packets_in=about(2_600_000, 60),
        bytes_out=about(310_000_000, 60),
        bytes_in=about(2_900_000_000, 60),
    )
    case.yaml(functions=["article-fetch"], destinations={"wire": {"name": "feed.wirepress.com", "port": 443}})


@incident(
    source="composed: a Redis restart an hour before the window, still in the answer of filter-log-events",
    expert=elsewhere("the refusals ended 50 minutes before the window; in it, nothing fails"),
)
def refusals_of_the_hour_before(case: CaseFolder) -> None:
    place = town(case, "games", "10.87", "18.207.149.52")
    own = case.group("games-redis", [allow(6379, place.lambdas)])
    cache = case.cache("games-001", place.db_a, [own])
    host = "games.q1w7ru.0001.use1.cache.amazonaws.com"
    case.function("leaderboard", place.apps, [place.lambdas], timeout=10)
    refused = python_error(
        "ConnectionError",
        f"Error 111 connecting to {host}:6379. Connection refused.",
        ("/var/task/redis/connection.py", 391, "connect", "raise ConnectionError(self._error_message(e))"),
    )
    diary = Diary(case, "leaderboard")
    for number, at in enumerate(times(22, -55, -51.5)):
        diary.run(at, refused, seconds=0.01, stream=7, error=True, cold=0.3 if number == 0 else None)
    for number, at in enumerate(times(330, -51, 60)):
        diary.run(at, python_log("INFO", "top 100 read"), seconds=0.02, stream=number % 2)
    diary.write()
    case.metric(
        "AWS/ElastiCache", "CurrConnections", {"CacheClusterId": "games-001"}, about(14, 60, 0.15), stat="Maximum"
    )
    case.yaml(functions=["leaderboard"], destinations={
        "board": {"name": host, "port": 6379, "addresses": [cache["PrivateIpAddress"]]}})  # fmt: skip


@incident(
    source="composed: after questions on StackOverflow (Lambda polls DescribeExecution until it times out)",
    expert=elsewhere("it asks a state machine every five seconds whether it is done, is answered each time, and its "
                     "time runs out while the execution goes on"),
)  # fmt: skip
def waiting_for_a_long_execution(case: CaseFolder) -> None:
    place = town(case, "render", "10.95", "34.195.250.71")
    door = case.group("endpoints", [allow(443, place.lambdas)])
    case.interface_endpoint("states", place.apps, [door])
    case.function("render-and-wait", place.apps, [place.lambdas], runtime="nodejs22.x", timeout=60)
    asked = [node_log("INFO", f"DescribeExecution 200 in {31 + at} ms: RUNNING") for at in range(11)]
    done = node_log("INFO", "DescribeExecution 200 in 29 ms: SUCCEEDED")
    diary = Diary(case, "render-and-wait")
    for number in range(38):
        at = 20.0 + number * 93.0
        if number % 4 == 1:
            diary.run(at, timeout=60, during=[(5.0 * (step + 1), line) for step, line in enumerate(asked)])
        else:
            diary.run(at, done, seconds=30.2, cold=0.38 if number == 0 else None,
                      during=[(5.0 * (step + 1), line) for step, line in enumerate(asked[:5])])  # fmt: skip
    diary.write()
    case.without("ec2/addresses")
    case.yaml(functions=["render-and-wait"],
              destinations={"states": {"name": "states.us-east-1.amazonaws.com", "port": 443}})  # fmt: skip
