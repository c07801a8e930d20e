"""Google Colab: where to click there, and what is kept in the learner's Drive."""

from __future__ import annotations

import os
from pathlib import Path

from course_utils.foundation.hosted import runtime
from course_utils.foundation.hosted.runtime import say

DRIVE = Path("/content/drive")
KEPT_IN_DRIVE = "MyDrive/keras-workshop"
CHANGE = "Runtime > Change runtime type"
START_AGAIN = "Runtime > Disconnect and delete runtime"


def set_up(folder: Path, keep_in_drive: bool = False) -> None:
    """Install the course from its clone in `folder` and say where to click; raises HostedError."""
    runtime.install(folder, f"{CHANGE} > Runtime version > Latest > Save", START_AGAIN)
    if keep_in_drive and (cache := cache_in_drive()):
        os.environ["COURSE_CACHE"] = str(cache)
    say(f"The course is in {folder}.")
    runtime.say_what_calculates(f"{CHANGE} > T4 GPU > Save")
    say("Keep your work: File > Save a copy in Drive. Without it, all is lost when the runtime ends.")
    say(
        f"If one day a newer Colab breaks something: {CHANGE} > Runtime version has those of the past months."
    )
    say("Go on with the next cell, or with Runtime > Run all.")


def cache_in_drive() -> Path | None:
    """The folder in the learner's Drive that keeps what is fetched; Colab asks her for permission first.

    None, with a line that says so, when she declines or Drive can't be reached: the lesson goes on without it.
    """
    cache = DRIVE / KEPT_IN_DRIVE
    try:
        from google.colab import drive

        drive.mount(str(DRIVE))
        cache.mkdir(parents=True, exist_ok=True)
    except Exception as problem:  # noqa: BLE001 - Colab has errors of its own for a window that was closed
        reason = " ".join(str(problem).split()) or type(problem).__name__
        say(
            f"Your Drive could not be opened ({reason}), so what you fetch is gone when the runtime ends. To try "
            "again, run this cell again; to go on without it, you don't have to do anything."
        )
        return None
    say(f"What you fetch is kept in your Drive: {KEPT_IN_DRIVE}.")
    return cache
