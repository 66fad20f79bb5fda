"""The rules: importing this package registers every one."""

from __future__ import annotations

from narrows_lambda.lint.rules import (
    client_in_handler as client_in_handler,
)
from narrows_lambda.lint.rules import (
    httpx_keepalive as httpx_keepalive,
)
from narrows_lambda.lint.rules import (
    left_running as left_running,
)
from narrows_lambda.lint.rules import (
    momento_eager_connection as momento_eager_connection,
)
from narrows_lambda.lint.rules import (
    momento_keepalive as momento_keepalive,
)
from narrows_lambda.lint.rules import (
    pool_too_large as pool_too_large,
)
from narrows_lambda.lint.rules import (
    redis_retries as redis_retries,
)
from narrows_lambda.lint.rules import (
    retry_without_bound as retry_without_bound,
)
from narrows_lambda.lint.rules import (
    thread_in_init as thread_in_init,
)
from narrows_lambda.lint.rules import (
    timeout as timeout,
)
