"""A step without a platform, for unit tests and notebooks."""

from __future__ import annotations

import atexit
import shutil
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Any

from esteira.names import Names
from esteira.step import Input, Kind, Output, Step

if TYPE_CHECKING:
    from collections.abc import Mapping
    from os import PathLike


def local_step(
    *,
    inputs: Mapping[str, str | PathLike[str]] | None = None,
    parameters: Mapping[str, Any] | None = None,
    outputs: Mapping[str, Kind] | None = None,
    folder: str | PathLike[str] | None = None,
) -> Step:
    """A step made by hand, so that its code runs in a test as it does on the platform.

    `inputs` maps names to files or folders (their kind is read from the disk; a ``.json`` file is `json`),
    `outputs` maps names to `file`, `directory` or `json`. Outputs are written below `folder`, or below a
    temporary folder that is removed when the process ends.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     step = local_step(outputs={"metrics": "json"}, folder=folder)
    ...     step.write_json("metrics", {"rows": 3})
    ...     print(step.output("metrics").path.read_text())
    {
      "rows": 3
    }
    <BLANKLINE>
    """
    root = Path(folder) if folder is not None else _temporary_folder()
    root.mkdir(parents=True, exist_ok=True)
    made = {name: Output(name, root / name, kind) for name, kind in (outputs or {}).items()}
    for output in made.values():
        if output.kind == "directory":
            output.path.mkdir(parents=True, exist_ok=True)
    given = {name: Path(path) for name, path in (inputs or {}).items()}
    return Step(
        project="local",
        pipeline="local",
        run="local",
        name="local",
        attempt=1,
        parameters=Names("parameter", parameters or {}),
        inputs=Names("input", {name: Input(name, path, _kind_of(path)) for name, path in given.items()}),
        outputs=Names("output", made),
    )


def _temporary_folder() -> Path:
    folder = mkdtemp(prefix="esteira-step-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)


def _kind_of(path: Path) -> Kind:
    if path.is_dir():
        return "directory"
    return "json" if path.suffix == ".json" else "file"
