"""Does the doctor's prediction of a notebook's minutes come true on this machine?

    python benchmarks/predicted_minutes.py            # all notebooks in smoke: about seven minutes
    python benchmarks/predicted_minutes.py --record   # and keep the table in benchmarks/recorded/

The doctor's stopwatch runs before and after each notebook; its prediction is the geometric mean of the two, so that
a load that comes or goes meanwhile counts half. On a machine that does other things the stopwatch sees two samples of
a few seconds, and the notebook meets all that happens in between: `busy` and `load` say how much that was. Best when
nothing else runs, and after `course doctor --record-reference`.
"""

from __future__ import annotations

import argparse
import hashlib
import logging
import math
import os
import sys
from pathlib import Path

from course_utils.foundation import config, records
from course_utils.workshop.doctor import speed, stopwatch
from course_utils.workshop.runner.execution import Run, Settings, run_notebook

log = logging.getLogger("predicted_minutes")

NAME = "predicted_minutes"
TITLE = "Seconds of a notebook: predicted by the doctor, and measured"
NOTE = (
    "Smoke profile, bundled data. `predicted`: geometric mean of the doctor's predictions before and after the run, "
    "each as busy as the machine was then; `quiet`: its prediction for a machine that does nothing else; `ratio`: "
    "measured to predicted. `busy`: how many times longer the stopwatch's work took on average than at best; `load`: "
    "programs that wanted to run in the last minute. Seconds in course.toml and the reference were measured before it."
)
PROFILE, DATA, BACKEND = "smoke", "bundled", "tensorflow"


def predicted(name: str, now: speed.Speed) -> float:
    """The doctor's seconds for a notebook. Raises SpeedError where the notebook or the reference was never measured."""
    then = speed.reference(config.course())
    seconds = then and speed.predictions(config.course(), PROFILE, DATA, then, now)[name]
    if seconds is None:
        raise speed.SpeedError(f"{name} was never measured: course bands {name} --profile {PROFILE}")
    return seconds


def row(name: str, run: Run, before: speed.Speed, after: speed.Speed) -> dict:
    """One line of the table."""
    expected = math.sqrt(predicted(name, before) * predicted(name, after))
    quiet = predicted(name, speed.Speed(before.backend, before.processor_ms, before.convolution_ms))
    return {
        "notebook": name,
        "measured": round(run.seconds, 1),
        "predicted": round(expected, 1),
        "ratio": round(run.seconds / expected, 2),
        "quiet": round(quiet, 1),
        "busy": [round(before.busy, 2), round(after.busy, 2)],
        "load": [before.load, after.load],
        "ok": run.ok,
    }


def rows() -> list[dict]:
    """Run all notebooks one after the other, the stopwatch between them."""
    table = []
    before = speed.measure(BACKEND)
    for name in config.notebook_names():
        run = run_notebook(config.notebook_path(name), Settings(PROFILE, DATA, BACKEND, config.DEFAULT_SEED))
        after = speed.measure(BACKEND)
        table.append(row(name, run, before, after))
        log.info("%s", table[-1])
        before = after
    return table


def digest() -> str:
    """sha256 over this script, the stopwatch and the prediction."""
    files = (Path(__file__), Path(stopwatch.__file__), Path(speed.__file__))
    return hashlib.sha256("\n".join(map(records.code_of, files)).encode()).hexdigest()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--record", action="store_true", help=f"keep the table as {NAME}")
    parser.add_argument(
        "--nice", type=int, default=0, help="give way to other programs, up to 19 (not on Windows)"
    )
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    if options.nice and hasattr(os, "nice"):
        os.nice(options.nice)
    try:
        table = rows()
    except speed.SpeedError as problem:
        sys.exit(str(problem))
    if options.record:
        log.info("kept in %s", records.write(NAME, TITLE, NOTE, table, digest(), ("keras", "tensorflow")))


if __name__ == "__main__":
    main()
