"""Helpers shared by the notebooks of the workshop, in two halves on one ground floor.

What a learner imports lies at hand: `session`, `datasets`, `pretrained`, `text`, `training`, `plots`, `explain`,
`checks`; the systems of the further notebooks (09-16) have their rooms in `further`. What runs the workshop (the
`course` command, doctor, slides, site, ...) is in `workshop`; what all stand on is in `foundation`. Importing the
package is cheap: no deep-learning framework is loaded, so the command line and a notebook's first cell answer at once.
Begin with `course_utils.session.start`.
"""

import importlib

__version__ = "0.1.0"

# Inner rooms that notebooks use by a short name: `from course_utils import records`.
SHORT_NAMES = {"hosted": "foundation.hosted", "play": "plots.play", "records": "foundation.records"}


def __getattr__(name: str):
    if name in SHORT_NAMES:
        return importlib.import_module(f"course_utils.{SHORT_NAMES[name]}")
    raise AttributeError(f"module 'course_utils' has no attribute {name!r}")
