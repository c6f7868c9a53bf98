"""LightGBM's trees and the encoding of categories as one ONNX graph that takes raw, named columns.

Written out here, because the graph must hold more than trees (text in, unknown values, missing values) and
because rounding decides whether both models agree: a threshold is a double, a request is float32. With x a
float32, ``x <= t`` is the same as ``x <= the largest float32 not above t``; rounding to the nearest instead
sends rows that lie on a threshold to the other side.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
from onnx import TensorProto, helper

from flights.columns import CATEGORIES, FEATURES, OUTPUT

if TYPE_CHECKING:
    from flights.encoding import Encoding

ML = "ai.onnx.ml"
# What onnxruntime has understood since 2022, in Python and in Node.
OPSETS = {"": 17, ML: 3}
IR_VERSION = 8
_NODE = (
    "nodes_treeids",
    "nodes_nodeids",
    "nodes_featureids",
    "nodes_values",
    "nodes_modes",
    "nodes_truenodeids",
    "nodes_falsenodeids",
    "nodes_missing_value_tracks_true",
)
_LEAF = ("target_treeids", "target_nodeids", "target_ids", "target_weights")


def float32_floor(value: float) -> float:
    """The largest float32 that is not above `value`.

    >>> float32_floor(0.1) <= 0.1 < float(np.nextafter(np.float32(float32_floor(0.1)), np.float32(1)))
    True
    """
    nearest = np.float32(value)
    return float(nearest if float(nearest) <= value else np.nextafter(nearest, np.float32(-np.inf)))


def _flatten(node: dict[str, Any]) -> list[dict[str, Any]]:
    """A tree as a list: each branch, then all of its left side (taken when true), then all of its right."""
    if "leaf_value" in node:
        return [{"weight": node["leaf_value"]}]
    if node["decision_type"] != "<=":
        raise ValueError(f"a split by '{node['decision_type']}': only numeric splits are converted")
    left, right = _flatten(node["left_child"]), _flatten(node["right_child"])
    threshold = float(node["threshold"])
    branch = {
        "feature": node["split_feature"],
        "threshold": float32_floor(threshold),
        "missing_goes_left": int(_missing_goes_left(node, threshold)),
        "right": 1 + len(left),
    }
    return [branch, *left, *right]


def _ensemble(dump: dict[str, Any]) -> dict[str, list[Any]]:
    """The attributes of a TreeEnsembleRegressor: one list entry a node, and one a leaf."""
    attributes: dict[str, list[Any]] = {name: [] for name in (*_NODE, *_LEAF)}

    def add(names: tuple[str, ...], *values: object) -> None:
        for name, value in zip(names, values, strict=True):
            attributes[name].append(value)

    for tree, info in enumerate(dump["tree_info"]):
        for place, node in enumerate(_flatten(info["tree_structure"])):
            if "weight" in node:
                add(_NODE, tree, place, 0, 0.0, "LEAF", 0, 0, 0)
                add(_LEAF, tree, place, 0, node["weight"])
                continue
            left, right = place + 1, place + node["right"]
            split = (node["feature"], node["threshold"], "BRANCH_LEQ")
            add(_NODE, tree, place, *split, left, right, node["missing_goes_left"])
    return attributes


def _missing_goes_left(node: dict[str, Any], threshold: float) -> bool:
    """LightGBM has a side for missing values where it met any in training; elsewhere it takes them for 0."""
    return bool(node["default_left"]) if node["missing_type"] == "NaN" else threshold >= 0.0


def to_onnx(dump: dict[str, Any], encoding: Encoding) -> onnx.ModelProto:
    """The graph for `lightgbm.Booster.dump_model()` of a binary objective.

    Inputs: one tensor of shape [N, 1] for each of `columns.FEATURES`, text for categories and float32 for
    numbers. Output: `probability`, float32 of shape [N, 1]. Names and order depend on nothing but the model.
    """
    coded = [f"{name}_share" if name in CATEGORIES else name for name in FEATURES]
    trees = {**_ensemble(dump), "n_targets": 1, "post_transform": "NONE"}
    nodes = [
        *(_encoder(name, encoding) for name in CATEGORIES),
        helper.make_node("Concat", coded, ["features"], name="features", axis=1),
        helper.make_node("TreeEnsembleRegressor", ["features"], ["score"], name="trees", domain=ML, **trees),
        helper.make_node("Sigmoid", ["score"], [OUTPUT], name=OUTPUT),
    ]
    graph = helper.make_graph(nodes, "late-arrival", [_tensor(name) for name in FEATURES], [_tensor(OUTPUT)])
    opsets = [helper.make_opsetid(domain, version) for domain, version in OPSETS.items()]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=IR_VERSION, producer_name="flights")
    onnx.checker.check_model(model)
    return model


def _encoder(name: str, encoding: Encoding) -> onnx.NodeProto:
    shares = encoding.shares[name]
    return helper.make_node(
        "LabelEncoder",
        [name],
        [f"{name}_share"],
        name=f"{name}_share",
        domain=ML,
        keys_strings=list(shares),
        values_floats=list(shares.values()),
        default_float=encoding.unknown,
    )


def _tensor(name: str) -> onnx.ValueInfoProto:
    kind = TensorProto.STRING if name in CATEGORIES else TensorProto.FLOAT
    return helper.make_tensor_value_info(name, kind, ["rows", 1])
