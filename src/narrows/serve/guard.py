"""Who may ask: only who has the token, by the page's own address, from the page itself."""

from __future__ import annotations

import secrets
from http.cookies import CookieError, SimpleCookie
from typing import Final
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""The Content-Security-Policy: the page's own script, style and answers, and no request to anywhere else."""
_HEADERS: Final = {
    "Content-Security-Policy": POLICY,
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


class Guard:
    """Stands before the application.

    A name that somebody else's DNS points to this machine is refused by ``Host``, a page of another origin by
    ``Origin`` and ``Sec-Fetch-Site``, and whoever else runs on this machine by the token.
    """

    def __init__(self, app: ASGIApp, *, port: int, token: str) -> None:
        self._app = app
        self._hosts = frozenset(f"{name}:{port}" for name in ("127.0.0.1", "localhost"))
        self._token = token
        self._cookie = f"narrows-{port}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        headers = Headers(scope=scope)

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(_HEADERS)
            await send(message)

        await self._answer(scope, headers)(scope, receive, send_guarded)

    def _answer(self, scope: Scope, headers: Headers) -> ASGIApp:
        host = headers.get("host", "")
        if host not in self._hosts or len(headers.getlist("host")) != 1:
            return _refused("this is not the address that narrows serve printed")
        origin = headers.get("origin")
        if origin is not None and origin != f"http://{host}":
            return _refused("another origin asks")
        reads = scope["method"] in ("GET", "HEAD")
        by_header = self._is_token(headers.get("authorization", "").removeprefix("Bearer "))
        by_query = reads and scope["path"] == "/" and self._is_token(_query_token(scope))
        if by_query:
            # The token leaves the address, and with it the history; the browser keeps what stands behind the '#'.
            answer = RedirectResponse("/", status_code=303)
            answer.set_cookie(self._cookie, self._token, httponly=True, samesite="strict", path="/")
            return answer
        if not by_header and not self._is_token(_cookie(headers, self._cookie)):
            return _refused("open the address that narrows serve printed: its token is missing or wrong")
        if not by_header and not reads and origin is None:
            return _refused("no origin asks")
        if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            return _refused("another site asks")
        return self._app

    def _is_token(self, given: str) -> bool:
        return secrets.compare_digest(given.encode(), self._token.encode())


def _refused(why: str) -> PlainTextResponse:
    return PlainTextResponse(f"narrows: {why}\n", status_code=403)


def _query_token(scope: Scope) -> str:
    try:
        given = parse_qs(scope["query_string"].decode("ascii"), max_num_fields=4).get("token", [])
    except ValueError:
        return ""
    return given[0] if len(given) == 1 else ""


def _cookie(headers: Headers, name: str) -> str:
    cookies: SimpleCookie = SimpleCookie()
    try:
        cookies.load(headers.get("cookie", ""))
    except CookieError:
        return ""
    return cookies[name].value if name in cookies else ""
