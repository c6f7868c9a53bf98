"""Step `export`: converts the trees to ONNX and refuses when both do not agree on real rows.

    rows, trained → model/ (model.onnx, signature.json, model.json, requirements.lock), parity.json

Both are asked for the newest days, which neither has seen, in the units that the model takes.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import esteira
import numpy as np

from flights.columns import CATEGORIES, FEATURES, OUTPUT
from flights.onnx_trees import to_onnx
from flights.rows import read_rows
from flights.scoring import open_model, score_session
from flights.train import read_trained

if TYPE_CHECKING:
    from flights.rows import Array

LOCK = Path("requirements.lock")
# A flipped split moves a prediction by about a leaf, 1e-3 and more; rounding stays below 1e-6.
TOLERANCE = 1e-4


def parity(original: Array, converted: Array) -> dict[str, Any]:
    """How far two models are apart on the same rows; `original` and `converted` are probabilities [N]."""
    distance = np.abs(original - converted)
    return {
        "rows": len(distance),
        "max_abs_difference": float(distance.max()),
        "tolerance": TOLERANCE,
        "share_beyond_tolerance": float((distance > TOLERANCE).mean()),
        "labels_agree": float(((original >= 0.5) == (converted >= 0.5)).mean()),
    }


def signature() -> dict[str, Any]:
    """Inputs and outputs by name, as the serving agent reads them."""
    inputs = [
        {"name": name, "datatype": "BYTES" if name in CATEGORIES else "FP32", "shape": [-1, 1]}
        for name in FEATURES
    ]
    return {"inputs": inputs, "outputs": [{"name": OUTPUT, "datatype": "FP32", "shape": [-1, 1]}]}


def run(step: esteira.Step) -> None:
    booster, encoding, description = read_trained(step.inputs["trained"].path)
    _, newest = read_rows(step.inputs["rows"].path).split(step.parameter("holdout_days", int, 14))
    model = step.output("model").path
    path = model / "model.onnx"
    path.write_bytes(to_onnx(booster.dump_model(), encoding).SerializeToString(deterministic=True))
    esteira.write_json(model / "signature.json", signature())
    esteira.write_json(model / "model.json", description)
    if LOCK.exists():
        shutil.copyfile(LOCK, model / LOCK.name)

    rows = newest.in_units(description["parameters"]["units"])
    original = booster.predict(encoding.matrix(rows), num_threads=1)
    report = parity(np.asarray(original), score_session(open_model(path), rows))
    step.write_json("parity", report)
    step.log("compared", **report)
    if report["share_beyond_tolerance"] > 0:
        raise SystemExit(
            f"ONNX and the original disagree: {report['share_beyond_tolerance']:.2%} of {report['rows']} "
            f"rows are more than {TOLERANCE} apart (at most {report['max_abs_difference']:.3g}). "
            "The model is not exported."
        )


if __name__ == "__main__":
    run(esteira.current_step())
