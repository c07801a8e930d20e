"""What tests of several files need and takes long: made once per run, by whichever worker comes first."""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest
from filelock import FileLock

Made = TypeVar("Made")


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], Made]) -> Made:
    """What `make` gives for a new folder; who comes later in the same run waits, and gets the same."""
    run = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        run = run.parent  # each worker has a folder of its own in that of the run
    kept = run / f"{name}.pickle"
    with FileLock(run / f"{name}.lock"):
        if not kept.is_file():
            kept.write_bytes(pickle.dumps(make(run / f"{name}-made-once")))
        return pickle.loads(kept.read_bytes())
