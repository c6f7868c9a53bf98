"""Raw files and joined rows, made once for all tests of a process."""

from __future__ import annotations

import atexit
import shutil
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import pyarrow.parquet as pq

from flights.raw import write_raw
from flights.rows import Rows, read_rows
from joined import join_rows

MONTHS = ["2013-01", "2013-02", "2013-03"]


@cache
def scratch() -> Path:
    """A folder that is removed when the tests end."""
    folder = mkdtemp(prefix="flights-tests-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)


@cache
def raw() -> Path:
    """All raw files, undamaged."""
    write_raw(scratch() / "raw")
    return scratch() / "raw"


@cache
def joined(*months: str) -> Path:
    """rows.parquet of the given months."""
    path = scratch() / f"rows-{'-'.join(months)}.parquet"
    join_rows(raw(), path, list(months))
    return path


@cache
def few_rows() -> Path:
    """Every tenth row of January to March: a fit takes a moment."""
    path = scratch() / "few.parquet"
    table = pq.read_table(joined(*MONTHS))
    pq.write_table(table.take(list(range(0, table.num_rows, 10))), path)
    return path


@cache
def history() -> Rows:
    """January to March."""
    return read_rows(joined(*MONTHS))
