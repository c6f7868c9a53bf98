"""Joined rows as arrays: reading, units, and the split by time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from flights.columns import CATEGORIES, LABEL, METRIC, NUMBERS, TIME, UNITS

if TYPE_CHECKING:
    from pathlib import Path

Array = npt.NDArray[Any]
DAY_MS = 86_400_000


@dataclass(frozen=True)
class Rows:
    """`columns`: categories as text ("" for missing), numbers as float32 (NaN for missing), each [N].

    `late` is 1.0 for a flight that arrived more than 15 minutes late, else 0.0; `time` is the scheduled hour
    of departure in epoch milliseconds.
    """

    columns: dict[str, Array]
    late: Array
    time: Array

    def __len__(self) -> int:
        return len(self.late)

    def where(self, mask: Array) -> Rows:
        """The rows for which `mask` (bool, shape [N]) is true."""
        columns = {name: values[mask] for name, values in self.columns.items()}
        return Rows(columns, self.late[mask], self.time[mask])

    def in_units(self, units: str) -> Rows:
        """The same rows with the weather in `units`; files and requests are imperial."""
        if units not in UNITS:
            raise SystemExit(f"units is '{units}'; known are {' and '.join(UNITS)}.")
        if units == "imperial":
            return self
        changed = {
            name: ((self.columns[name] - np.float32(zero)) * np.float32(factor)).astype(np.float32)
            for name, (zero, factor) in METRIC.items()
        }
        return replace(self, columns={**self.columns, **changed})

    def split(self, holdout_days: int) -> tuple[Rows, Rows]:
        """(all but the newest days, the newest `holdout_days` days). Ends the process when one is empty."""
        is_held_out = self.time > self.time.max() - holdout_days * DAY_MS
        before, newest = self.where(~is_held_out), self.where(is_held_out)
        if len(before) == 0 or len(newest) == 0:
            raise SystemExit(
                f"{holdout_days} days cannot be held out of {len(self)} rows: one side is empty."
            )
        return before, newest


def read_rows(path: Path) -> Rows:
    """Reads rows.parquet. Ends the process with the names of missing columns, or when there are no rows."""
    schema = pq.read_schema(path)
    wanted = [*CATEGORIES, *NUMBERS, LABEL, TIME]
    if missing := [name for name in wanted if name not in schema.names]:
        raise SystemExit(f"{path.name} has no column {', '.join(missing)}; it has {', '.join(schema.names)}.")
    table = pq.read_table(path, columns=wanted)
    if table.num_rows == 0:
        raise SystemExit(f"{path.name} has no rows.")
    columns: dict[str, Array] = {name: _text(table[name]) for name in CATEGORIES}
    columns.update({name: _number(table[name]) for name in NUMBERS})
    time = table[TIME].cast(pa.timestamp("ms", "UTC")).cast(pa.int64()).to_numpy()
    return Rows(columns, table[LABEL].to_numpy().astype(np.float64), time)


def _text(column: pa.ChunkedArray) -> Array:
    values: Array = column.fill_null("").to_numpy(zero_copy_only=False)
    return values


def _number(column: pa.ChunkedArray) -> Array:
    values: Array = column.to_numpy(zero_copy_only=False)
    return values.astype(np.float32)
