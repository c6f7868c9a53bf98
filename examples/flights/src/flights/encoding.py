"""Categories as numbers: each value becomes its late share in the training rows, drawn to the mean."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from flights.columns import CATEGORIES, NUMBERS

if TYPE_CHECKING:
    from flights.rows import Array, Rows

# As many rows at the mean are added to each value, so that a rare destination is no oracle.
PRIOR_ROWS = 50


@dataclass(frozen=True)
class Encoding:
    """`shares`: category → value → late share. `unknown` is the share for every value never seen."""

    shares: dict[str, dict[str, float]]
    unknown: float

    def matrix(self, rows: Rows) -> Array:
        """Categories then numbers as float32 of shape [N, 18], in the order of `columns.FEATURES`."""
        coded = [self._code(name, rows.columns[name]) for name in CATEGORIES]
        return np.column_stack([*coded, *(rows.columns[name] for name in NUMBERS)])

    def as_json(self) -> dict[str, Any]:
        return {"shares": self.shares, "unknown": self.unknown}

    def _code(self, name: str, values: Array) -> Array:
        distinct, places = np.unique(values.astype(str), return_inverse=True)
        shares = self.shares[name]
        coded = np.array([shares.get(value, self.unknown) for value in distinct.tolist()], np.float32)
        result: Array = coded[places]
        return result


def fit_encoding(rows: Rows) -> Encoding:
    """Late shares of every category in `rows`."""
    mean = float(rows.late.mean())
    return Encoding({name: _shares(rows.columns[name], rows.late, mean) for name in CATEGORIES}, mean)


def _shares(values: Array, late: Array, mean: float) -> dict[str, float]:
    distinct, places = np.unique(values.astype(str), return_inverse=True)
    count = np.bincount(places)
    shares = (np.bincount(places, late) + PRIOR_ROWS * mean) / (count + PRIOR_ROWS)
    return dict(zip(distinct.tolist(), shares.tolist(), strict=True))
