"""Did a cell do what it has to? One judge for `course run`, `course bands`, `course notebooks` and nbval."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from course_utils.workshop.runner.evidence import tags, verdicts
from course_utils.workshop.runner.kernel import FLOOD_BYTES, FLOOD_OUTPUTS, CellRun


class Failure(NamedTuple):
    """Why a cell failed, in one line; what was printed about it; and whether later cells make sense without it."""

    message: str
    details: str = ""
    stops: bool = True


def failure_of(cell: Mapping, run: CellRun, cell_seconds: float) -> Failure | None:
    """What is wrong with a cell that was run, or None."""
    return _cut_short(run, cell_seconds) or _error(cell, run) or _not_run(cell, run)


def failure_of_check(cell: Mapping) -> Failure | None:
    """What is wrong with an exercise's check beside an unsolved stub, or None: it has to say 'not yet'."""
    found = verdicts(cell["outputs"])
    for verdict in found:
        if verdict.get("passed") is not False:
            return Failure(
                f"the stub of exercise {verdict.get('exercise')} passes its own check; a check has to say 'not yet' "
                "until the exercise is solved",
                stops=False,
            )
    if "exercise-check" in tags(cell) and not found:
        return Failure("is tagged exercise-check, but gave no verdict: call checks.check(...)", stops=False)
    return None


def _cut_short(run: CellRun, cell_seconds: float) -> Failure | None:
    trace = _trace(run)
    if run.flooded:
        return Failure(
            f"flood of output: more than {FLOOD_OUTPUTS} outputs or {FLOOD_BYTES // 1_000_000} MB ({run.count} "
            f"outputs, {run.size / 1e6:.0f} MB until it was stopped). Print less, or at the end"
        )
    if run.timed_out:
        return Failure(f"took longer than {cell_seconds:g} s", trace)
    if run.died:
        words = run.last_words or "out of memory, or a crash in native code"
        return Failure(f"the kernel died {run.died}", words)
    return None


def _error(cell: Mapping, run: CellRun) -> Failure | None:
    failed = bool(run.errors) or (run.reply or {}).get("status") == "error"
    if "raises-exception" in tags(cell):
        if not failed:
            return Failure("is tagged raises-exception, but raised nothing", stops=False)
        return None
    if run.errors:
        error = run.errors[0]
        return Failure(_first_line(f"{error['ename']}: {error['evalue']}"), _trace(run))
    if failed:
        # A magic that is not found, say: an error reply, and only a line on stderr.
        printed = "".join(out["text"] for out in cell["outputs"] if out.get("name") == "stderr").strip()
        named = f"{run.reply.get('ename', 'error')}: {run.reply.get('evalue', '')}"
        return Failure(_first_line(f"failed without a traceback: {printed or named}"), printed)
    return None


def _not_run(cell: Mapping, run: CellRun) -> Failure | None:
    if not cell["source"].strip():
        return None
    if not run.reply or run.reply.get("status") == "aborted" or not run.reply.get("execution_count"):
        return Failure("never ran: the kernel counted no execution")
    if any(payload.get("source") == "ask_exit" for payload in run.reply.get("payload", [])):
        return Failure("asks the kernel to end (quit or exit), so whoever runs it loses everything")
    return None


def _trace(run: CellRun) -> str:
    return "\n".join(run.errors[0].get("traceback", [])) if run.errors else ""


def _first_line(text: str) -> str:
    return text.split("\n")[0]
