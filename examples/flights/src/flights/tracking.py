"""Logs a candidate with MLflow's own client, into the run that the environment names."""

from __future__ import annotations

import json
import os
import time
from typing import TYPE_CHECKING

from mlflow.entities import Metric, Param
from mlflow.tracking import MlflowClient

if TYPE_CHECKING:
    from pathlib import Path


def log_run(model: Path, metrics: dict[str, float], parity: Path) -> None:
    """Parameters, metrics and files of the model in the folder `model`.

    MLFLOW_RUN_ID names the run; without it a run of its own is made in the experiment `late-arrival`. The run
    is left open: who started it ends it.
    """
    client = MlflowClient()
    run = os.environ.get("MLFLOW_RUN_ID") or _new_run(client)
    description = json.loads((model / "model.json").read_text(encoding="utf-8"))
    now = int(time.time() * 1000)
    agreement = json.loads(parity.read_text(encoding="utf-8"))
    logged = {**metrics, "onnx_max_abs_difference": agreement["max_abs_difference"]}
    client.log_batch(
        run,
        metrics=[Metric(name, value, now, 0) for name, value in logged.items()],
        params=[Param(name, str(value)) for name, value in description["parameters"].items()],
    )
    client.log_artifacts(run, str(model), "model")
    client.log_dict(run, agreement, "evaluation/parity.json")
    client.log_dict(run, metrics, "evaluation/metrics.json")


def _new_run(client: MlflowClient) -> str:
    name = "late-arrival"
    experiment = client.get_experiment_by_name(name)
    identifier = experiment.experiment_id if experiment else client.create_experiment(name)
    return str(client.create_run(identifier).info.run_id)
