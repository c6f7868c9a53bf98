"""The prediction requests of a month, as the airports would send them, and what became of the flights.

    python -m flights.requests --month 2013-04 --raw DIR --out requests.ndjson --labels labels.ndjson

One line a call, in order of time: `{"at", "keys", "records"}`. `at` is the scheduled hour (epoch ms), `keys`
names the flights, `records` is the body's `dataframe_records`: schedule, weather as known at that hour,
`time_hour`, and `tailnum`, by which the endpoint looks the plane up. A call holds the departures of one
airport in one hour, at most `--batch` of them.

All scheduled flights are asked about, as nobody knows an hour before that a flight will be cancelled. Labels
exist only for those that arrived: `{"at", "keys", "values"}`, 1 for more than 15 minutes late.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from flights.columns import SCHEDULE, WEATHER

if TYPE_CHECKING:
    from collections.abc import Iterator

LATE_MINUTES = 15
OLDEST_WEATHER_MS = 6 * 3_600_000
SENT = ("carrier", "origin", "dest", "tailnum", "time_hour", *SCHEDULE, *WEATHER)


def month_of_requests(raw: Path, month: str) -> pa.Table:
    """One row a scheduled flight: the columns that are sent, `key`, `at` and `late` (null: never arrived)."""
    found = sorted((raw / "flights").glob(f"*/{month}.parquet"))
    if not found:
        raise SystemExit(f"There is no {month}.parquet below {raw / 'flights'}.")
    flights = _scheduled(pq.read_table(found[0]))
    observed = pa.concat_tables(pq.read_table(path) for path in _weather_files(raw, month))
    observed = observed.select(["origin", "time_hour", *WEATHER]).sort_by("time_hour")
    # Looking back in time only: the latest observation at or before the hour.
    joined = flights.join_asof(observed, on="time_hour", by="origin", tolerance=-OLDEST_WEATHER_MS)
    at = joined["time_hour"].cast(pa.int64())
    place = joined.column_names.index("time_hour")
    return joined.set_column(place, "time_hour", at).sort_by(
        [("time_hour", "ascending"), ("key", "ascending")]
    )


def calls(table: pa.Table, batch: int) -> Iterator[list[dict[str, Any]]]:
    """Flights that are asked about together: same hour, same airport, at most `batch`."""
    ordered = table.sort_by([(name, "ascending") for name in ("time_hour", "origin", "key")])
    call: list[dict[str, Any]] = []
    for row in ordered.to_pylist():
        is_other = call and (row["time_hour"], row["origin"]) != (call[0]["time_hour"], call[0]["origin"])
        if is_other or len(call) == batch:
            yield call
            call = []
        call.append(row)
    if call:
        yield call


def write_month(table: pa.Table, *, out: Path, labels: Path, batch: int) -> tuple[int, int]:
    """Writes both files; gives back the number of calls and of labels."""
    count = labelled = 0
    with out.open("w", encoding="utf-8") as requests, labels.open("w", encoding="utf-8") as outcomes:
        for call in calls(table, batch):
            at = call[0]["time_hour"]
            records = [{name: row[name] for name in SENT} for row in call]
            _line(requests, {"at": at, "keys": [row["key"] for row in call], "records": records})
            known = [row for row in call if row["late"] is not None]
            if known:
                keys, values = [row["key"] for row in known], [row["late"] for row in known]
                _line(outcomes, {"at": at, "keys": keys, "values": values})
            count += 1
            labelled += len(known)
    return count, labelled


def _scheduled(flights: pa.Table) -> pa.Table:
    """The schedule's columns as the spine in esteira.yaml computes them; a test compares both."""
    departs, arrives = _minutes(flights["sched_dep_time"]), _minutes(flights["sched_arr_time"])
    wraps = pc.less(arrives, departs)
    duration = pc.add(pc.subtract(arrives, departs), pc.if_else(wraps, 1440, 0))
    key = pc.binary_join_element_wise(
        flights["carrier"],
        flights["flight"].cast(pa.string()),
        flights["origin"],
        pc.strftime(flights["time_hour"], "%Y-%m-%dT%H"),
        "-",
    )
    columns = {
        name: flights[name] for name in ("carrier", "origin", "dest", "tailnum", "time_hour", "distance")
    }
    columns["dep_hour"], columns["dep_minute"] = flights["hour"], flights["minute"]
    columns["day_of_week"] = pc.add(pc.day_of_week(_local_date(flights)), 1)
    columns |= {"sched_duration": duration, "key": key}
    columns["late"] = pc.greater(flights["arr_delay"], LATE_MINUTES).cast(pa.int8())
    return pa.table(columns).sort_by("time_hour")


def _minutes(clock: pa.ChunkedArray) -> pa.ChunkedArray:
    """515 (a quarter past five) in minutes since midnight."""
    hours = pc.divide(clock, 100)
    return pc.add(pc.multiply(hours, 60), pc.subtract(clock, pc.multiply(hours, 100)))


def _local_date(flights: pa.Table) -> pa.ChunkedArray:
    parts = [pc.utf8_lpad(flights[name].cast(pa.string()), 2, "0") for name in ("year", "month", "day")]
    return pc.strptime(pc.binary_join_element_wise(*parts, "-"), format="%Y-%m-%d", unit="s")


def _weather_files(raw: Path, month: str) -> list[Path]:
    """The month and the one before it, whose last hours count in the first of this one; the evening of its
    last day is already the next month in UTC, but in the file of the local month."""
    files = sorted((raw / "weather").glob("*.parquet"))
    return [path for path in files if path.stem <= month][-2:]


def _line(file: Any, value: dict[str, Any]) -> None:
    file.write(json.dumps(value, separators=(",", ":")) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m flights.requests", description="Requests and outcomes.")
    parser.add_argument("--month", required=True, help="for example 2013-04")
    parser.add_argument("--raw", type=Path, required=True, help="folder that flights.raw wrote")
    parser.add_argument("--out", type=Path, required=True, help="file for the requests")
    parser.add_argument("--labels", type=Path, required=True, help="file for the outcomes")
    parser.add_argument("--batch", type=int, default=25, help="most flights in a call, 25 unless said")
    given = parser.parse_args()
    table = month_of_requests(given.raw, given.month)
    count, labelled = write_month(table, out=given.out, labels=given.labels, batch=given.batch)
    print(f"{table.num_rows} flights in {count} calls, {labelled} outcomes")


if __name__ == "__main__":
    main()
