"""How good probabilities are: AUC, log loss and calibration."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from flights.rows import Array


def auc(late: Array, probability: Array) -> float:
    """The chance that a late flight has the higher probability than one in time; ties count half.

    `late` holds 0 and 1, both of them. Method: the rank sum of Mann and Whitney.

    >>> auc(np.array([0, 0, 1, 1]), np.array([0.1, 0.4, 0.35, 0.8]))
    0.75
    """
    _, places, count = np.unique(probability, return_inverse=True, return_counts=True)
    mean_rank = np.cumsum(count) - (count - 1) / 2
    positives = late.sum()
    rank_sum = mean_rank[places][late == 1].sum() - positives * (positives + 1) / 2
    return float(rank_sum / (positives * (len(late) - positives)))


def log_loss(late: Array, probability: Array) -> float:
    """The mean negative log likelihood in nats; less is better.

    >>> round(log_loss(np.array([0, 1]), np.array([0.5, 0.5])), 4)
    0.6931
    """
    inside = np.clip(probability, 1e-7, 1 - 1e-7)
    return float(-np.mean(np.where(late == 1, np.log(inside), np.log1p(-inside))))


def calibration_gap(late: Array, probability: Array) -> float:
    """How far the mean probability is from the late share.

    >>> calibration_gap(np.array([0, 1]), np.array([0.5, 0.75]))
    0.125
    """
    return float(abs(probability.mean() - late.mean()))


def figures(late: Array, probability: Array) -> dict[str, float]:
    """All of them by name."""
    return {
        "auc": auc(late, probability),
        "log_loss": log_loss(late, probability),
        "calibration_gap": calibration_gap(late, probability),
        "mean_prediction": float(probability.mean()),
    }
