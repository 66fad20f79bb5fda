"""The policy: frozen, checked, and each default with its reason."""

from __future__ import annotations

import ast
import inspect
import textwrap
from typing import Any

import pytest

from narrows.limits import FILE_DESCRIPTORS, NAT_IDLE_TIMEOUT
from narrows_lambda.reuse import Policy
from narrows_lambda.reuse.policy import _RANGES


def test_a_policy_does_not_change() -> None:
    policy = Policy()
    with pytest.raises(AttributeError, match=r"Policy\(max_idle=5\)"):
        policy.max_idle = 5
    with pytest.raises(AttributeError):
        del policy.max_idle
    assert policy.max_idle == 240


def test_policies_that_say_the_same_are_the_same() -> None:
    assert Policy(retries=2) == Policy()
    assert hash(Policy(retries=2)) == hash(Policy())
    assert Policy(retries=1) != Policy()
    assert repr(Policy(retries=1, backoff=0)) == "Policy(retries=1, backoff=0)"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"max_idle": 351}, "max_idle is 351; it must be a number from 0.001 to 350 (tables on the path forget"),
        ({"max_idle": 0}, "max_idle is 0"),
        ({"retries": 1.5}, "retries is 1.5; it must be a whole number"),
        ({"retries": True}, "retries is True"),
        ({"connections": 0}, "connections is 0; it must be a whole number from 1 to 1024"),
        ({"user_timeout": float("nan")}, "user_timeout is nan"),
        ({"connect_timeout": "2"}, "connect_timeout is '2'"),
        ({"backoff": 2.0}, "backoff (2.0) is longer than longest_backoff (1.0)"),
        ({"eager_timeout": 11}, "Lambda gives initialization no longer"),
    ],
)  # fmt: skip
def test_a_bad_value_is_one_clear_error(given: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match="Policy: ") as error:
        Policy(**given)
    assert said in str(error.value)
    assert "\n" not in str(error.value)


def test_every_field_has_its_reason_under_it_and_a_range() -> None:
    body = ast.parse(textwrap.dedent(inspect.getsource(Policy))).body[0]
    assert isinstance(body, ast.ClassDef)
    fields = []
    for field, after in zip(body.body, body.body[1:], strict=False):
        if isinstance(field, ast.AnnAssign):
            assert isinstance(field.target, ast.Name)
            assert isinstance(after, ast.Expr), field.target.id
            fields.append(field.target.id)
    assert fields == list(_RANGES) == list(inspect.signature(Policy).parameters)
    for name in fields:
        assert inspect.signature(Policy).parameters[name].default == getattr(Policy, name)


def test_a_connection_is_given_up_before_the_path_forgets_it() -> None:
    assert Policy.max_idle * 1.125 < NAT_IDLE_TIMEOUT.value
    assert Policy.connections < FILE_DESCRIPTORS.value


def test_an_attempt_and_another_fit_into_the_default_timeout_of_a_function() -> None:
    assert Policy.connect_timeout * 2 <= 3
    assert Policy().longest == pytest.approx(3 * 1.5 + 0.05 + 0.1)
