"""Kaggle: where to click there, and the data sets that a learner has attached to her notebook.

Kaggle's image is made from Colab's: `google.colab` is there and `COLAB_RELEASE_TAG` is set, but neither Colab's kernel
nor its menus and its Drive. Told apart as Kaggle's own kagglehub does, by `KAGGLE_KERNEL_RUN_TYPE`.
"""

from __future__ import annotations

import itertools
import os
import tomllib
from collections.abc import Iterator
from pathlib import Path

from course_utils.foundation.hosted import runtime
from course_utils.foundation.hosted.runtime import say

# For as long as the session lasts, and not part of the notebook's saved output as /kaggle/working is.
SCRATCH = Path("/kaggle/temp")
# Where attached data sets lie, read-only; some a level or two down, below datasets/OWNER.
INPUT = Path("/kaggle/input")
LEVELS, MOST_ENTRIES = 6, 200
START_AGAIN = "Run > Restart & clear cell outputs"


def is_here() -> bool:
    """True in a notebook or a script on Kaggle."""
    return "KAGGLE_KERNEL_RUN_TYPE" in os.environ


def set_up(folder: Path) -> None:
    """Install the course from its clone in `folder` and say where to click; raises HostedError."""
    runtime.install(folder, "Settings > Environment preferences > Always use latest environment", START_AGAIN)
    cache = SCRATCH / "keras-workshop"
    os.environ["COURSE_CACHE"] = str(cache)
    say(f"The course is in {folder}.")
    runtime.say_what_calculates("Settings > Accelerator > GPU T4 x2")
    use_attached(folder, cache)
    say("Keep your work: Save Version, at the top right. Files in /kaggle/working are saved with it.")
    say("Go on with the next cell, or with Run > Run all.")


def use_attached(folder: Path, cache: Path) -> None:
    """Let the course find its files among the attached data sets, and say which were found.

    A folder with files of the course's mirror becomes `COURSE_MIRROR`, unless that is set; a publisher's file that
    asks for a login elsewhere is linked into the cache's put-here folder.
    """
    mirrored, by_hand = _names(folder)
    for path in _attached_files():
        if path.name in by_hand:
            link = cache / "put-here" / path.name
            link.parent.mkdir(parents=True, exist_ok=True)
            if not link.exists():
                link.symlink_to(path)
            say(f"Attached: {path.name}. Next: !course data fetch {by_hand[path.name]}")
        for name in mirrored:
            whole = Path(name)
            if (
                path.parts[-len(whole.parts) :] == whole.parts
                and not os.environ.get("COURSE_MIRROR", "").strip()
            ):
                os.environ["COURSE_MIRROR"] = str(path.parents[len(whole.parts) - 1])
                say(f"Attached data are used: {os.environ['COURSE_MIRROR']}")


def _attached_files() -> Iterator[Path]:
    """Files of the attached data sets, the upper ones first; of a folder with thousands of pictures only some."""
    folders = [INPUT] if INPUT.is_dir() else []
    for _ in range(LEVELS):
        deeper: list[Path] = []
        for folder in folders:
            for path in sorted(itertools.islice(folder.iterdir(), MOST_ENTRIES)):
                if path.is_dir():
                    deeper.append(path)
                else:
                    yield path
        folders = deeper


def _names(folder: Path) -> tuple[list[str], dict[str, str]]:
    """The files of a mirror, and the asset of each file that a person downloads by hand, from the registry."""
    try:
        registry = tomllib.loads((folder / "data" / "registry.toml").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return [], {}
    mirrored, by_hand = [], {}
    for asset, table in registry.get("assets", {}).items():
        for address in table.get("addresses", ()):
            names = [file["name"] for file in address.get("files", ())]
            if address.get("kind") == "mirror":
                mirrored += names
            elif address.get("kind") == "manual":
                by_hand |= dict.fromkeys(names, asset)
    return mirrored, by_hand
