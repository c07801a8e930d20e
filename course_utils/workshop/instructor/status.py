"""Where each notebook is known to run: rows kept from the reports of real runs, and the page made of them.

`course run --json` and nbval's COURSE_REPORT write reports; `course status --record REPORT` keeps one row per notebook,
profile and data source in benchmarks/status/<platform>.json, the newest one. docs/status.md is generated from these
files, and says of every combination without a row that there is no report.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from course_utils.foundation import config

VARIANTS = ("lock", "oldest", "latest", "colab")
"""What was installed: the lock, the oldest or newest versions that the package allows, or Colab's freeze."""

# The result that stands for a notebook, where it isn't its test accuracy.
HEADLINE_RESULTS = ("test_accuracy", "own_test_accuracy", "accuracy")
KEPT = ("profile", "data", "weights", "device", "seconds", "peak_mb", "peak_gpu_mb", "date", "machine")


class StatusError(ValueError):
    """A report that cannot be kept; the message says what it lacks."""


@dataclass(frozen=True, order=True)
class Platform:
    """Where a notebook runs: system, Python, backend, CPU or GPU, and which versions were installed."""

    system: str
    python: str
    backend: str
    device: str
    variant: str = "lock"

    @property
    def key(self) -> str:
        """Name of its file: linux-py311-tensorflow-cpu-lock."""
        python = self.python.replace(".", "")
        return f"{self.system}-py{python}-{self.backend}-{self.device}-{self.variant}".lower()

    @property
    def title(self) -> str:
        """For a heading."""
        names = {"lock": "the lock's versions", "oldest": "oldest versions", "latest": "latest versions"}
        variant = names.get(self.variant, "Colab's versions of August 2026")
        system = {"Darwin": "macOS"}.get(self.system, self.system)
        return f"{system}, Python {self.python}, {self.backend} on {self.device.upper()}, {variant}"


# What the course promises, so what the page shows whether or not somebody has run it.
PROMISED = (
    Platform("Linux", "3.11", "tensorflow", "cpu"),
    Platform("Linux", "3.13", "tensorflow", "cpu"),
    Platform("Linux", "3.11", "jax", "cpu"),
    Platform("Linux", "3.11", "torch", "cpu"),
    Platform("Linux", "3.11", "tensorflow", "cpu", "oldest"),
    Platform("Linux", "3.13", "tensorflow", "cpu", "latest"),
    Platform("Linux", "3.13", "tensorflow", "cpu", "colab"),
    Platform("Darwin", "3.13", "tensorflow", "cpu"),
    Platform("Windows", "3.13", "tensorflow", "cpu"),
    Platform("Linux", "3.12", "tensorflow", "gpu"),
)


def folder() -> Path:
    """Where the rows are kept."""
    return config.repository_root() / "benchmarks" / "status"


def keep(report: Iterable[Mapping], variant: str = "lock", into: Path | None = None) -> list[Path]:
    """Keep the rows of a report; returns the files written.

    An older row of the same notebook, profile and data source gives way. Raises StatusError for a row without
    versions (a run that ended before its results were stored, or a report of an older course).
    """
    if variant not in VARIANTS:
        raise StatusError(f"variant is {variant!r}; expected one of {', '.join(VARIANTS)}")
    rows = [(platform_of(line, variant), row_of(line)) for line in report]
    written = []
    for platform in sorted({platform for platform, _ in rows}):
        path = (into or folder()) / f"{platform.key}.json"
        fresh = {_key(row): row for found, row in rows if found == platform}
        kept = {_key(row): row for row in read(path)} | fresh
        content = {"platform": vars(platform), "rows": [kept[key] for key in sorted(kept)]}
        path.parent.mkdir(parents=True, exist_ok=True)
        scratch = path.with_name(f".{path.name}.{os.getpid()}")
        text = json.dumps(content, indent=1, ensure_ascii=False) + "\n"
        scratch.write_text(text, encoding="utf-8", newline="\n")
        scratch.replace(path)
        written.append(path)
    return written


def platform_of(line: Mapping, variant: str = "lock") -> Platform:
    """The platform of one line of a report. Raises StatusError when the line does not say."""
    versions = line.get("versions") or {}
    if not all(line.get(key) for key in ("system", "backend", "device")) or "python" not in versions:
        raise StatusError(
            f"{line.get('notebook')}: the report does not say where it ran, because the notebook ended before it "
            "stored its results. Run it again: course run NOTEBOOK --json report.json"
        )
    python = ".".join(versions["python"].split(".")[:2])
    device = "cpu" if str(line["device"]).upper().startswith("CPU") else "gpu"
    return Platform(str(line["system"]), python, str(line["backend"]), device, variant)


def row_of(line: Mapping) -> dict:
    """What is kept of one line of a report."""
    metric = next((name for name in HEADLINE_RESULTS if name in line["results"]), None)
    metric = metric or next(iter(line["results"]), None)
    found = line["results"].get(metric, {})
    return {
        "notebook": line["notebook"],
        **{key: line.get(key) for key in KEPT},
        "versions": dict(line["versions"]),
        "metric": metric and {"name": metric, **{key: found.get(key) for key in ("value", "chance", "ok")}},
        "results": {name: result["value"] for name, result in line["results"].items()},
        "ok": bool(line["ok"]),
        "problems": list(line.get("problems", []))[:3],
    }


def read(path: Path) -> list[dict]:
    """The rows of one file, none where there is no such file."""
    return json.loads(path.read_text(encoding="utf-8"))["rows"] if path.is_file() else []


def recorded(place: Path | None = None) -> dict[Platform, list[dict]]:
    """All kept rows by platform."""
    found = {}
    for path in sorted((place or folder()).glob("*.json")):
        content = json.loads(path.read_text(encoding="utf-8"))
        found[Platform(**content["platform"])] = content["rows"]
    return found


def page(course: Mapping, known: Mapping[Platform, list[dict]]) -> str:
    """docs/status.md: the matrix of notebooks and platforms, and one table per platform."""
    platforms = [*PROMISED, *sorted(set(known) - set(PROMISED))]
    lines = [
        "# Where the notebooks run",
        "",
        "Generated from `benchmarks/status/` by `make regenerate`; not edited by hand. A row is kept from the report",
        "of a real run by `course status --record REPORT`. ✓: every cell ran and every result that has a band was",
        "inside it · ✗: something failed · no report: nobody has kept the report of a whole run there. That a notebook's",
        "bands were measured does not count. Seconds are wall clock on the machine that the row names, with whatever",
        "else it was doing.",
        "",
    ]
    numbers = [f"P{number}" for number in range(1, len(platforms) + 1)]
    lines += [
        f"* **{number}** {platform.title}" + ("" if known.get(platform) else " (never measured)")
        for number, platform in zip(numbers, platforms, strict=True)
    ]
    lines += ["", f"| notebook | {' | '.join(numbers)} |", "|---" * (len(numbers) + 1) + "|"]
    for name in course["notebooks"]:
        marks = [
            _mark([row for row in known.get(platform, []) if row["notebook"] == name])
            for platform in platforms
        ]
        lines.append(f"| {name} | {' | '.join(marks)} |")
    for number, platform in zip(numbers, platforms, strict=True):
        if known.get(platform):
            lines += ["", f"## {number} · {platform.title}", "", *_table(known[platform])]
    return "\n".join(lines) + "\n"


def _table(rows: Iterable[Mapping]) -> list[str]:
    lines = [
        "| notebook | profile, data | seconds | MB | GPU MB | metric (chance) | versions | date, machine | |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        metric = row["metric"]
        shown = "none" if not metric else f"{metric['name']} {metric['value']:.4g}"
        if metric and metric.get("chance") is not None:
            shown += f" ({metric['chance']:.3g})"
        if metric and metric.get("ok") is None:
            shown += ", no band yet"
        versions = ", ".join(
            f"{name} {version}" for name, version in row["versions"].items() if name != "course_utils"
        )
        cells = [
            row["notebook"], f"{row['profile']}, {row['data']}", f"{row['seconds']:.0f}", f"{row['peak_mb'] or 0:.0f}",
            "" if row.get("peak_gpu_mb") is None else f"{row['peak_gpu_mb']:.0f}", shown, versions,
            f"{row['date']}, {row['machine']}", "✓" if row["ok"] else "✗ " + "; ".join(row["problems"]).replace("|", "/"),
        ]  # fmt: skip
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def _mark(rows: list[Mapping]) -> str:
    if not rows:
        return "no report"
    profiles = ", ".join(dict.fromkeys(row["profile"] for row in rows))
    return f"{'✓' if all(row['ok'] for row in rows) else '✗'} {profiles}"


def _key(row: Mapping) -> tuple:
    return row["notebook"], row["profile"], row["data"]
