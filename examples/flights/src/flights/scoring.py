"""Predictions of a model's folder (model.onnx and its description), by onnxruntime."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import onnxruntime as ort

from flights.columns import CATEGORIES, FEATURES, OUTPUT

if TYPE_CHECKING:
    from pathlib import Path

    from flights.rows import Array, Rows

# Rows a call: bounds the memory of a call, and makes no difference to the predictions.
BATCH = 16_384


def score(folder: Path, rows: Rows) -> Array:
    """Probabilities (float64, shape [N]) of the model in `folder` for `rows`, which are imperial.

    The rows are first brought into the units that the model was trained on: this is the model judged by the
    data it was made for. What it does with live requests in other units is seen only in production.
    """
    session = open_model(folder / "model.onnx")
    return score_session(session, rows.in_units(units_of(folder)))


def open_model(path: Path) -> ort.InferenceSession:
    """A session with one thread, so that equal rows give equal bits."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    return ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def score_session(session: ort.InferenceSession, rows: Rows) -> Array:
    """Probabilities (float64, shape [N]) for rows in the units of the model."""
    parts = [_score_batch(session, rows, start) for start in range(0, len(rows), BATCH)]
    return np.concatenate(parts).astype(np.float64)


def units_of(folder: Path) -> str:
    """The units of a model's weather columns; a model without a description takes the files' own."""
    path = folder / "model.json"
    if not path.exists():
        return "imperial"
    description: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return str(description["parameters"]["units"])


def _score_batch(session: ort.InferenceSession, rows: Rows, start: int) -> Array:
    feeds = {}
    for name in FEATURES:
        values = rows.columns[name][start : start + BATCH]
        feeds[name] = values.astype(object if name in CATEGORIES else np.float32).reshape(-1, 1)
    result: Array = session.run([OUTPUT], feeds)[0]
    return result[:, 0]
