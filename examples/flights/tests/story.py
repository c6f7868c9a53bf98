"""The year, replayed without a platform: never retrained beside retrained when the calibration is lost.

    python tests/story.py RAW

Prints two tables in Markdown (README.md shows them): the months, and what became of two bad candidates at
every month's end. Limits are those of esteira.yaml. Takes about a minute on one core.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np
from joined import join_rows, project_file

from flights.quality import auc, calibration_gap, log_loss
from flights.raw import write_raw
from flights.rows import Array, Rows, read_rows
from flights.train import fit

if TYPE_CHECKING:
    from collections.abc import Callable

FIRST, LAST = 4, 12
HISTORY = ("2013-01", "2013-02", "2013-03")


@dataclass(frozen=True)
class Settings:
    """What esteira.yaml says."""

    gap: float
    shift: float
    least_auc: float
    holdout_days: int
    trees: int
    seed: int

    @staticmethod
    def read() -> Settings:
        project: dict[str, Any] = project_file()
        parameters = project["pipelines"]["train"]["parameters"]
        gate = {rule["metric"]: rule for rule in project["models"]["late-arrival"]["gate"]}
        return Settings(
            gap=project["monitors"]["late-arrival"]["alert"]["calibration_gap"]["max"],
            shift=project["endpoints"]["late-arrival"]["rollout"]["analysis"]["predictionShift"],
            least_auc=gate["auc"]["min"],
            **{name: parameters[name]["default"] for name in ("holdout_days", "trees", "seed")},
        )


@dataclass(frozen=True)
class Model:
    predict: Callable[[Rows], Array]
    units: str = "imperial"

    def judged(self, rows: Rows) -> Array:
        """Asked in its own units, as `flights.evaluate` does."""
        return self.predict(rows.in_units(self.units))


def train(known: Rows, settings: Settings, units: str = "imperial") -> tuple[Model, Rows]:
    """A model of all but the newest days of `known`, and those days."""
    before, newest = known.split(settings.holdout_days)
    booster, encoding = fit(before.in_units(units), trees=settings.trees, seed=settings.seed)
    return Model(lambda rows: np.asarray(booster.predict(encoding.matrix(rows), num_threads=1)), units), newest


@dataclass(frozen=True)
class Verdict:
    """A candidate and the champion on the same newest days."""

    auc: float
    log_loss: float
    champion_log_loss: float
    passed: bool

    def __str__(self) -> str:
        word = "passes" if self.passed else "refused"
        return f"{word} ({self.log_loss:.4f}, champion {self.champion_log_loss:.4f}, AUC {self.auc:.3f})"


def gate(candidate: Model, champion: Model, newest: Rows, settings: Settings) -> Verdict:
    mine, theirs = candidate.judged(newest), champion.judged(newest)
    area, loss, bar = auc(newest.late, mine), log_loss(newest.late, mine), log_loss(newest.late, theirs)
    return Verdict(area, loss, bar, area >= settings.least_auc and loss < bar)


def replay(rows: Rows, damaged: Rows, month: Array, settings: Settings) -> None:
    first, _ = train(rows.where(month < FIRST), settings)
    champion, version, bad = first, 1, []
    columns = "month | flights | late | AUC once | fresh | log loss once | fresh | gap once | fresh | then"
    print(f"| {columns} |\n|{' --- |' * 10}")
    pooled: list[tuple[Array, Array, Array]] = []
    for now in range(FIRST, LAST + 1):
        seen = rows.where(month == now)
        once, fresh = first.predict(seen), champion.predict(seen)
        pooled.append((seen.late, once, fresh))
        then = ""
        if now < LAST:
            bad.append(bad_candidates(rows, damaged, month, now, champion, settings))
        if now < LAST and calibration_gap(seen.late, fresh) > settings.gap:
            candidate, newest = train(rows.where(month <= now), settings)
            verdict = gate(candidate, champion, newest, settings)
            then = f"alert, version {version + 1} {verdict}"
            if verdict.passed:
                champion, version = candidate, version + 1
        print(_row(f"{now:02d}", seen.late, once, fresh, then), flush=True)
    print(_row("all", *(np.concatenate(each) for each in zip(*pooled, strict=True)), ""))
    print("\n| end of | damaged history | metric units at the gate | … asked live: mean prediction |\n| --- | --- | --- | --- |")
    print("\n".join(bad))


def bad_candidates(
    rows: Rows, damaged: Rows, month: Array, now: int, champion: Model, settings: Settings
) -> str:
    """What gate and canary would see of a candidate of damaged history, and of one in metric units."""
    wrong, newest = train(damaged.where(month <= now), settings)
    metric, _ = train(rows.where(month <= now), settings, "metric")
    live = rows.where(month == now + 1)
    theirs, asked = champion.predict(live).mean(), metric.predict(live).mean()
    return (
        f"| {now:02d} | {gate(wrong, champion, newest, settings)} | {gate(metric, champion, newest, settings)} "
        f"| {asked:.3f} beside {theirs:.3f}: {asked - theirs:+.3f} |"
    )


def _row(name: str, late: Array, once: Array, fresh: Array, then: str) -> str:
    figures = [f"{each(late, guess):.4f}" for each in (auc, log_loss, calibration_gap) for guess in (once, fresh)]
    return f"| {' | '.join([name, f'{len(late):,}', f'{late.mean():.1%}', *figures, then])} |"


def local_months(time: Array) -> Array:
    """The month of each flight in New York, whose day ends at 04:00 or 05:00 UTC and sees no departures before 09:00."""
    shifted = time - 6 * 3_600_000
    months: Array = shifted.astype("datetime64[ms]").astype("datetime64[M]").astype(int) % 12 + 1
    return months


def main() -> None:
    parser = argparse.ArgumentParser(description="Replays the year.")
    parser.add_argument("raw", type=Path, help="folder that flights.raw wrote")
    given = parser.parse_args()
    months = [f"2013-{month:02d}" for month in range(1, 13)]
    with TemporaryDirectory() as folder:
        scratch = Path(folder)
        write_raw(scratch / "damaged", frozenset(HISTORY))
        join_rows(given.raw, scratch / "rows.parquet", months)
        join_rows(scratch / "damaged", scratch / "damaged.parquet", months)
        rows, damaged = read_rows(scratch / "rows.parquet"), read_rows(scratch / "damaged.parquet")
    month = local_months(rows.time)
    replay(rows, damaged, month, Settings.read())


if __name__ == "__main__":
    main()
