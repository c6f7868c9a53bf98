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

from flights.quality import auc, calibration_gap, log_loss
from flights.raw import write_raw
from flights.rows import Array, Rows, read_rows
from flights.train import fit
from joined import join_rows, project_file

if TYPE_CHECKING:
    from collections.abc import Callable

FIRST, LAST = 4, 12
DAMAGED = frozenset({"2013-01", "2013-02", "2013-03"})


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
    return Model(
        lambda rows: np.asarray(booster.predict(encoding.matrix(rows), num_threads=1)), units
    ), newest


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


@dataclass(frozen=True)
class Year:
    """All rows, the same with the outcomes of January to March on wrong rows, and the month of each."""

    rows: Rows
    damaged: Rows
    month: Array


def replay(year: Year, settings: Settings) -> None:
    first, _ = train(year.rows.where(year.month < FIRST), settings)
    champion, version, bad = first, 1, list[str]()
    columns = "month | flights | late | AUC once | fresh | log loss once | fresh | gap once | fresh | then"
    print(f"| {columns} |\n|{' --- |' * 10}")
    pooled: list[tuple[Array, Array, Array]] = []
    for now in range(FIRST, LAST + 1):
        seen = year.rows.where(year.month == now)
        once, fresh = first.predict(seen), champion.predict(seen)
        pooled.append((seen.late, once, fresh))
        then = ""
        if now < LAST:
            bad.append(bad_candidates(year, now, champion, settings))
        if now < LAST and calibration_gap(seen.late, fresh) > settings.gap:
            candidate, newest = train(year.rows.where(year.month <= now), settings)
            verdict = gate(candidate, champion, newest, settings)
            then = f"alert, version {version + 1} {verdict}"
            if verdict.passed:
                champion, version = candidate, version + 1
        print(_row(f"{now:02d}", pooled[-1], then), flush=True)
    late, once, fresh = (np.concatenate(each) for each in zip(*pooled, strict=True))
    print(_row("all", (late, once, fresh), ""))
    columns = "end of | damaged history | metric units at the gate | … asked live: mean prediction"
    print(f"\n| {columns} |\n|{' --- |' * 4}")
    print("\n".join(bad))


def bad_candidates(year: Year, now: int, champion: Model, settings: Settings) -> str:
    """What gate and canary would see of a candidate of damaged history, and of one in metric units."""
    known = year.month <= now
    wrong, newest = train(year.damaged.where(known), settings)
    metric, _ = train(year.rows.where(known), settings, "metric")
    live = year.rows.where(year.month == now + 1)
    theirs, asked = champion.predict(live).mean(), metric.predict(live).mean()
    damaged, offline = (gate(candidate, champion, newest, settings) for candidate in (wrong, metric))
    return f"| {now:02d} | {damaged} | {offline} | {asked:.3f} beside {theirs:.3f}: {asked - theirs:+.3f} |"


def _row(name: str, answers: tuple[Array, Array, Array], then: str) -> str:
    late, *guesses = answers
    figures = [f"{each(late, guess):.4f}" for each in (auc, log_loss, calibration_gap) for guess in guesses]
    return f"| {' | '.join([name, f'{len(late):,}', f'{late.mean():.1%}', *figures, then])} |"


def local_months(time: Array) -> Array:
    """The month of each flight in New York, where the day ends at 4 or 5 UTC and departures begin at 9."""
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
        write_raw(scratch / "damaged", DAMAGED)
        join_rows(given.raw, scratch / "rows.parquet", months)
        join_rows(scratch / "damaged", scratch / "damaged.parquet", months)
        rows, damaged = read_rows(scratch / "rows.parquet"), read_rows(scratch / "damaged.parquet")
    replay(Year(rows, damaged, local_months(rows.time)), Settings.read())


if __name__ == "__main__":
    main()
