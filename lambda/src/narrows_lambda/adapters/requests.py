"""requests: ``session = adapters.requests.session()`` is a ``requests.Session``."""

from __future__ import annotations

from narrows_lambda.reuse import Policy, install

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    import requests


def session(*, policy: Policy | None = None) -> requests.Session:
    """A session by the policy.

    ``requests`` waits for ever by default, for a connection and for an answer. Here a request that is given no timeout
    connects within the policy's, and waits for an answer as long as the invocation lasts.

    Args:
        policy: that of the process unless one is given.
    """
    import requests
    from requests.adapters import HTTPAdapter

    from narrows_lambda.adapters.urllib3 import retries, socket_options

    shared = install(policy)

    class Adapter(HTTPAdapter):
        def init_poolmanager(self, *arguments: Any, **named: Any) -> None:
            super().init_poolmanager(*arguments, socket_options=socket_options(shared), **named)

        def proxy_manager_for(self, proxy: str, **named: Any) -> Any:
            return super().proxy_manager_for(proxy, socket_options=socket_options(shared), **named)

        def send(self, request: Any, stream: bool = False, timeout: Any = None, *more: Any, **named: Any) -> Any:
            if timeout is None:
                timeout = shared.retries.connect_timeout(), shared.retries.left()
            return super().send(request, stream, timeout, *more, **named)

    made = requests.Session()
    most = shared.policy.connections
    for scheme in ("https://", "http://"):
        made.mount(scheme, Adapter(pool_maxsize=most, pool_block=True, max_retries=retries(shared)))
    return made
