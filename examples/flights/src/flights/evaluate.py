"""Step `evaluate`: the candidate, and the champion when there is one, on the newest labelled days.

    rows, model, parity, champion? → metrics.json

What is judged is model.onnx, the very file that will be served. The figures are logged with MLflow's client
when MLFLOW_TRACKING_URI is set.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import esteira

from flights.quality import figures
from flights.rows import read_rows
from flights.scoring import score

if TYPE_CHECKING:
    from pathlib import Path

    from flights.rows import Rows


def judge(rows: Rows, model: Path, champion: Path | None) -> dict[str, float]:
    """Figures of `model`, and with the prefix ``champion_`` those of `champion`, on the same `rows`.

    Ends the process when all flights or none were late: then nothing can be said about a model.
    """
    if rows.late.min() == rows.late.max():
        found = "late" if rows.late[0] else "in time"
        raise SystemExit(f"All {len(rows)} flights of the newest days were {found}. Are the outcomes right?")
    metrics = {"rows": float(len(rows)), "late_rate": float(rows.late.mean())}
    metrics.update(figures(rows.late, score(model, rows)))
    if champion is not None:
        theirs = figures(rows.late, score(champion, rows))
        metrics.update({f"champion_{name}": value for name, value in theirs.items()})
    return metrics


def run(step: esteira.Step) -> None:
    _, newest = read_rows(step.inputs["rows"].path).split(step.parameter("holdout_days", int, 14))
    champion = step.input("champion")
    model = step.inputs["model"].path
    metrics = judge(newest, model, champion.path if champion else None)
    step.write_json("metrics", metrics)
    step.log("judged", **{name: round(value, 4) for name, value in metrics.items()})
    if os.environ.get("MLFLOW_TRACKING_URI"):
        # Imported here: MLflow's client takes longer to start than everything else in this step.
        from flights.tracking import log_run

        log_run(model, metrics, step.inputs["parity"].path)


if __name__ == "__main__":
    run(esteira.current_step())
