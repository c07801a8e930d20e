"""Makes `pytest --nbval-lax notebooks` an honest run: loads the course's repairs of nbval.

They have to be loaded from here: only the conftest.py of the repository is read for a plain call on notebooks.
"""

import importlib.util
import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent / "tests" / "notebooks"))

# Without nbval (a learner's environment) unit tests still run.
pytest_plugins = ["nbval_repairs"] if importlib.util.find_spec("nbval") else []

WORKER_BYTES = 4e9  # what the largest notebook's kernel, a browser and a test process need together
MOST_WORKERS = 4


@pytest.hookimpl(optionalhook=True)  # known only where pytest-xdist is installed
def pytest_xdist_auto_num_workers() -> int:
    """How many files of tests `pytest -n auto` runs at a time: one a core, as far as memory allows."""
    import psutil

    return max(1, min(os.cpu_count() or 1, int(psutil.virtual_memory().total // WORKER_BYTES), MOST_WORKERS))
