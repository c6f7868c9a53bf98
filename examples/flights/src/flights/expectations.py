"""What the raw files must look like, and how a table is measured against it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

KINDS = {"integer": pa.types.is_integer, "number": pa.types.is_floating, "text": pa.types.is_string}


@dataclass(frozen=True)
class Column:
    """`low` and `high` bound the values; `missing` and `outside` are shares that may be null or beyond."""

    kind: str = "integer"
    low: float | None = None
    high: float | None = None
    missing: float = 0.0
    outside: float = 0.0
    values: tuple[str, ...] = ()


@dataclass(frozen=True)
class Table:
    """`key` names the columns that together tell rows apart."""

    key: tuple[str, ...]
    columns: Mapping[str, Column]


AIRPORTS = ("EWR", "JFK", "LGA")
TABLES = {
    "flights": Table(
        key=("carrier", "flight", "origin", "time_hour"),
        columns={
            "year": Column(low=2013, high=2013),
            "month": Column(low=1, high=12),
            "day": Column(low=1, high=31),
            "sched_dep_time": Column(low=0, high=2359),
            "sched_arr_time": Column(low=0, high=2359),
            # Cancelled and diverted flights never arrive where they should; in February 2013 one in twenty.
            "arr_delay": Column(low=-180, high=2880, missing=0.1),
            "carrier": Column("text"),
            "flight": Column(low=1, high=9999),
            "tailnum": Column("text", missing=0.05),
            "origin": Column("text", values=AIRPORTS),
            "dest": Column("text"),
            "distance": Column(low=10, high=6000),
            "hour": Column(low=0, high=23),
            "minute": Column(low=0, high=59),
            "time_hour": Column("time"),
        },
    ),
    "weather": Table(
        # Not the hour on the clock: that one comes twice when daylight saving ends.
        key=("origin", "time_hour"),
        columns={
            "origin": Column("text", values=AIRPORTS),
            "temp": Column("number", -40, 120, missing=0.05),
            "dewp": Column("number", -60, 90, missing=0.05),
            "humid": Column("number", 0, 100, missing=0.05),
            "wind_dir": Column(low=0, high=360, missing=0.1),
            # Newark once reported 1,048 mph.
            "wind_speed": Column("number", 0, 150, missing=0.05, outside=0.001),
            "precip": Column("number", 0, 10, missing=0.05),
            "pressure": Column("number", 900, 1100, missing=0.25),
            "visib": Column("number", 0, 10, missing=0.05),
            "time_hour": Column("time"),
        },
    ),
    "planes": Table(
        key=("tailnum",),
        columns={
            "tailnum": Column("text"),
            "seats": Column(low=1, high=900),
            "plane_year": Column(low=1940, high=2014, missing=0.05),
        },
    ),
}


def problems(name: str, table: pa.Table) -> list[str]:
    """Each expectation that `table` breaks, in words with what was found; empty when it breaks none."""
    expected = TABLES[name]
    missing = [column for column in expected.columns if column not in table.column_names]
    if missing:
        has = ", ".join(table.column_names)
        return [f"{name} has no column {', '.join(missing)}; it has {has}"]
    if table.num_rows == 0:
        return [f"{name} has no rows"]
    found = [
        f"{name}.{column}: {problem}"
        for column, rule in expected.columns.items()
        for problem in _column_problems(table[column], rule)
    ]
    if repeated := repeats(table, expected.key):
        found.append(f"{name}: {repeated} rows repeat the key {', '.join(expected.key)} of another row")
    return found


def repeats(table: pa.Table, key: Sequence[str]) -> int:
    """Rows whose `key` an earlier row has already."""
    distinct = table.select(list(key)).group_by(list(key)).aggregate([])
    return int(table.num_rows - distinct.num_rows)


def _column_problems(column: pa.ChunkedArray, rule: Column) -> list[str]:
    if not _is_kind(column.type, rule.kind):
        return [f"is {column.type} where {rule.kind} is expected"]
    found = []
    share = column.null_count / len(column)
    if share > rule.missing:
        found.append(f"{share:.2%} are missing; at most {rule.missing:.0%} may be")
    if (outside := _share(_outside(column, rule))) > rule.outside:
        lowest, highest = pc.min_max(column).as_py().values()
        wanted = f"one of {', '.join(rule.values)}" if rule.values else f"from {rule.low} to {rule.high}"
        found.append(f"{outside:.2%} are not {wanted}; found from {lowest} to {highest}")
    return found


def _is_kind(kind: pa.DataType, wanted: str) -> bool:
    if wanted == "time":
        return bool(pa.types.is_timestamp(kind) and kind.tz == "UTC")
    # A column of whole numbers is a column of numbers, and one with gaps may come as either.
    accepted = ("integer", "number") if wanted == "number" else (wanted,)
    return any(KINDS[each](kind) for each in accepted)


def _outside(column: pa.ChunkedArray, rule: Column) -> pa.ChunkedArray | None:
    if rule.values:
        return pc.invert(pc.is_in(column, pa.array(rule.values)))
    if rule.low is None or rule.high is None:
        return None
    return pc.or_(pc.less(column, rule.low), pc.greater(column, rule.high))


def _share(mask: Any) -> float:
    return 0.0 if mask is None else float(pc.mean(pc.fill_null(mask, False)).as_py())
