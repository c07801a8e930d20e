"""Makes `pytest --nbval-lax notebooks` an honest run: loads the course's repairs of nbval.

They have to be loaded from here: only the conftest.py of the repository is read for a plain call on notebooks.
"""

import importlib.util
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "tests" / "notebooks"))

# Without nbval (a learner's environment) unit tests still run.
pytest_plugins = ["nbval_repairs"] if importlib.util.find_spec("nbval") else []
