"""kedro_steps.py SHAPE N: steps as nodes of a Kedro pipeline, all in one process, results in memory."""

import sys

from kedro.io import DataCatalog, MemoryDataset
from kedro.pipeline import node, pipeline
from kedro.runner import SequentialRunner


def add_one(number: int) -> int:
    return number + 1


def most(*numbers: int) -> int:
    return max(numbers)


def nodes(shape: str, n: int) -> list:
    if shape == "chain":
        return [node(add_one, f"number{i}", f"number{i + 1}", name=f"step{i}") for i in range(n)]
    ones = [node(add_one, "number0", f"one{i}", name=f"step{i}") for i in range(n)]
    return [*ones, node(most, [f"one{i}" for i in range(n)], "number1", name="join")]


if __name__ == "__main__":
    SequentialRunner().run(pipeline(nodes(sys.argv[1], int(sys.argv[2]))), DataCatalog({"number0": MemoryDataset(0)}))
