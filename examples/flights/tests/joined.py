"""The rows that the platform's `features/join` gives, by one DuckDB query and without a platform.

    python tests/joined.py RAW ROWS.parquet [--until 2013-06]

Reads the spine and the feature views from esteira.yaml, so that both cannot drift apart.
"""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from typing import Any

import duckdb
import yaml

PROJECT = Path(__file__).parent.parent
HOURS = re.compile(r"^(\d+)h$")


def project_file() -> dict[str, Any]:
    return dict(yaml.safe_load((PROJECT / "esteira.yaml").read_text(encoding="utf-8")))


def join_rows(raw: Path, target: Path, months: list[str]) -> None:
    """Writes the joined rows of `months` (such as 2013-04) to `target`, ordered by time and key."""
    project = project_file()
    step = project["pipelines"]["train"]["steps"]["features"]["with"]
    files = [str(path) for path in sorted((raw / "flights").glob("*/*.parquet")) if path.stem in months]
    with duckdb.connect() as duck:
        duck.execute("set timezone = 'UTC'; set threads = 1")
        duck.read_parquet(files).create_view("flights")
        duck.execute(f"create table spine as {step['spine']['sql']}")
        columns, joins = ["spine.*"], []
        for name in step["views"]:
            view = project["features"][name]
            found = sorted(str(path) for path in (raw / view["repository"]).glob(view["path"]))
            duck.read_parquet(found).create_view(f"{name}_source")
            columns += [_value(name, view, feature) for feature in view["features"]]
            joins.append(_join(name, view))
        ordered = "order by spine.time_hour, origin, carrier, flight"
        query = f"select {', '.join(columns)} from spine {' '.join(joins)} {ordered}"
        duck.execute(f"copy ({query}) to '{target}' (format parquet, compression zstd)")


def _join(name: str, view: dict[str, Any]) -> str:
    key = f"spine.{view['entity']} = {name}.{view['entity']}"
    source = f"{name}_source as {name}"
    if "timestamp" not in view:
        return f"left join {source} on {key}"
    return f"asof left join {source} on {key} and spine.time_hour >= {name}.{view['timestamp']}"


def _value(name: str, view: dict[str, Any], feature: str) -> str:
    if "ttl" not in view:
        return f"{name}.{feature}"
    hours = HOURS.match(view["ttl"])
    if hours is None:
        raise ValueError(f"ttl {view['ttl']}: this script knows hours only")
    age = f"spine.time_hour - interval {hours[1]} hour"
    return f"case when {name}.{view['timestamp']} >= {age} then {name}.{feature} end as {feature}"


def main() -> None:
    parser = argparse.ArgumentParser(description="Joins rows as the platform does.")
    parser.add_argument("raw", type=Path)
    parser.add_argument("target", type=Path)
    parser.add_argument("--until", default="2013-03", help="last month, 2013-03 unless said")
    given = parser.parse_args()
    last = int(given.until[-2:])
    join_rows(given.raw, given.target, [f"2013-{month:02d}" for month in range(1, last + 1)])


if __name__ == "__main__":
    main()
