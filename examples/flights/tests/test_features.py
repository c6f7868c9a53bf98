from __future__ import annotations

import json
import math
import unittest
from datetime import timedelta
from typing import Any

import pyarrow.parquet as pq

from fixtures import joined, raw, scratch
from flights.columns import CATEGORIES, FEATURES, NUMBERS, PLANE, SCHEDULE, WEATHER
from flights.requests import SENT, month_of_requests, write_month
from joined import project_file

SAMPLE = 997


class Join(unittest.TestCase):
    def test_gives_each_flight_the_latest_weather_not_after_its_hour(self) -> None:
        observed = pq.read_table(raw() / "weather/2013-10.parquet").to_pylist()
        checked = 0
        # October has gaps of three and more hours.
        for row in pq.read_table(joined("2013-10")).to_pylist()[::SAMPLE]:
            oldest = row["time_hour"] - timedelta(hours=6)
            candidates = [
                each
                for each in observed
                if each["origin"] == row["origin"] and oldest <= each["time_hour"] <= row["time_hour"]
            ]
            latest = max(candidates, key=lambda each: each["time_hour"], default=dict.fromkeys(WEATHER))
            self.assertEqual({name: row[name] for name in WEATHER}, {name: latest[name] for name in WEATHER})
            checked += 1
        self.assertGreater(checked, 25)

    def test_gives_each_flight_its_plane_or_nothing(self) -> None:
        planes = {row["tailnum"]: row for row in pq.read_table(raw() / "planes/planes.parquet").to_pylist()}
        rows = pq.read_table(joined("2013-01")).to_pylist()[::SAMPLE]
        for row in rows:
            plane = planes.get(row["tailnum"], dict.fromkeys(PLANE))
            self.assertEqual([row[name] for name in PLANE], [plane[name] for name in PLANE])
        self.assertIn(None, [row["seats"] for row in rows])

    def test_the_project_file_promises_every_column_that_the_model_takes(self) -> None:
        project = project_file()
        features = [name for view in project["features"].values() for name in view["features"]]
        spine = pq.read_schema(joined("2013-01")).names
        self.assertEqual(features, [*WEATHER, *PLANE])
        self.assertEqual([name for name in FEATURES if name not in spine], [])
        self.assertEqual(len(FEATURES), len(CATEGORIES) + len(NUMBERS))


class Requests(unittest.TestCase):
    def test_send_what_training_saw(self) -> None:
        trained = {}
        for row in pq.read_table(joined("2013-11")).to_pylist():
            key = f"{row['carrier']}-{row['flight']}-{row['origin']}-{row['time_hour']:%Y-%m-%dT%H}"
            trained[key] = row
        # November: daylight saving ends, so an hour of the clock comes twice.
        sent = {row["key"]: row for row in month_of_requests(raw(), "2013-11").to_pylist()}
        for key, row in trained.items():
            for name in (*CATEGORIES, *SCHEDULE, *WEATHER, "tailnum"):
                self.assertEqual(sent[key][name], row[name], f"{name} of {key}")
            self.assertEqual(sent[key]["late"], row["late"])
            self.assertEqual(sent[key]["time_hour"], row["time_hour"].timestamp() * 1000)
        never = [row for key, row in sent.items() if key not in trained]
        self.assertEqual({row["late"] for row in never}, {None})

    def test_are_calls_of_one_airport_and_hour_in_order_of_time(self) -> None:
        folder = scratch()
        table = month_of_requests(raw(), "2013-02")
        count, labelled = write_month(table, out=folder / "r", labels=folder / "l", batch=25)
        calls: list[Any] = [json.loads(line) for line in (folder / "r").read_text().splitlines()]
        outcomes: list[Any] = [json.loads(line) for line in (folder / "l").read_text().splitlines()]
        self.assertEqual((len(calls), sum(len(each["values"]) for each in outcomes)), (count, labelled))
        self.assertEqual([call["at"] for call in calls], sorted(call["at"] for call in calls))
        for call in calls:
            self.assertLessEqual(len(call["records"]), 25)
            self.assertEqual(len(call["keys"]), len(call["records"]))
            self.assertEqual({(row["time_hour"], row["origin"]) for row in call["records"]}.__len__(), 1)
            self.assertEqual(tuple(call["records"][0]), SENT)
        asked = [key for call in calls for key in call["keys"]]
        known = [key for outcome in outcomes for key in outcome["keys"]]
        self.assertEqual((len(asked), len(set(asked)), len(known)), (24_951, 24_951, 23_611))
        self.assertEqual(set(known) - set(asked), set())
        late = sum(sum(each["values"]) for each in outcomes) / labelled
        self.assertTrue(math.isclose(late, 0.2295, abs_tol=1e-4))

    def test_of_an_unknown_month_say_where_they_looked(self) -> None:
        with self.assertRaisesRegex(SystemExit, r"There is no 2014-01\.parquet below"):
            month_of_requests(raw(), "2014-01")


if __name__ == "__main__":
    unittest.main()
