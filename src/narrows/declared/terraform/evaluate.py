"""Working out expressions: what is known in them, what refers to a resource, and why the rest is not known."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Final

from narrows.declared.model import Reference, Unknown
from narrows.declared.terraform import expressions as ex
from narrows.declared.terraform.access import item, member
from narrows.declared.terraform.functions import call
from narrows.declared.terraform.values import (
    Budget,
    Found,
    Lazy,
    Uncounted,
    WrongError,
    decimal,
    is_list,
    is_same,
    items_of,
    numeric,
    pairs_of,
    short,
    text,
    truth,
    why_open,
)
from narrows.errors import InputError, shown

Names = Mapping[str, Found]
"""The names that only an expression has: those of ``for``, of a dynamic block, ``each`` and ``count``."""
_LONGEST_HOLES: Final = 500
_DEEPEST: Final = 60
"""Expressions that wait for each other, names followed: people write twenty."""
_ARITHMETIC: Final[Mapping[str, Callable[[Decimal, Decimal], Decimal]]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "%": operator.mod,
}


_ORDER: Final[Mapping[str, Callable[[float, float], bool]]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class Evaluator:
    """Works out the expressions of one folder."""

    def __init__(self, budget: Budget, text_of: Callable[[str], str] | None = None) -> None:
        """A new one.

        Args:
            text_of: what ``file()`` gives for a name; raises ``InputError``. None where no files are to be read.
        """
        self.budget = budget
        self._text_of = text_of
        self._depth = 0
        self._trying = 0
        """How many ``try()`` and ``can()`` are open: in them the first wrong part makes the whole wrong."""

    def find(self, expression: ex.Expression, scope: Lazy, names: Names) -> Found:
        """What an expression comes to; where Terraform would refuse it, ``Unknown`` with the reason.

        Args:
            scope: of the module that it stands in: ``var``, ``local``, the types of resources.
        """
        try:
            return self.of(expression, scope, names)
        except WrongError as error:
            return Unknown(str(error))

    def of(self, expression: ex.Expression, scope: Lazy, names: Names) -> Found:
        """As ``find``, but raises ``WrongError``."""
        self.budget.take()
        self._depth += 1
        try:
            if self._depth > _DEEPEST:
                return Unknown("nested too deeply")
            return self._of(expression, scope, names)
        finally:
            self._depth -= 1

    def _part(self, expression: ex.Expression, scope: Lazy, names: Names) -> Found:
        """A part of a list or map: where it cannot be worked out, the other parts still can."""
        return self.of(expression, scope, names) if self._trying else self.find(expression, scope, names)

    def _of(self, expression: ex.Expression, scope: Lazy, names: Names) -> Found:
        match expression:
            case ex.Literal(value):
                return value
            case ex.Name(name):
                return names[name] if name in names else scope.get(name)
            case ex.Get(of, name):
                return member(self.of(of, scope, names), name)
            case ex.Index(of, key):
                return item(self.of(of, scope, names), self.of(key, scope, names))
            case ex.Template(parts):
                return self._text([self.of(part, scope, names) for part in parts])
            case ex.Several(items):
                return tuple(self._part(part, scope, names) for part in items)
            case ex.Members(pairs):
                return self._members(pairs, scope, names)
            case ex.Conditional(condition, yes, no):
                return self._conditional(condition, (yes, no), scope, names)
            case ex.Operation():
                return self._operation(expression, scope, names)
            case ex.Splat(of, asked):
                return self._splat(self.of(of, scope, names), asked, scope, names)
            case ex.For():
                return self._for(expression, scope, names)
            case ex.Call():
                return self._call(expression, scope, names)
            case ex.Opaque(why):
                return Unknown(why)

    def _text(self, parts: list[Found]) -> Found:
        if len(parts) == 1 and not isinstance(parts[0], str):
            return parts[0] if isinstance(parts[0], Reference | Unknown) else text(parts[0])
        if (unknown := next((part for part in parts if isinstance(part, Unknown | Reference)), None)) is not None:
            why = why_open(unknown).why
            return Unknown(why, "".join(_hole(part) for part in parts)[:_LONGEST_HOLES])
        written = short("".join(text(part) for part in parts))
        self.budget.take(len(written) // 1000)
        return written

    def _members(self, pairs: tuple[tuple[ex.Expression, ex.Expression], ...], scope: Lazy, names: Names) -> Found:
        values: dict[str, Found] = {}
        for key, value in pairs:
            name = self.of(key, scope, names)
            if isinstance(name, Unknown | Reference):
                return why_open(name)
            values[text(name)] = self._part(value, scope, names)
        return values

    def _conditional(
        self, condition: ex.Expression, sides: tuple[ex.Expression, ex.Expression], scope: Lazy, names: Names
    ) -> Found:
        holds = self.of(condition, scope, names)
        if not isinstance(holds, Unknown | Reference):
            return self.of(sides[0] if truth(holds) else sides[1], scope, names)
        yes, no = (self.find(side, scope, names) for side in sides)
        if not isinstance(yes, Unknown) and is_same(yes, no) is True:
            return yes
        return why_open(holds)

    def _operation(self, operation: ex.Operation, scope: Lazy, names: Names) -> Found:
        sign = operation.operator
        right_of = operation.right
        if operation.left is None:
            only = self.of(right_of, scope, names)
            if isinstance(only, Unknown | Reference):
                return why_open(only)
            return not truth(only) if sign == "!" else -numeric(only)
        left = self.of(operation.left, scope, names)
        if sign in ("&&", "||"):
            return self._either(sign, left, self.find(right_of, scope, names))
        right = self.of(right_of, scope, names)
        if sign in ("==", "!="):
            equal = is_same(left, right)
            return equal if isinstance(equal, Unknown) else equal is (sign == "==")
        for side in (left, right):
            if isinstance(side, Unknown | Reference):
                return why_open(side)
        first, second = numeric(left), numeric(right)
        if sign in _ORDER:
            return _ORDER[sign](first, second)
        if sign not in _ARITHMETIC:
            raise WrongError("an operator that is not known")
        try:
            result = float(_ARITHMETIC[sign](decimal(first), decimal(second)))
        except (ArithmeticError, ValueError):
            raise WrongError("a number that cannot be worked out") from None
        return int(result) if abs(result) < 2**53 and result == int(result) else result

    @staticmethod
    def _either(sign: str, left: Found, right: Found) -> Found:
        settles = sign == "||"
        unknown: Found = None
        for side in (left, right):
            if isinstance(side, Unknown | Reference):
                unknown = unknown or why_open(side)
            elif truth(side) is settles:
                return settles
        return (not settles) if unknown is None else unknown

    def _splat(self, of: Found, asked: ex.Expression, scope: Lazy, names: Names) -> Found:
        if isinstance(of, Unknown | Reference):
            return why_open(of)
        if isinstance(of, Uncounted):
            return Unknown(of.why)
        if of is None:
            return ()
        items = list(of) if is_list(of) and isinstance(of, tuple | list) else [of]
        return tuple(self.of(asked, scope, {**names, ex.EACH: value}) for value in items)

    def _for(self, loop: ex.For, scope: Lazy, names: Names) -> Found:
        over = self.of(loop.of, scope, names)
        if isinstance(over, Unknown | Reference):
            return why_open(over)
        items: list[Found] = []
        members: dict[str, list[Found]] = {}
        for inner in self._rounds(loop, over, names):
            if loop.only is not None:
                kept = self.of(loop.only, scope, inner)
                if isinstance(kept, Unknown | Reference):
                    return why_open(kept)
                if not truth(kept):
                    continue
            if loop.key_each is None:
                items.append(self._part(loop.each, scope, inner))
                continue
            key = self.of(loop.key_each, scope, inner)
            if isinstance(key, Unknown | Reference):
                return why_open(key)
            members.setdefault(text(key), []).append(self._part(loop.each, scope, inner))
        if loop.key_each is None:
            return tuple(items)
        if loop.grouped:
            return {key: tuple(values) for key, values in members.items()}
        if any(len(values) > 1 for values in members.values()):
            raise WrongError("a key of a map stands twice")
        return {key: values[0] for key, values in members.items()}

    def _rounds(self, loop: ex.For, over: Found, names: Names) -> Iterator[Names]:
        for key, value in pairs_of(over):
            self.budget.take()
            of_round = {loop.names[-1]: value} if len(loop.names) == 1 else {loop.names[0]: key, loop.names[1]: value}
            yield {**names, **of_round}

    def _call(self, expression: ex.Call, scope: Lazy, names: Names) -> Found:
        if expression.name in ("try", "can"):
            return self._first_right(expression, scope, names)
        arguments = [self.of(argument, scope, names) for argument in expression.arguments]
        if expression.spread and arguments:
            spread = arguments.pop()
            if isinstance(spread, Unknown | Reference):
                return why_open(spread)
            arguments += items_of(spread)
        if expression.name == "file" and self._text_of is not None and len(arguments) == 1:
            return self._file(arguments[0], self._text_of)
        return call(expression.name, arguments, self.budget)

    def _file(self, name: Found, text_of: Callable[[str], str]) -> Found:
        if isinstance(name, Unknown | Reference):
            return why_open(name)
        try:
            content = text_of(text(name))
        except InputError as error:
            raise WrongError(f"file({shown(name)}): {error.problem}") from None
        self.budget.take(len(content) // 1000)
        return content

    def _first_right(self, expression: ex.Call, scope: Lazy, names: Names) -> Found:
        self._trying += 1
        try:
            for argument in expression.arguments:
                try:
                    value = self.of(argument, scope, names)
                except WrongError:
                    continue
                return True if expression.name == "can" and not isinstance(value, Unknown) else value
        finally:
            self._trying -= 1
        if expression.name == "can":
            return False
        raise WrongError("nothing in try() can be worked out")


def _hole(part: Found) -> str:
    """A part of a text, as ``Unknown.text`` has it."""
    if isinstance(part, Unknown):
        return part.text or "${...}"
    return f"${{{part.address}.{part.attribute}}}" if isinstance(part, Reference) else text(part)
