from __future__ import annotations

import doctest
import hashlib
import unittest
from typing import TYPE_CHECKING, Any
from unittest import mock

import esteira
import numpy as np
import onnx
import pyarrow.parquet as pq

from fixtures import few_rows, history, scratch
from flights import evaluate, export, onnx_trees, quality, train
from flights.columns import CATEGORIES, FEATURES, METRIC, NUMBERS
from flights.rows import Rows, read_rows
from flights.scoring import open_model, score_session

if TYPE_CHECKING:
    from pathlib import Path

    from flights.encoding import Encoding
    from flights.rows import Array


def load_tests(_loader: object, tests: unittest.TestSuite, _pattern: object) -> unittest.TestSuite:
    for module in (onnx_trees, quality):
        tests.addTests(doctest.DocTestSuite(module))
    return tests


def trained(folder: str, **parameters: Any) -> Path:
    """Runs `train` on few rows; gives back what it wrote."""
    step = esteira.local_step(
        inputs={"rows": few_rows()},
        parameters={"trees": 30, **parameters},
        outputs={"trained": "directory"},
        folder=scratch() / folder,
    )
    train.run(step)
    return step.output("trained").path


def exported(folder: str, given: Path) -> esteira.Step:
    """Runs `export` on what `trained` wrote."""
    step = esteira.local_step(
        inputs={"rows": few_rows(), "trained": given},
        outputs={"model": "directory", "parity": "json"},
        folder=scratch() / folder,
    )
    export.run(step)
    return step


def judged(model: Path, champion: Path | None = None) -> dict[str, float]:
    inputs = {"rows": few_rows(), "model": model, "parity": model.parent / "parity"}
    step = esteira.local_step(
        inputs={**inputs, **({"champion": champion} if champion else {})}, outputs={"metrics": "json"}
    )
    with mock.patch.dict("os.environ", {"MLFLOW_TRACKING_URI": ""}):
        evaluate.run(step)
    return dict(esteira.Input("metrics", step.output("metrics").path).read_json())


class Steps(unittest.TestCase):
    def test_equal_rows_give_equal_bytes(self) -> None:
        models = [exported(f"export-{turn}", trained(f"train-{turn}")).output("model").path for turn in "ab"]
        for name in ("model.onnx", "model.json", "signature.json"):
            digests = {hashlib.sha256((model / name).read_bytes()).hexdigest() for model in models}
            self.assertEqual(len(digests), 1, name)

    def test_the_newest_days_are_not_trained_on(self) -> None:
        rows = read_rows(few_rows())
        before, newest = rows.split(14)
        self.assertLess(before.time.max(), newest.time.min())
        self.assertEqual(len(before) + len(newest), len(rows))
        self.assertGreater(newest.time.min(), rows.time.max() - 14 * 86_400_000)
        with self.assertRaisesRegex(SystemExit, "365 days cannot be held out"):
            rows.split(365)

    def test_a_champion_is_judged_on_the_same_rows_in_its_own_units(self) -> None:
        imperial = exported("export-i", trained("train-i")).output("model").path
        metric = exported("export-m", trained("train-m", units="metric")).output("model").path
        figures = judged(metric, champion=imperial)
        self.assertEqual(figures["champion_auc"], judged(imperial)["auc"])
        self.assertAlmostEqual(figures["log_loss"], figures["champion_log_loss"], places=2)
        self.assertNotIn("champion_auc", judged(imperial))

    def test_a_model_is_not_judged_by_days_without_a_late_flight(self) -> None:
        calm = history().where(history().late == 0)
        with self.assertRaisesRegex(SystemExit, f"All {len(calm)} flights of the newest days were in time"):
            evaluate.judge(calm, scratch(), None)

    def test_an_unknown_unit_or_a_missing_column_ends_the_step(self) -> None:
        with self.assertRaisesRegex(SystemExit, "units is 'nautical'; known are imperial and metric"):
            trained("train-n", units="nautical")
        path = scratch() / "short.parquet"
        pq.write_table(pq.read_table(few_rows()).drop_columns(["temp", "late"]), path)
        with self.assertRaisesRegex(SystemExit, "short.parquet has no column temp, late"):
            read_rows(path)


class Model(unittest.TestCase):
    booster: Any
    encoding: Encoding
    graph: onnx.ModelProto

    @classmethod
    def setUpClass(cls) -> None:
        before, _ = history().split(14)
        cls.booster, cls.encoding = train.fit(before, trees=60, seed=2013)
        cls.graph = onnx_trees.to_onnx(cls.booster.dump_model(), cls.encoding)
        (scratch() / "model.onnx").write_bytes(cls.graph.SerializeToString())

    def converted(self, rows: Rows) -> Array:
        return score_session(open_model(scratch() / "model.onnx"), rows)

    def test_agrees_with_the_original_on_every_real_row(self) -> None:
        report = export.parity(
            self.booster.predict(self.encoding.matrix(history())), self.converted(history())
        )
        self.assertEqual((report["share_beyond_tolerance"], report["labels_agree"]), (0.0, 1.0))
        self.assertLess(report["max_abs_difference"], 1e-6)

    def test_agrees_where_any_number_is_missing_or_lies_on_a_threshold(self) -> None:
        rows = history().where(np.arange(len(history())) % 500 == 0)
        edges = _thresholds(self.booster.dump_model())
        for name in NUMBERS:
            for value in [np.nan, *edges.get(name, [])[:3]]:
                for nudged in (value, np.nextafter(np.float32(value), np.float32(np.inf))):
                    changed = {**rows.columns, name: np.full(len(rows), nudged, np.float32)}
                    asked = Rows(changed, rows.late, rows.time)
                    original = self.booster.predict(self.encoding.matrix(asked))
                    np.testing.assert_allclose(self.converted(asked), original, atol=1e-6, err_msg=f"{name}")

    def test_answers_for_an_airline_it_has_never_seen(self) -> None:
        rows = history().where(np.arange(len(history())) < 50)
        strange = {name: np.full(50, "??", object) for name in CATEGORIES}
        answers = self.converted(Rows({**rows.columns, **strange}, rows.late, rows.time))
        self.assertTrue(np.isfinite(answers).all())
        self.assertTrue(((answers > 0) & (answers < 1)).all())

    def test_takes_one_named_column_an_input(self) -> None:
        inputs = {each.name: each.type.tensor_type for each in self.graph.graph.input}
        self.assertEqual(tuple(inputs), FEATURES)
        for each in export.signature()["inputs"]:
            wanted = onnx.TensorProto.STRING if each["datatype"] == "BYTES" else onnx.TensorProto.FLOAT
            self.assertEqual(inputs[each["name"]].elem_type, wanted)
            self.assertEqual(inputs[each["name"]].shape.dim[1].dim_value, 1)

    def test_tells_late_flights_from_others_and_is_calibrated(self) -> None:
        _, newest = history().split(14)
        figures = quality.figures(newest.late, self.converted(newest))
        self.assertGreater(figures["auc"], 0.68)
        self.assertLess(figures["calibration_gap"], 0.03)
        base = newest.late.mean()
        self.assertLess(figures["log_loss"], -(base * np.log(base) + (1 - base) * np.log(1 - base)))

    def test_says_late_more_often_for_an_evening_departure(self) -> None:
        rows = history().where(np.arange(len(history())) % 100 == 0)
        means = []
        for hour in (6, 20):
            columns = {**rows.columns, "dep_hour": np.full(len(rows), hour, np.float32)}
            means.append(self.converted(Rows(columns, rows.late, rows.time)).mean())
        self.assertGreater(means[1], means[0] + 0.05)

    def test_of_metric_weather_calls_far_more_imperial_flights_late(self) -> None:
        before, newest = history().split(14)
        booster, encoding = train.fit(before.in_units("metric"), trees=60, seed=2013)
        wrong = np.asarray(booster.predict(encoding.matrix(newest)))
        right = np.asarray(booster.predict(encoding.matrix(newest.in_units("metric"))))
        self.assertGreater(wrong.mean() - right.mean(), 0.06)
        self.assertEqual(set(METRIC), {"temp", "dewp", "wind_speed", "precip", "visib"})


class Parity(unittest.TestCase):
    def test_counts_the_rows_that_are_too_far_apart(self) -> None:
        report = export.parity(np.array([0.1, 0.499, 0.9]), np.array([0.1, 0.501, 0.90005]))
        self.assertAlmostEqual(report["share_beyond_tolerance"], 1 / 3)
        self.assertAlmostEqual(report["labels_agree"], 2 / 3)
        self.assertAlmostEqual(report["max_abs_difference"], 0.002)

    def test_a_model_that_disagrees_is_not_exported(self) -> None:
        given = trained("train-p")
        with (
            mock.patch("flights.onnx_trees.float32_floor", lambda value: value + 1.0),
            self.assertRaisesRegex(SystemExit, "ONNX and the original disagree"),
        ):
            exported("export-p", given)


class Quality(unittest.TestCase):
    def test_auc_is_the_share_of_pairs_in_the_right_order(self) -> None:
        chance = np.random.default_rng(7)
        late, guess = chance.integers(0, 2, 300), chance.integers(0, 20, 300) / 20
        pairs = guess[late == 1][:, None] - guess[late == 0][None, :]
        by_pairs = ((pairs > 0) + 0.5 * (pairs == 0)).mean()
        self.assertAlmostEqual(quality.auc(late, guess), by_pairs)


def _thresholds(dump: dict[str, Any]) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {}
    waiting = [tree["tree_structure"] for tree in dump["tree_info"]]
    while waiting:
        node = waiting.pop()
        if "leaf_value" not in node:
            found.setdefault(FEATURES[node["split_feature"]], []).append(node["threshold"])
            waiting += [node["left_child"], node["right_child"]]
    return found


if __name__ == "__main__":
    unittest.main()
