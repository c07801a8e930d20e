"""Preparing a hosted runtime, Colab's or Kaggle's; called by the generated first cell of each notebook.

That cell is written by course_utils.workshop.instructor.publication. Standard library only: this runs from the clone
before anything of the course is installed.
"""

from __future__ import annotations

from pathlib import Path

from course_utils.foundation.hosted import colab, kaggle
from course_utils.foundation.hosted.runtime import HostedError

__all__ = ["HostedError", "set_up"]


def set_up(folder: Path, keep_in_drive: bool = False) -> None:
    """Install the course from its clone in `folder`, and say where to click for a GPU and for keeping one's work.

    With `keep_in_drive`, what is fetched (data, weights) is kept in the learner's Google Drive, on Colab.
    Raises HostedError when the installation fails or the runtime's Keras is too old.
    """
    if kaggle.is_here():  # asked first: its image is made from Colab's
        kaggle.set_up(folder)
    else:
        colab.set_up(folder, keep_in_drive)
