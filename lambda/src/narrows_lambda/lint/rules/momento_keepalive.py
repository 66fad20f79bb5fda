"""Momento's ``with_client_timeout`` makes a new configuration, whose keepalive pings are on again."""

from __future__ import annotations

from collections.abc import Iterator

from narrows_lambda.lint.finding import Report
from narrows_lambda.lint.rule import Subject, rule


@rule(
    "momento-keepalive",
    "with_client_timeout turns Momento's keepalive pings back on.",
    "https://github.com/momentohq/client-sdk-python",
)
def momento_keepalive(subject: Subject) -> Iterator[Report]:
    """``Configurations.Lambda...with_client_timeout(...)``, however far apart the two stand."""
    for node, meaning in subject.calls:
        if meaning.endswith(".with_client_timeout") and meaning.startswith("momento.") and ".Lambda." in meaning:
            yield Report(
                node,
                "with_client_timeout turns the keepalive pings back on that Configurations.Lambda turns off: a"
                " thawed function finds its connection dead; set the deadline through with_transport_strategy",
            )
