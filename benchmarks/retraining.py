"""The exercises in which a learner retrains a net: what the course's own solutions reach, and in what time.

    python benchmarks/retraining.py                       # all of 00-08, five seeds each, about half an hour on 2 cores
    python benchmarks/retraining.py --notebook 05         # one notebook
    python benchmarks/retraining.py --resume --record     # go on where it stopped, and keep the table

Each notebook runs in its `class` profile up to the exercise's check. Then the solution is trained once per seed in the
same kernel, and the check judges it.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import logging
import re
import statistics
import tempfile
from collections.abc import Iterator
from pathlib import Path

from nbformat.v4 import new_code_cell

from course_utils.foundation import config, records
from course_utils.workshop.runner import measuring
from course_utils.workshop.runner.evidence import code_cells
from course_utils.workshop.runner.execution import Settings, read_notebook
from course_utils.workshop.runner.exercises import CHECK, STUB, Exercise, exercises
from course_utils.workshop.runner.kernel import NotebookKernel

log = logging.getLogger("retraining")

NAME = "retraining"
TITLE = "Exercises that retrain a net: the solutions' scores and seconds over five seeds"
NOTE = (
    "Profile class, bundled data, CPU. `scores` are what the exercise's check measures, on the pictures or texts that it "
    "is given; `asked` is what it asks for; `passed` counts the seeds whose net passes. Where a check asks for two "
    "scores, both have their row. `seconds` are those of the solution's cell, wall clock, the slowest of the seeds."
)
# The exercises, each with the constant of its check that says how much is asked for; None: the notebook says it.
RETRAINED = {
    "00-convolutions": {"4": "MOVED_ACCURACY"},
    "02-pretrained-vgg16": {"3": None},
    "03-pretrained-xception": {"2": None},
    "04-transfer-learning": {"4": None},
    "05-fruit-cnn": {"3": "SMALL_ACCURACY"},
    "06-text-cnn": {"4": "SMALL_ACCURACY"},
    "07-text-lstm": {"2": "MEMORY_ACCURACY", "4": "STACKED_ACCURACY"},
    "08-lime": {"3": "MENDED_ACCURACY"},
}
AGAIN = {"00-convolutions": "train"}  # a cell that takes the seed as a default: run again for each seed
SEEDS = 5
MOST_SECONDS = 600  # of one cell
KEPT = Path(tempfile.gettempdir()) / "course-retraining.json"  # of an interrupted run
# Runs in the notebook's kernel. A check names the score only when it is too low: asked for more than there is, it does.
LOOK = """
def _look(constant, notebook, number, answer, *given):
    import importlib
    grader = importlib.import_module(f"course_utils.checks.{checks.GRADERS[notebook]}")
    passed = checks.grade(notebook, number, answer, *given) is None
    asked = []
    def beyond(value):
        if isinstance(value, float):
            asked.append(value)
            return 2.0
        return (*value[:-1], beyond(value[-1])) if isinstance(value, tuple) else value
    given = [*map(beyond, given)]
    if constant:
        asked = [getattr(grader, constant)]
        setattr(grader, constant, 2.0)
    hint = checks.grade(notebook, number, answer, *given)[0]
    if constant:
        setattr(grader, constant, asked[0])
    return passed, hint, [float(one) for one in asked]
"""
SCORE = re.compile(r"\b(?:reads|is|accuracy) ([01]\.\d+)")


def cells_before(notebook: dict, exercise: Exercise) -> list[dict]:
    """The code cells that a learner has run when the exercise's check comes, without those of exercises."""
    cells = code_cells(notebook)
    end = next(place for place, cell in enumerate(cells) if cell is exercise.check)
    own = {STUB, CHECK}
    return [cell for cell in cells[:end] if not own & set(cell["metadata"].get("tags", ()))]


def judged(kernel: NotebookKernel, exercise: Exercise, constant: str | None, seed: int) -> dict:
    """Train the solution with a seed and let the check judge it."""
    trained = kernel.run(new_code_cell(exercise.solution_code))
    if trained.errors:
        raise RuntimeError(
            f"the solution of exercise {exercise.number} failed: {trained.errors[0]['evalue']}"
        )
    look = exercise.check["source"].replace("checks.check(", f"_seen = _look({constant!r}, ")
    kernel.execute(look)
    passed, hint, asked = kernel.ask("_seen")
    scores = [float(found) for found in SCORE.findall(hint)][: len(asked)]
    return {"seed": seed, "passed": passed, "seconds": trained.seconds, "scores": scores, "asked": asked}


def measure(name: str, seeds: list[int]) -> Iterator[dict]:
    """One entry per retraining exercise of a notebook, with its runs."""
    path = config.repository_root() / "notebooks" / f"{name}.ipynb"
    notebook = read_notebook(path)
    known = {exercise.number: exercise for exercise in exercises(notebook)}
    environment = Settings("class", "bundled", seed=config.DEFAULT_SEED, cpu_only=True).environment()
    with NotebookKernel(environment, cell_seconds=MOST_SECONDS) as kernel:
        done = 0
        for number, constant in RETRAINED[name].items():
            exercise = known[number]
            before = cells_before(notebook, exercise)
            for cell in before[done:]:
                if (run := kernel.run(cell)).errors:
                    raise RuntimeError(f"{name}: {run.errors[0]['evalue']}")
            done = len(before)
            kernel.execute(LOOK)
            runs = []
            for seed in seeds:
                kernel.execute(f"session.seed = {seed}")
                for cell in before:
                    if cell["id"] == AGAIN.get(name):
                        kernel.run(cell)
                runs.append(judged(kernel, exercise, constant, seed))
                log.info("%s, exercise %s: %s", name, number, runs[-1])
            yield {"notebook": name, "exercise": int(number), "runs": runs}
            kernel.execute(f"session.seed = {config.DEFAULT_SEED}")


def rows_of(entry: dict) -> list[dict]:
    """A row per score that the check asks for."""
    runs, rows = entry["runs"], []
    for place in range(len(runs[0]["scores"])):
        scores = [run["scores"][place] for run in runs]
        rows.append(
            {
                "notebook": entry["notebook"],
                "exercise": entry["exercise"],
                "score": place + 1,
                "runs": len(runs),
                "passed": sum(run["passed"] for run in runs),
                "mean": round(statistics.fmean(scores), 4),
                "sd": round(statistics.stdev(scores), 4) if len(scores) > 1 else 0.0,
                "scores": scores,
                "asked": round(runs[0]["asked"][place], 4),
                "seconds": round(max(run["seconds"] for run in runs), 1),
            }
        )
    return rows


def digest_of(name: str) -> str:
    """sha256 over this script, what a notebook's results hang on, and the solutions and checks of its exercises here."""
    state = hashlib.sha256(records.code_of(Path(__file__)).encode())
    notebook = read_notebook(config.repository_root() / "notebooks" / f"{name}.ipynb")
    state.update(measuring.digest(notebook, "bundled", name, "class").encode())
    for exercise in exercises(notebook):
        if exercise.number in RETRAINED[name]:
            for code in (exercise.solution_code, exercise.check["source"]):
                state.update(records.essential_code(code).encode())
    return state.hexdigest()


def digest() -> str:
    """sha256 over those of all notebooks."""
    return hashlib.sha256("".join(map(digest_of, RETRAINED)).encode()).hexdigest()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--notebook", action="append", help="only this one, by number; may be repeated")
    parser.add_argument("--seeds", type=int, default=SEEDS, help=f"how many (default {SEEDS})")
    parser.add_argument("--resume", action="store_true", help="keep what an interrupted run has measured")
    parser.add_argument("--record", action="store_true", help="keep the table in benchmarks/recorded")
    options = parser.parse_args()
    if options.record and (options.notebook or options.seeds < SEEDS):
        parser.error(f"--record takes all notebooks and {SEEDS} seeds")
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    kept = json.loads(KEPT.read_text(encoding="utf-8")) if options.resume and KEPT.is_file() else {}
    entries = {name: one["entries"] for name, one in kept.items() if one["digest"] == digest_of(name)}
    seeds = [config.DEFAULT_SEED + number for number in range(options.seeds)]
    for name in RETRAINED:
        if name in entries or (options.notebook and name.partition("-")[0] not in options.notebook):
            continue
        entries[name] = list(measure(name, seeds))
        kept[name] = {"digest": digest_of(name), "entries": entries[name]}
        KEPT.write_text(json.dumps(kept), encoding="utf-8")
    rows = [row for name in RETRAINED for entry in entries.get(name, ()) for row in rows_of(entry)]
    for row in rows:
        log.info("%s", row)
    if options.record:
        log.info(
            "kept in %s",
            records.write(NAME, TITLE, NOTE, rows, digest(), ("keras", "tensorflow", "numpy"), seeds=seeds),
        )


if __name__ == "__main__":
    main()
