"""What an executed notebook proves: its results, the verdicts of its exercises, and whether they are right."""

from __future__ import annotations

import datetime
import json
import math
import platform
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from course_utils.checks import CHECK_MIME
from course_utils.checks.expected import own_source, source_of_bands
from course_utils.foundation import records
from course_utils.session import RESULTS_MIME
from course_utils.workshop.runner.bands import within


def code_cells(notebook: Mapping) -> list:
    """The notebook's code cells in order; the first one is `In [1]`, so its number is 1."""
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def tags(cell: Mapping) -> list[str]:
    """The cell's tags, such as `volatile` or `exercise-stub`."""
    return list(cell.get("metadata", {}).get("tags", []))


def cell_label(cell: Mapping, number: int) -> str:
    """How messages name a cell: its number as in `In [7]`, its id and its first line that is not a comment."""
    lines = [line.strip() for line in cell["source"].splitlines() if line.strip()]
    first = next((line for line in lines if not line.startswith("#")), lines[0] if lines else "(empty)")
    shortened = first if len(first) <= 60 else f"{first[:57]}..."
    return f"Cell {number} ({cell.get('id', 'no id')}): {shortened}"


def results_payload(outputs: Iterable[Mapping]) -> dict | None:
    """The results stored by `session.finish()` among a cell's outputs, or None."""
    for output in outputs:
        payload = output.get("data", {}).get(RESULTS_MIME)
        if isinstance(payload, Mapping):
            return dict(payload)
    return None


def notebook_results(notebook: Mapping) -> dict | None:
    """The results that an executed notebook holds, looked for from its end, or None."""
    for cell in reversed(code_cells(notebook)):
        payload = results_payload(cell["outputs"])
        if payload is not None:
            return payload
    return None


def verdicts(outputs: Iterable[Mapping]) -> list[dict]:
    """The verdicts of exercise checks among a cell's outputs: [{"exercise": "1", "passed": False}]."""
    found = (output.get("data", {}).get(CHECK_MIME) for output in outputs)
    return [dict(verdict) for verdict in found if isinstance(verdict, Mapping)]


def notebook_verdicts(notebook: Mapping) -> dict[str, bool]:
    """Exercise → whether its last check in the executed notebook passed."""
    return {
        str(verdict["exercise"]): verdict.get("passed") is True
        for cell in code_cells(notebook)
        for verdict in verdicts(cell["outputs"])
    }


def expected_results(
    course: Mapping, name: str, profile: str, data: str, backend: str = ""
) -> dict[str, dict]:
    """The bands that the course holds for a notebook, profile, data source and backend; empty when never measured."""
    expected = course.get("notebooks", {}).get(name, {}).get("expected", {})
    sources = expected.get(profile, {})
    return {**sources.get(data, {}), **sources.get(own_source(data, backend), {})}


def judge(
    payload: Mapping | None,
    course: Mapping,
    name: str,
    profile: str | None = None,
    data: str | None = None,
    cells: Iterable[Mapping] = (),
) -> tuple[dict[str, dict[str, Any]], list[str]]:
    """Compare a notebook's stored results with their bands.

    `profile` and `data` are what was asked for (`data` None or "auto": any). Returns the results, name →
    {value, kind, n, chance, low, high, ok} with ok True, False or None (not measured), and the problems as
    one line each; `cells` (the code cells) let a problem name the cell that made the result. The band is
    taken from the course and the value judged here: what the notebook says of itself is not trusted.
    """
    if payload is None:
        return {}, ["no results were stored; the last cell has to call session.finish()"]
    problems = []
    for field, asked in (("notebook", name), ("profile", profile), ("data", data)):
        if asked not in (None, "auto") and payload.get(field) != asked:
            problems.append(f"asked for {field} {asked!r}, but the results are of {payload.get(field)!r}")
    source = source_of_bands(str(payload.get("data")), str(payload.get("weights")))
    where = (str(payload.get("profile")), source)
    expected = expected_results(course, name, *where, str(payload.get("backend")))
    place = f"benchmarks/expected/{name}.json"
    reported = payload.get("results") or {}
    results: dict[str, dict[str, Any]] = {}
    for result_name, entry in reported.items():
        entry = dict(entry)
        band = expected.get(result_name)
        entry.update(low=band and band["low"], high=band and band["high"], ok=None)
        value = entry.get("value")
        if not isinstance(value, int | float) or not math.isfinite(value):
            entry["ok"] = False
            problems.append(f"{result_name} is {value!r}, not a finite number{_made_in(result_name, cells)}")
        elif band:
            entry["ok"] = within(value, band["low"], band["high"])
            if not entry["ok"]:
                problems.append(
                    f"{result_name} {value:.4g} is outside of its band {band['low']:.4g} to {band['high']:.4g} "
                    f"({place}, {where[0]}, {where[1]}){_made_in(result_name, cells)}"
                )
        results[result_name] = entry
    for missing in [result_name for result_name in expected if result_name not in reported]:
        problems.append(
            f"{missing} is expected ({place}, {where[0]}, {where[1]}) but was not reported"
            f"{_made_in(missing, cells)}"
        )
    return results, problems


def entry(
    name: str,
    payload: Mapping | None,
    results: Mapping[str, Mapping],
    problems: list[str],
    seconds: float,
    cells: int,
    peak_mb: float | None = None,
    asked: Mapping | None = None,
) -> dict[str, Any]:
    """One line of the report as `course run --json` and COURSE_REPORT write it.

    `asked` fills in profile, data, backend and seed where a run stopped before it stored its results. Day, machine
    and versions are those of this process, which the kernel shares: a report is read on other machines, too.
    `peak_gpu_mb` is None on a CPU.
    """
    said = {**(asked or {}), **{key: value for key, value in (payload or {}).items() if value is not None}}
    return {
        "notebook": name,
        **{key: said.get(key) for key in ("profile", "data", "weights", "backend", "device", "seed")},
        "seconds": round(seconds, 1),
        "cells": cells,
        "peak_mb": max((mb for mb in (peak_mb, said.get("peak_mb")) if mb is not None), default=None),
        "peak_gpu_mb": said.get("peak_gpu_mb"),
        "date": datetime.date.today().isoformat(),
        "system": platform.system(),
        "machine": records.machine(),
        "versions": dict(said.get("versions") or {}),
        "results": {
            key: {field: value.get(field) for field in ("value", "kind", "low", "high", "ok", "chance", "n")}
            for key, value in results.items()
        },
        "exercises": dict(said.get("exercises") or {}),
        "problems": list(problems),
        "ok": not problems,
    }


def write_report(path: Path, lines: Iterable[Mapping]) -> None:
    """Write the lines of a report as JSON, for `course status --record`; its folder is made where it is missing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(list(lines), indent=2, ensure_ascii=False) + "\n"
    path.write_text(text, encoding="utf-8", newline="\n")


def describe_result(name: str, result: Mapping, check: str = "✓", cross: str = "✗") -> str:
    """One result for a person: `test_accuracy 0.987 · usual 0.97-1.00 · chance 0.0625 ✓`."""
    value = result.get("value")
    shown = f"{value:.4g}" if isinstance(value, int | float) else repr(value)
    if result.get("kind") == "seconds":
        return f"{name} {shown} s"
    if result.get("ok") is None:
        return f"{name} {shown} · not measured"
    if result.get("low") is None:
        return f"{name} {shown} {cross}"
    mark = check if result["ok"] else cross
    usual = f"usual {result['low']:.4g}-{result['high']:.4g}"
    chance = "" if result.get("chance") is None else f" · chance {result['chance']:.3g}"
    return f"{name} {shown} · {usual}{chance} {mark}"


def all_measured(results: Mapping[str, Mapping]) -> bool:
    """True when every result has been compared with a band; what was never measured is not a success yet."""
    return all(result.get("ok") is not None for result in results.values() if result.get("kind") != "seconds")


def _made_in(result_name: str, cells: Iterable[Mapping]) -> str:
    """Where a result comes from, found by its quoted name in the code."""
    for number, cell in enumerate(cells, start=1):
        if f'"{result_name}"' in cell["source"] or f"'{result_name}'" in cell["source"]:
            return f" · {cell_label(cell, number)}"
    return ""
