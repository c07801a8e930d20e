"""Makes `pytest --nbval-lax notebooks` an honest run: loads the course's repairs of nbval.

They have to be loaded from here: only the conftest.py of the repository is read for a plain call on notebooks.
"""

import importlib.util
import json
import os
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent

# Images of containers ask for no bytecode, to keep the source tree clean. Every kernel and every command of a test
# would compile the whole framework anew then: 10 of 15 seconds of its start. The copy with mutants has its reason.
if sys.dont_write_bytecode and "mutants" not in ROOT.parts:
    BYTECODE = str(ROOT / "build" / "bytecode")
    sys.dont_write_bytecode, sys.pycache_prefix = False, BYTECODE
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["PYTHONPYCACHEPREFIX"] = BYTECODE

# Workers side by side share the cores; frameworks that each take all of them wait for one another.
if workers := int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", 0)):
    THREADS = str(max(1, (os.cpu_count() or 1) // workers))
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "TF_NUM_INTRAOP_THREADS"):
        os.environ.setdefault(name, THREADS)

# Tests ask whether ONNX Runtime is there by importing it, past the course's own door, and some releases report their use.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

sys.path.insert(0, str(ROOT / "tests" / "notebooks"))

# Without nbval (a learner's environment) unit tests still run.
pytest_plugins = ["nbval_repairs"] if importlib.util.find_spec("nbval") else []

WORKER_BYTES = 4e9  # what the largest notebook's kernel, a browser and a test process need together
MOST_WORKERS = 4


@pytest.hookimpl(optionalhook=True)  # known only where pytest-xdist is installed
def pytest_xdist_auto_num_workers() -> int:
    """How many files of tests `pytest -n auto` runs at a time: one a core, as far as memory allows."""
    import psutil

    return max(1, min(os.cpu_count() or 1, int(psutil.virtual_memory().total // WORKER_BYTES), MOST_WORKERS))


# Files that take long, in seconds on two quiet cores; those of notebooks are measured (benchmarks/expected).
LONGEST = {
    "tests/browser/test_slides.py": 80,
    "tests/browser/test_jupyterlab.py": 45,
    "tests/notebooks/test_repairs.py": 35,
    "tests/unit/test_runner.py": 30,
    "tests/unit/test_checks_text_lstm.py": 20,
    "tests/unit/test_training_fitting.py": 20,
    "tests/browser/test_site_shown.py": 20,
    "tests/contracts/test_site.py": 20,
    "tests/packing/test_packing.py": 20,
    "tests/unit/test_plots.py": 15,
    "tests/unit/test_pretrained.py": 15,
    "tests/contracts/test_transfer_record.py": 10,
    "tests/contracts/test_documents.py": 10,
    "tests/contracts/test_public_address.py": 10,
    "tests/unit/test_session.py": 10,
}


def seconds_of(path: Path) -> float:
    """About how long the tests of a file take; 0 where that is short or unknown."""
    if path.suffix != ".ipynb":
        return LONGEST.get(path.relative_to(ROOT).as_posix(), 0) if ROOT in path.parents else 0
    kept = ROOT / "benchmarks" / "expected" / f"{path.stem}.json"
    known = json.loads(kept.read_text(encoding="utf-8")).get("seconds", {}) if kept.is_file() else {}
    return known.get("smoke", {}).get("bundled", 30)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Give the workers what takes longest first: none of them is left alone with a long file at the end."""
    if hasattr(config, "workerinput"):
        seconds = {path: seconds_of(path) for path in {item.path for item in items}}
        items.sort(key=lambda item: -seconds[item.path])
