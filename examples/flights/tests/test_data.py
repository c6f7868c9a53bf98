from __future__ import annotations

import hashlib
import unittest
from typing import TYPE_CHECKING

import esteira
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from fixtures import raw, scratch
from flights import validate
from flights.expectations import problems
from flights.raw import OUTCOMES, damaged, write_raw

if TYPE_CHECKING:
    from pathlib import Path


def digests(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*.parquet"))
    }


def january() -> pa.Table:
    return pq.read_table(raw() / "flights/history/2013-01.parquet")


class RawFiles(unittest.TestCase):
    def test_are_the_same_bytes_each_time(self) -> None:
        write_raw(scratch() / "again")
        self.assertEqual(digests(raw()), digests(scratch() / "again"))

    def test_hold_every_flight_of_the_year_in_the_file_of_its_month(self) -> None:
        files = digests(raw())
        self.assertEqual(len([name for name in files if name.startswith("flights/history/")]), 3)
        self.assertEqual(len([name for name in files if name.startswith("flights/live/")]), 9)
        total = sum(pq.read_metadata(path).num_rows for path in (raw() / "flights").rglob("*.parquet"))
        self.assertEqual(total, 336_776)
        self.assertEqual(pc.unique(january()["month"]).to_pylist(), [1])

    def test_a_damaged_month_keeps_every_column_s_values_but_not_the_rows(self) -> None:
        before, after = january(), damaged(january())
        for name in OUTCOMES:
            self.assertEqual(sorted(_known(before[name])), sorted(_known(after[name])))
        self.assertNotEqual(before["arr_delay"].to_pylist(), after["arr_delay"].to_pylist())
        kept = [name for name in before.column_names if name not in OUTCOMES]
        self.assertTrue(before.select(kept).equals(after.select(kept)))

    def test_only_the_months_asked_for_are_damaged(self) -> None:
        write_raw(scratch() / "damaged", frozenset({"2013-02"}))
        sound, broken = digests(raw()), digests(scratch() / "damaged")
        self.assertEqual(
            [name for name in sound if sound[name] != broken[name]], ["flights/history/2013-02.parquet"]
        )


class Expectations(unittest.TestCase):
    def test_hold_for_the_raw_files_and_the_oddities_are_noted(self) -> None:
        step = validation(raw())
        validate.run(step)
        report = esteira.Input("report", step.output("report").path).read_json()
        self.assertTrue(report["passed"])
        notes = "\n".join(report["notes"])
        self.assertIn("9430 flights have no arrival delay", notes)
        self.assertIn("3 weather rows repeat an hour of the clock", notes)

    def test_say_everything_that_is_wrong_with_a_table(self) -> None:
        table = january().slice(0, 1000)
        origin = pa.array(["XXX", *table["origin"].to_pylist()[1:]])
        wrong = _with(_with(table, "origin", origin), "distance", pc.multiply(table["distance"], -1))
        found = "\n".join(problems("flights", pa.concat_tables([wrong, wrong.slice(0, 3)])))
        self.assertIn("flights.origin: 0.20% are not one of EWR, JFK, LGA", found)
        self.assertIn("flights.distance: 100.00% are not from 10 to 6000", found)
        self.assertIn("3 rows repeat the key", found)

    def test_name_a_missing_column_and_a_wrong_type(self) -> None:
        table = january().slice(0, 10)
        self.assertRegex(problems("flights", table.drop_columns(["dest"]))[0], "no column dest; it has year")
        text = _with(table, "distance", table["distance"].cast(pa.string()))
        self.assertEqual(problems("flights", text), ["flights.distance: is string where integer is expected"])

    def test_too_many_missing_values_are_refused(self) -> None:
        table = january()
        emptied = pc.if_else(pc.less(table["day"], 10), None, table["arr_delay"])
        found = problems("flights", _with(table, "arr_delay", emptied))
        self.assertRegex(found[0], r"flights.arr_delay: 3\d\.\d\d% are missing; at most 10% may be")

    def test_end_the_step_when_a_file_is_not_what_it_claims(self) -> None:
        folder = scratch() / "broken"
        write_raw(folder)
        (folder / "planes/planes.parquet").write_text("no parquet at all")
        (folder / "flights/live/2013-05.parquet").replace(folder / "flights/live/2013-04.parquet")
        step = validation(folder)
        with self.assertRaises(SystemExit) as caught:
            validate.run(step)
        self.assertIn("planes.parquet cannot be read as Parquet", str(caught.exception))
        self.assertIn("live/2013-04.parquet holds months [5]", str(caught.exception))


def validation(folder: Path) -> esteira.Step:
    inputs = {name: folder / name for name in ("flights", "weather", "planes")}
    return esteira.local_step(inputs=inputs, outputs={"report": "json"})


def _known(column: pa.ChunkedArray) -> list[int | None]:
    return [-9999 if value is None else value for value in column.to_pylist()]


def _with(table: pa.Table, name: str, values: pa.Array) -> pa.Table:
    return table.set_column(table.column_names.index(name), name, values)


if __name__ == "__main__":
    unittest.main()
