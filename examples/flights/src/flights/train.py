"""Step `train`: fits gradient boosted trees on all but the newest days.

    rows → trained/booster.txt (LightGBM's own format), trained/model.json (units, encoding, parameters)

The settings were chosen on January to March alone (README). One thread and a fixed order of rows make the
same rows give the same bytes.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import esteira
import lightgbm as lgb

from flights.columns import FEATURES
from flights.encoding import Encoding, fit_encoding
from flights.rows import Rows, read_rows

if TYPE_CHECKING:
    from pathlib import Path

SETTINGS: dict[str, Any] = {
    "objective": "binary",
    "learning_rate": 0.05,
    "num_leaves": 15,
    "min_data_in_leaf": 50,
    "feature_fraction": 0.5,
    "lambda_l2": 10.0,
    "deterministic": True,
    "force_row_wise": True,
    "num_threads": 1,
    "verbose": -1,
}


def fit(rows: Rows, *, trees: int, seed: int) -> tuple[lgb.Booster, Encoding]:
    """A booster and the encoding of its categories; `rows` are in the units that the model shall take."""
    encoding = fit_encoding(rows)
    data = lgb.Dataset(encoding.matrix(rows), rows.late, feature_name=list(FEATURES))
    return lgb.train({**SETTINGS, "seed": seed}, data, trees), encoding


def run(step: esteira.Step) -> None:
    units = step.parameter("units", str, "imperial")
    trees = step.parameter("trees", int, 150)
    seed = step.parameter("seed", int, 2013)
    holdout_days = step.parameter("holdout_days", int, 14)
    before, newest = read_rows(step.inputs["rows"].path).split(holdout_days)
    step.log("fitting", rows=len(before), held_out=len(newest), trees=trees, units=units)
    booster, encoding = fit(before.in_units(units), trees=trees, seed=seed)
    trained = step.output("trained").path
    (trained / "booster.txt").write_text(booster.model_to_string(), encoding="utf-8")
    parameters = {"units": units, "trees": trees, "seed": seed, "holdout_days": holdout_days}
    description = {
        "parameters": parameters,
        "trained_on": {"rows": len(before), "late_rate": float(before.late.mean())},
        "encoding": encoding.as_json(),
    }
    esteira.write_json(trained / "model.json", description)
    step.log("fitted", leaves=sum(tree["num_leaves"] for tree in booster.dump_model()["tree_info"]))


def read_trained(folder: Path) -> tuple[lgb.Booster, Encoding, dict[str, Any]]:
    """What `run` wrote: booster, encoding and the whole description."""
    description = json.loads((folder / "model.json").read_text(encoding="utf-8"))
    booster = lgb.Booster(model_str=(folder / "booster.txt").read_text(encoding="utf-8"))
    encoding = Encoding(description["encoding"]["shares"], description["encoding"]["unknown"])
    return booster, encoding, description


if __name__ == "__main__":
    run(esteira.current_step())
