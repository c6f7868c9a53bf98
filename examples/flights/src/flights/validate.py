"""Step `validate`: refuses raw files that break the expectations, and notes what is only odd.

    flights, weather, planes → report.json

What it cannot see: outcomes that belong to other rows (`flights.raw --damage`). Every column still looks
right; only the gate, which asks how well a model predicts, finds that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import esteira
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from flights.expectations import TABLES, problems, repeats

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

OLDEST_WEATHER_MS = 6 * 3_600_000


def read_folder(folder: Path, columns: list[str]) -> tuple[pa.Table, list[str]]:
    """The wanted columns of all Parquet files below `folder`, and what is wrong with the files themselves."""
    tables, broken = [], []
    for path in sorted(folder.rglob("*.parquet")):
        name = path.relative_to(folder).as_posix()
        try:
            schema = pq.read_schema(path)
            table = pq.read_table(path, columns=[each for each in columns if each in schema.names])
        except (pa.ArrowException, OSError) as error:
            broken.append(f"{name} cannot be read as Parquet: {error}")
            continue
        broken.extend(_month_problems(name, path.stem, table))
        tables.append(table)
    if not tables:
        return pa.table({}), broken or [f"{folder.name} holds no Parquet file"]
    try:
        return pa.concat_tables(tables, promote_options="permissive"), broken
    except pa.ArrowException as error:
        return tables[0], [*broken, f"the files of {folder.name} do not fit together: {error}"]


def odd(tables: Mapping[str, pa.Table]) -> list[str]:
    """What is true of the data and must be known by whoever uses it, but is no reason to refuse it."""
    flights, weather = tables["flights"], tables["weather"]
    unknown = pc.invert(pc.is_in(flights["tailnum"], tables["planes"]["tailnum"]))
    clock = repeats(weather, ["origin", "year", "month", "day", "hour"])
    return [
        f"{flights['arr_delay'].null_count} flights have no arrival delay (cancelled or diverted): no label",
        f"{pc.sum(unknown).as_py()} flights are by planes that the register does not have",
        f"{clock} weather rows repeat an hour of the clock (daylight saving ended); their time_hour differs",
        f"{_hours_without_weather(flights, weather)} hours with departures have no weather of 6 hours before",
    ]


def run(step: esteira.Step) -> None:
    tables, found = {}, []
    for name, expected in TABLES.items():
        wanted = [*expected.columns, *(["hour", "year", "month", "day"] if name == "weather" else [])]
        tables[name], broken = read_folder(step.inputs[name].path, wanted)
        found += broken
        found += problems(name, tables[name])
    notes = [] if found else odd(tables)
    rows = {name: table.num_rows for name, table in tables.items()}
    step.write_json("report", {"passed": not found, "rows": rows, "problems": found, "notes": notes})
    for note in notes:
        step.log(f"note: {note}")
    if found:
        listed = "\n".join(f"  - {problem}" for problem in found)
        raise SystemExit(f"The raw files break {len(found)} expectation(s):\n{listed}")
    step.log("the raw files are as expected", **rows)


def _month_problems(name: str, stem: str, table: pa.Table) -> list[str]:
    """A file named after a month holds that month, else a delivery has been mixed up."""
    if "month" not in table.column_names or not stem.startswith("2013-"):
        return []
    months = pc.unique(table["month"]).to_pylist()
    return [] if months in ([int(stem[-2:])], []) else [f"{name} holds months {months}"]


def _hours_without_weather(flights: pa.Table, weather: pa.Table) -> int:
    hours = flights.select(["origin", "time_hour"]).group_by(["origin", "time_hour"]).aggregate([])
    observed = weather.select(["origin", "time_hour"]).append_column("found", weather["time_hour"])
    found = hours.sort_by("time_hour").join_asof(
        observed.sort_by("time_hour"), on="time_hour", by="origin", tolerance=-OLDEST_WEATHER_MS
    )
    return int(found["found"].null_count)


if __name__ == "__main__":
    run(esteira.current_step())
