"""The errors of this package. Each message says what is wrong and what to do about it."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class StepError(Exception):
    """The base of all errors raised here."""


class NotInStep(StepError):
    """The process was not started by Esteira as a step of a pipeline."""


class InvalidStep(StepError):
    """The description of the step cannot be read, or lacks something that it must have."""


class WrongType(StepError, TypeError):
    """A parameter or an output is of another type than the step asked for."""


class UnknownName(StepError, KeyError):
    """No input, output or parameter has this name.

    It is a ``KeyError`` too, so that ``name in step.inputs`` and ``step.inputs.get(name)`` behave as in
    any mapping.

    >>> print(UnknownName("input", "row", ["planes", "rows"]))
    No input 'row'; did you mean 'rows'? This step has: planes, rows.
    """

    def __init__(self, what: str, name: str, known: Iterable[str]) -> None:
        self.what = what
        self.name = name
        self.known = sorted(known)
        near = get_close_matches(name, self.known, n=1)
        hint = f"; did you mean '{near[0]}'?" if near else "."
        has = f"This step has: {', '.join(self.known)}." if self.known else f"This step has no {what}s."
        super().__init__(f"No {what} '{name}'{hint} {has}")

    def __str__(self) -> str:
        # KeyError would print the message as a quoted key.
        return str(self.args[0])
