"""Importing it switches on the sensor, and the thaw guard where there is one; a layer does it without a change of code.

Outside of Lambda's runtime nothing is done. Whatever fails in here, the function is as it would be without it.
``NARROWS_SENSOR`` is ``emf`` (the default), ``json`` or ``off``; ``NARROWS_REUSE`` is ``on`` (the default) or ``off``.
"""

from __future__ import annotations

import os


def switch_on() -> bool:
    """Install what is not switched off; doing it twice is doing it once.

    Returns:
        Whether there is a runtime here to install it in.
    """
    try:
        from narrows_lambda.lifecycle import hook_runtime

        if not hook_runtime():
            return False
    except Exception:
        return False
    # The guard first: what it shuts down is not held when the invocation begins.
    for install in (_guard, _sensor):
        try:  # noqa: SIM105 - contextlib is not imported yet
            install()
        except Exception:  # noqa: PERF203 - one that fails leaves the other be
            pass
    return True


def _sensor() -> None:
    if os.environ.get("NARROWS_SENSOR", "").lower() == "off":
        return
    from narrows_lambda.sensor import install

    install()


def _guard() -> None:
    if os.environ.get("NARROWS_REUSE", "").lower() == "off":
        return
    from narrows_lambda.reuse import guard

    guard.install()


switch_on()
