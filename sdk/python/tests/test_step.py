from __future__ import annotations

import doctest
import importlib
import json
import os
import subprocess
import sys
import unittest
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import esteira

SOURCES = Path(esteira.__file__).parent


def load_tests(_loader: object, tests: unittest.TestSuite, _pattern: object) -> unittest.TestSuite:
    for module in ("esteira", "esteira.errors", "esteira.local", "esteira.names", "esteira.step"):
        tests.addTests(doctest.DocTestSuite(importlib.import_module(module)))
    return tests


def description(folder: Path, **changes: Any) -> dict[str, Any]:
    document: dict[str, Any] = {
        "project": "flights",
        "pipeline": "train",
        "run": "prun_01",
        "step": "train",
        "attempt": 2,
        "parameters": {"units": "imperial", "trees": 60},
        "inputs": {
            "rows": {
                "path": str(folder / "rows.parquet"),
                "digest": "sha256:" + "0" * 64,
                "kind": "file",
                "source": {"step": "features", "output": "rows"},
            }
        },
        "outputs": {
            "model": {"path": str(folder / "out" / "model"), "kind": "directory"},
            "metrics": {"path": str(folder / "out" / "metrics.json"), "kind": "json"},
        },
    }
    document.update(changes)
    return document


class CurrentStep(unittest.TestCase):
    def setUp(self) -> None:
        scratch = TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.folder = Path(scratch.name)
        self.path = self.folder / "step.json"
        before = os.environ.get("ESTEIRA_STEP")
        self.addCleanup(self.restore, before)
        os.environ["ESTEIRA_STEP"] = str(self.path)

    @staticmethod
    def restore(before: str | None) -> None:
        os.environ.pop("ESTEIRA_STEP", None)
        if before is not None:
            os.environ["ESTEIRA_STEP"] = before

    def describe(self, **changes: Any) -> None:
        self.path.write_text(json.dumps(description(self.folder, **changes)))

    def test_reads_everything_the_platform_says(self) -> None:
        self.describe()
        step = esteira.current_step()
        self.assertEqual((step.project, step.pipeline, step.run), ("flights", "train", "prun_01"))
        self.assertEqual((step.name, step.attempt), ("train", 2))
        self.assertEqual(step.parameters["units"], "imperial")
        rows = step.inputs["rows"]
        self.assertEqual((rows.path, rows.kind), (self.folder / "rows.parquet", "file"))
        self.assertEqual(rows.source, {"step": "features", "output": "rows"})
        self.assertTrue(step.output("model").path.is_dir())

    def test_an_absent_optional_input_is_none(self) -> None:
        self.describe()
        self.assertIsNone(esteira.current_step().input("champion"))

    def test_a_wrong_name_is_answered_with_the_nearest_and_all_known(self) -> None:
        self.describe()
        step = esteira.current_step()
        with self.assertRaises(esteira.UnknownName) as caught:
            step.output("metric")
        self.assertEqual(
            str(caught.exception),
            "No output 'metric'; did you mean 'metrics'? This step has: metrics, model.",
        )
        with self.assertRaisesRegex(esteira.UnknownName, r"No input 'zebra'. This step has: rows\."):
            step.inputs["zebra"]
        with self.assertRaises(KeyError):
            step.parameters["tree"]
        self.assertNotIn("tree", step.parameters)

    def test_a_parameter_is_never_converted_silently(self) -> None:
        self.describe(parameters={"trees": "60", "rate": 1, "on": True})
        step = esteira.current_step()
        self.assertEqual(step.parameter("rate", float), 1.0)
        self.assertIs(step.parameter("on", bool), True)
        for kind in (int, float):
            with self.assertRaises(esteira.WrongType):
                step.parameter("trees", kind)
        with self.assertRaises(esteira.WrongType):
            step.parameter("on", int)

    def test_a_broken_description_names_the_file_and_the_reason(self) -> None:
        broken = description(self.folder)
        del broken["pipeline"]
        self.path.write_text(json.dumps(broken))
        with self.assertRaisesRegex(esteira.InvalidStep, "'pipeline' is missing"):
            esteira.current_step()
        self.path.write_text("{")
        with self.assertRaisesRegex(esteira.InvalidStep, "step.json cannot be read"):
            esteira.current_step()
        self.describe(outputs={"model": {"path": "/tmp/x", "kind": "folder"}})
        with self.assertRaisesRegex(esteira.InvalidStep, "kind 'folder' is none of file, directory, json"):
            esteira.current_step()

    def test_a_description_that_is_not_there_is_said(self) -> None:
        with self.assertRaisesRegex(esteira.InvalidStep, "step.json cannot be read"):
            esteira.current_step()

    def test_works_from_a_process_of_its_own(self) -> None:
        self.describe()
        code = "import esteira; s = esteira.current_step(); s.write_json('metrics', {'b': 1, 'a': 2})"
        environment = {**os.environ, "PYTHONPATH": str(SOURCES.parent)}
        done = subprocess.run(
            [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
        )
        self.assertEqual(done.stdout, "")
        self.assertEqual((self.folder / "out/metrics.json").read_text(), '{\n  "a": 2,\n  "b": 1\n}\n')


class LocalStep(unittest.TestCase):
    def test_tells_the_kind_of_an_input_from_the_disk(self) -> None:
        with TemporaryDirectory() as name:
            folder = Path(name)
            (folder / "report.json").write_text('{"rows": 3}')
            step = esteira.local_step(inputs={"all": folder, "report": folder / "report.json"}, folder=folder)
            self.assertEqual(step.inputs["all"].kind, "directory")
            self.assertEqual(step.inputs["report"].read_json(), {"rows": 3})

    def test_json_refuses_what_json_cannot_say(self) -> None:
        with TemporaryDirectory() as folder:
            step = esteira.local_step(outputs={"metrics": "json", "model": "directory"}, folder=folder)
            with self.assertRaises(ValueError):
                step.write_json("metrics", {"auc": float("nan")})
            self.assertFalse(step.output("metrics").path.exists())
            with self.assertRaisesRegex(esteira.WrongType, "'model' is a directory"):
                step.write_json("model", {})


if __name__ == "__main__":
    unittest.main()
