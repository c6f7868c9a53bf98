"""The step that this process is: its parameters, inputs and outputs."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypedDict, TypeVar, cast, get_args, overload

from esteira.errors import InvalidStep, NotInStep, WrongType
from esteira.names import Names

if TYPE_CHECKING:
    from collections.abc import Mapping

Kind = Literal["file", "directory", "json"]
Scalar = TypeVar("Scalar", bool, int, float, str)


class Source(TypedDict, total=False):
    """Where an input comes from: a data commit, an earlier step's output, or a model version."""

    repository: str
    commit: str
    step: str
    output: str
    model: str
    version: str | int


@dataclass(frozen=True)
class Input:
    """Something that the step reads. The files are read-only and shared: never write below `path`.

    `digest` is the SHA-256 of the contents (``sha256:`` and 64 hexadecimal digits), so equal digests mean
    equal bytes.
    """

    name: str
    path: Path
    kind: Kind = "file"
    digest: str = ""
    source: Source = field(default_factory=Source)

    def read_json(self) -> Any:
        """The JSON document in this input.

        Raises `json.JSONDecodeError` when it holds something else, `IsADirectoryError` for a directory.
        """
        return json.loads(self.path.read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Output:
    """Something that the step has declared and must have written when it ends.

    A `directory` exists already and is empty; `file` and `json` do not exist yet, their folder does.
    """

    name: str
    path: Path
    kind: Kind = "file"

    def write_json(self, value: object) -> None:
        """Writes `value` as `esteira.write_json` does. Raises `WrongType` for a directory."""
        if self.kind == "directory":
            raise WrongType(f"Output '{self.name}' is a directory; write files below output.path.")
        write_json(self.path, value)


@dataclass(frozen=True)
class Step:
    """One attempt at one step of one pipeline run.

    `run` is the id of the pipeline run and `attempt` counts from 1.

    >>> from esteira import local_step
    >>> step = local_step(inputs={"rows": "rows.parquet"}, outputs={"model": "directory"})
    >>> step.inputs["rows"].path.name
    'rows.parquet'
    >>> step.output("model").path.is_dir()
    True
    """

    project: str
    pipeline: str
    run: str
    name: str
    attempt: int
    parameters: Names[Any]
    inputs: Names[Input]
    outputs: Names[Output]

    def input(self, name: str) -> Input | None:
        """An optional input, or None when this run has none of that name (say, no champion yet).

        For an input that must be there use ``step.inputs[name]``, which fails with the names that exist.

        >>> from esteira import local_step
        >>> local_step().input("champion") is None
        True
        """
        return self.inputs.get(name)

    def output(self, name: str) -> Output:
        """A declared output. Raises `UnknownName` when the step does not declare it."""
        return self.outputs[name]

    @overload
    def parameter(self, name: str, kind: type[Scalar]) -> Scalar: ...

    @overload
    def parameter(self, name: str, kind: type[Scalar], default: Scalar) -> Scalar: ...

    def parameter(self, name: str, kind: type[Scalar], default: Scalar | None = None) -> Scalar:
        """A parameter of a known type; `default` is used when the step is not given the parameter.

        A whole number is accepted where a `float` is wanted, nothing else is converted.
        Raises `UnknownName` when it is missing and has no default, `WrongType` when it is of another type.

        >>> from esteira import local_step
        >>> step = local_step(parameters={"trees": 60, "units": "metric"})
        >>> step.parameter("trees", int), step.parameter("seed", int, 0)
        (60, 0)
        >>> step.parameter("units", int)
        Traceback (most recent call last):
            ...
        esteira.errors.WrongType: Parameter 'units' must be of type int and is 'metric' (str).
        """
        if default is not None and name not in self.parameters:
            return default
        value = self.parameters[name]
        if kind is float and type(value) is int:
            return kind(value)
        if type(value) is not kind:
            found = f"{value!r} ({type(value).__name__})"
            raise WrongType(f"Parameter '{name}' must be of type {kind.__name__} and is {found}.")
        return value

    def write_json(self, name: str, value: object) -> None:
        """Writes a JSON document to the output `name`; see `Output.write_json`."""
        self.output(name).write_json(value)

    def log(self, message: str, **fields: object) -> None:
        """Writes one line to the step's log, at once: the message and then ``name=value`` for each field.

        >>> from esteira import local_step
        >>> local_step().log("trained", rows=81_000, auc=0.7)
        trained rows=81000 auc=0.7
        """
        line = " ".join([message, *(f"{key}={value}" for key, value in fields.items())])
        print(line, file=sys.stdout, flush=True)


def write_json(path: Path, value: object) -> None:
    """Writes `value` as JSON with sorted keys, so that equal values give equal bytes and digests.

    The file appears complete or not at all. Raises `ValueError` for NaN and infinity (JSON has neither),
    `TypeError` for what JSON cannot hold.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     write_json(Path(folder) / "card.json", {"units": "imperial", "trees": 60})
    ...     print((Path(folder) / "card.json").read_text())
    {
      "trees": 60,
      "units": "imperial"
    }
    <BLANKLINE>
    """
    text = json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False)
    unfinished = path.with_name(path.name + ".unfinished")
    unfinished.write_text(text + "\n", encoding="utf-8")
    unfinished.replace(path)


def current_step() -> Step:
    """The step as which Esteira started this process.

    Raises `NotInStep` when it did not (in a test, use `local_step`), `InvalidStep` when the description
    that the environment variable ESTEIRA_STEP points to cannot be understood.

    >>> current_step()
    Traceback (most recent call last):
        ...
    esteira.errors.NotInStep: ESTEIRA_STEP is not set: this process is not a step of an Esteira pipeline. \
Start it with `esteira run`, or make a step for a test with esteira.local_step(...).
    """
    location = os.environ.get("ESTEIRA_STEP")
    if not location:
        raise NotInStep(
            "ESTEIRA_STEP is not set: this process is not a step of an Esteira pipeline. "
            "Start it with `esteira run`, or make a step for a test with esteira.local_step(...)."
        )
    return read_step(Path(location))


def read_step(path: Path) -> Step:
    """Reads a step's description (step.json). Raises `InvalidStep`, which names the file and the reason."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise InvalidStep(f"{path} cannot be read as the description of a step: {error}") from error
    try:
        return _step_of(document)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise InvalidStep(f"{path} is not the description of a step: {_reason(error)}") from error


def _step_of(document: Mapping[str, Any]) -> Step:
    outputs = {name: _output_of(name, body) for name, body in document["outputs"].items()}
    for output in outputs.values():
        place = output.path if output.kind == "directory" else output.path.parent
        place.mkdir(parents=True, exist_ok=True)
    return Step(
        project=document["project"],
        pipeline=document["pipeline"],
        run=document["run"],
        name=document["step"],
        attempt=int(document["attempt"]),
        parameters=Names("parameter", document["parameters"]),
        inputs=Names("input", {name: _input_of(name, body) for name, body in document["inputs"].items()}),
        outputs=Names("output", outputs),
    )


def _input_of(name: str, body: Mapping[str, Any]) -> Input:
    source = cast("Source", dict(body.get("source") or {}))
    return Input(name, Path(body["path"]), _kind_of(body), body.get("digest", ""), source)


def _output_of(name: str, body: Mapping[str, Any]) -> Output:
    return Output(name, Path(body["path"]), _kind_of(body))


def _kind_of(body: Mapping[str, Any]) -> Kind:
    kind = body["kind"]
    if kind not in get_args(Kind):
        raise ValueError(f"kind '{kind}' is none of {', '.join(get_args(Kind))}")
    return cast("Kind", kind)


def _reason(error: Exception) -> str:
    return f"{error.args[0]!r} is missing" if isinstance(error, KeyError) else str(error)
