"""The application as others reach it: who is let in, what is refused, what each answer is."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from starlette.applications import Starlette

from narrows.errors import InputError
from narrows.plan import make_plan
from narrows.scenario import parse_scenario
from narrows.serve.app import build
from narrows.serve.running import DroppedError, Latest, simulate
from narrows.serve.state import STATE_BYTES, read_state
from tests.serve.scenarios import ACT_1, SHOP, served, shop

PORT = 4321
HOST = f"127.0.0.1:{PORT}"
OWN = f"http://{HOST}"
TOKEN = "the-token"
COOKIE = {"Cookie": f"narrows-{PORT}={TOKEN}"}
LONG = parse_scenario(ACT_1.read_text(encoding="utf-8").replace("duration: 5m", "duration: 24h"))
"""A run of some seconds."""
BEARER = {"Authorization": f"Bearer {TOKEN}"}
JSON = {"Content-Type": "application/json"}
FROM_PAGE = {**COOKIE, **JSON, "Origin": OWN, "Sec-Fetch-Site": "same-origin"}
POSTS = ("/move", "/play", "/scenario", "/report")

APP, WHAT_IF = build(served(), port=PORT, token=TOKEN)


def ask(
    method: str,
    path: str,
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
    *,
    host: str = HOST,
    app: Starlette = APP,
) -> httpx.Response:
    """One request, as a browser or somebody else sends it."""

    async def send() -> httpx.Response:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url=OWN) as client:
            return await client.request(method, path, headers={"Host": host, **(headers or {})}, content=body)

    return asyncio.run(send())


class TestWhoIsLetIn:
    """The token, the host, the origin."""

    @pytest.mark.parametrize("path", ["/", "/serve.js", "/report.css", "/nowhere"])
    @pytest.mark.parametrize(
        "headers",
        [
            {},
            {"Cookie": f"narrows-{PORT}=another"},
            {"Cookie": f"narrows-{PORT + 1}={TOKEN}"},
            {"Authorization": "Bearer another"},
            {"Authorization": ""},
        ],
    )
    def test_no_token_or_a_wrong_one(self, path: str, headers: dict[str, str]) -> None:
        answer = ask("GET", path, headers)
        assert answer.status_code == 403
        assert TOKEN not in answer.text

    @pytest.mark.parametrize("query", ["?token=another", "?token=", f"?token={TOKEN}&token={TOKEN}", "?token=%ff", ""])
    def test_a_wrong_token_in_the_address(self, query: str) -> None:
        assert ask("GET", f"/{query}").status_code == 403

    def test_the_address_gives_a_cookie_and_leaves_itself(self) -> None:
        answer = ask("GET", f"/?token={TOKEN}")
        assert (answer.status_code, answer.headers["location"]) == (303, "/")
        cookie = answer.headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=strict" in cookie
        page = ask("GET", "/", COOKIE)
        assert page.status_code == 200
        assert TOKEN not in page.text

    def test_the_token_in_the_address_opens_nothing_but_the_page(self) -> None:
        assert ask("GET", f"/serve.js?token={TOKEN}").status_code == 403
        assert ask("POST", f"/move?token={TOKEN}", {**JSON, "Origin": OWN}, b"{}").status_code == 403

    @pytest.mark.parametrize("path", ["/", *POSTS])
    @pytest.mark.parametrize("host", ["evil.example", f"evil.example:{PORT}", "127.0.0.1", "127.0.0.1:80", "", "::1"])
    def test_another_host(self, path: str, host: str) -> None:
        """A name that somebody's DNS points to this machine."""
        method = "GET" if path == "/" else "POST"
        assert ask(method, path, {**FROM_PAGE, "Origin": f"http://{host}"}, b"{}", host=host).status_code == 403

    def test_localhost_is_this_host(self) -> None:
        name = f"localhost:{PORT}"
        assert ask("POST", "/move", {**FROM_PAGE, "Origin": f"http://{name}"}, b"{}", host=name).status_code == 200

    @pytest.mark.parametrize("path", POSTS)
    @pytest.mark.parametrize(
        "origin", ["http://evil.example", "null", f"https://{HOST}", "http://127.0.0.1:80", f"http://localhost:{PORT}"]
    )
    def test_another_origin(self, path: str, origin: str) -> None:
        assert ask("POST", path, {**FROM_PAGE, "Origin": origin}, b"{}").status_code == 403

    def test_no_origin_with_a_cookie_and_another_site(self) -> None:
        without = {name: value for name, value in FROM_PAGE.items() if name != "Origin"}
        assert ask("POST", "/move", without, b"{}").status_code == 403
        assert ask("POST", "/move", {**FROM_PAGE, "Sec-Fetch-Site": "cross-site"}, b"{}").status_code == 403

    def test_a_program_with_the_token(self) -> None:
        assert ask("POST", "/move", {**BEARER, **JSON}, b"{}").status_code == 200

    def test_each_answer_forbids_other_requests(self) -> None:
        for answer in (ask("GET", "/", COOKIE), ask("GET", "/"), ask("POST", "/move", FROM_PAGE, b"{}")):
            policy = answer.headers["content-security-policy"]
            assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'")
            assert "unsafe" not in policy
            assert answer.headers["cache-control"] == "no-store"
            assert "access-control-allow-origin" not in answer.headers


class TestWhatIsRefused:
    """Methods, kinds and sizes of bodies, states."""

    @pytest.mark.parametrize(
        ("method", "path"), [("POST", "/"), ("GET", "/move"), ("PUT", "/scenario"), ("DELETE", "/report")]
    )
    def test_methods(self, method: str, path: str) -> None:
        assert ask(method, path, FROM_PAGE, b"{}").status_code == 405

    @pytest.mark.parametrize("path", POSTS)
    def test_a_form(self, path: str) -> None:
        plain = {**FROM_PAGE, "Content-Type": "text/plain"}
        assert ask("POST", path, plain, b"{}").status_code == 415

    @pytest.mark.parametrize("path", POSTS)
    def test_more_than_a_state(self, path: str) -> None:
        assert ask("POST", path, FROM_PAGE, b" " * (STATE_BYTES + 1)).status_code == 413

    @pytest.mark.parametrize("path", POSTS)
    @pytest.mark.parametrize("body", [b"", b"[]", b'{"functions": {"<b>": {}}}', b"\xff", b'{"x": 1}'])
    def test_no_state(self, path: str, body: bytes) -> None:
        answer = ask("POST", path, FROM_PAGE, body)
        assert answer.status_code == 422
        assert answer.headers["content-type"].startswith("text/plain")
        assert answer.text.count("\n") == 0


def test_names_do_nothing_but_be_read() -> None:
    evil = "<img src=x onerror=alert(1)>"
    text = SHOP.replace("nat-a", f'"{evil}"').replace("name: shop", f"name: '{evil}'")
    text = text.replace("cache", "'a\"b</script>'")
    app, _ = build(served(parse_scenario(text)), port=PORT, token=TOKEN)
    for answer in (ask("GET", "/", COOKIE, app=app), ask("POST", "/move", FROM_PAGE, b"{}", app=app)):
        assert answer.status_code == 200
        assert "<img" not in answer.text
        assert "</script>'" not in answer.text
        assert "&lt;img src=x" in answer.text
    assert ask("POST", "/scenario", FROM_PAGE, b"{}", app=app).headers["content-disposition"].count('"') == 2


class TestAnswers:
    """What comes back."""

    def test_the_scenario_is_one_that_narrows_reads(self) -> None:
        body = json.dumps({"functions": {"storefront": {"environments": 12_000}}}).encode()
        answer = ask("POST", "/scenario", FROM_PAGE, body)
        assert answer.headers["content-disposition"] == 'attachment; filename="shop.yaml"'
        written = parse_scenario(answer.text)
        assert written.demand.functions["storefront"].environments.largest(120) == 12_000
        assert make_plan(written).peak.connections == WHAT_IF.answer(read_state(body)).peak.connections

    def test_the_simulator_agrees(self) -> None:
        found = ask("POST", "/play", FROM_PAGE, b"{}")
        assert found.status_code == 200
        assert "Planner and simulator agree: it holds" in found.text
        # 9,000 connections at partner are all that it takes.
        body = json.dumps({"functions": {"storefront": {"environments": 12_000}}}).encode()
        found = ask("POST", "/play", FROM_PAGE, body)
        assert "Planner and simulator agree: it does not hold" in found.text
        assert "storefront to partner, from 12:0" in found.text

    def test_a_disagreement_is_said(self) -> None:
        """partner answers nobody: no table is full, and everything times out."""
        app, _ = build(
            served(parse_scenario(SHOP.replace("max_connections: 9000", "answers: 'no'"))), port=PORT, token=TOKEN
        )
        found = ask("POST", "/play", FROM_PAGE, b"{}", app=app)
        assert "They disagree: every table holds by the planner, and connections fail" in found.text

    def test_more_than_a_page_may_play_is_said(self) -> None:
        body = json.dumps({"functions": {"storefront": {"environments": 90_000, "connections": {"1": {"hold": 0.5}}}}})
        found = ask("POST", "/play", FROM_PAGE, body.encode())
        assert found.status_code == 422
        assert "connection attempts are more than" in found.text


class TestTheLatestWins:
    """A later move ends an earlier one's run."""

    def test_the_earlier_is_dropped(self) -> None:
        latest = Latest()
        earlier = latest.submit(lambda go_on: simulate(LONG, go_on))
        later = latest.submit(lambda go_on: simulate(shop(), go_on).seconds)
        assert later.result(timeout=60) >= 120
        assert isinstance(earlier.exception(timeout=60), DroppedError)

    def test_all_end_when_the_server_does(self) -> None:
        latest = Latest()
        running = latest.submit(lambda go_on: simulate(LONG, go_on))
        latest.drop()
        assert isinstance(running.exception(timeout=60), DroppedError)

    def test_no_run_takes_longer_than_its_time(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("narrows.serve.running.LONGEST_RUN", 0.05)
        with pytest.raises(InputError, match="takes longer than"):
            simulate(LONG, lambda _done, _all: None)


@pytest.mark.slow
def test_a_report_is_not_dropped_by_what_is_moved_after_it() -> None:
    with ThreadPoolExecutor(1) as pool:
        report = pool.submit(ask, "POST", "/report", FROM_PAGE, b"{}")
        moves = [ask("POST", "/play", FROM_PAGE, b"{}") for _ in range(3)]
        assert report.result().status_code == 200
    assert [move.status_code for move in moves] == [200] * 3


@pytest.mark.slow
def test_the_report_is_one_page_of_the_run() -> None:
    body = json.dumps({"functions": {"storefront": {"environments": 12_000}}}).encode()
    answer = ask("POST", "/report", FROM_PAGE, body)
    assert answer.headers["content-disposition"] == 'attachment; filename="shop.html"'
    assert answer.text.startswith("<!doctype html>")
    assert "storefront" in answer.text


def test_it_is_played_until_lambda_has_scaled_up() -> None:
    """1,000 environments each ten seconds: 20,000 take 200 seconds, and the scenario has 120."""
    body = json.dumps({"functions": {"outside": {"environments": 20_000}}}).encode()
    found = ask("POST", "/play", FROM_PAGE, body)
    assert "Planner and simulator agree: it holds" in found.text
    assert "not the scenario&#39;s 120: as long as it takes to reach the peak" in found.text


def test_a_peak_that_is_not_reached_is_said() -> None:
    app, _ = build(served(parse_scenario(SHOP + "assumptions: {account_concurrency: 3600}\n")), port=PORT, token=TOKEN)
    body = json.dumps({"functions": {"outside": {"environments": 9_000}}}).encode()
    assert "the account runs 3,600 environments at once" in ask("POST", "/move", FROM_PAGE, body, app=app).text
    found = ask("POST", "/play", FROM_PAGE, body, app=app)
    assert "peak not reached" in found.text
    assert "Lambda throttles" in found.text
