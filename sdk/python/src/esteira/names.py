"""A read-only mapping whose error for a missing name says which names there are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeVar

from esteira.errors import UnknownName

Value = TypeVar("Value", covariant=True)


class Names(Mapping[str, Value]):
    """Values under their names, in the order of the step's description.

    >>> trees = Names("parameter", {"trees": 60, "units": "imperial"})
    >>> trees["unit"]
    Traceback (most recent call last):
        ...
    esteira.errors.UnknownName: No parameter 'unit'; did you mean 'units'? This step has: trees, units.
    """

    def __init__(self, what: str, values: Mapping[str, Value]) -> None:
        self._what = what
        self._values = dict(values)

    def __getitem__(self, name: str) -> Value:
        try:
            return self._values[name]
        except KeyError:
            raise UnknownName(self._what, name, self._values) from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return repr(self._values)
