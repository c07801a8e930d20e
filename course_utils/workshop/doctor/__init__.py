"""What may be wrong with this machine, environment or data, each with its remedy.

Starts fast: frameworks are only looked at in a process of their own, with a time limit. One module a subject;
each look is a function without arguments that returns findings.
"""

from __future__ import annotations

import functools
import importlib.metadata
import platform
import re
from collections.abc import Callable, Sequence
from pathlib import Path

from course_utils.workshop.doctor.data import look_at_copies, look_at_data
from course_utils.workshop.doctor.devices import DEVICE_SECONDS, look_at_devices, look_for_gpu
from course_utils.workshop.doctor.finding import Finding
from course_utils.workshop.doctor.installation import (
    look_at_environment,
    look_at_kernel,
    look_at_packages,
    look_at_python,
)
from course_utils.workshop.doctor.jupyter import look_at_jupyter
from course_utils.workshop.doctor.machine import look_at_disk, look_at_memory
from course_utils.workshop.doctor.network import look_at_certificates, look_at_clock, look_at_proxy
from course_utils.workshop.doctor.settings import look_at_settings
from course_utils.workshop.doctor.speed import look_at_speed
from course_utils.workshop.doctor.surroundings import look_at_surroundings

__all__ = ["Finding", "examine", "healthy", "report"]

Look = Callable[[], list[Finding]]

# What is looked at in a moment, and what takes seconds.
QUICK_LOOKS: tuple[Look, ...] = (
    look_at_python,
    look_at_environment,
    look_at_packages,
    look_at_kernel,
    look_at_memory,
    look_at_disk,
    look_at_settings,
    look_at_surroundings,
    look_at_jupyter,
    look_at_proxy,
    look_at_certificates,
    look_at_clock,
)
LONG_LOOKS: tuple[Look, ...] = (look_at_data, look_at_copies, look_at_speed)


def examine(
    *,
    quick: bool = False,
    device_seconds: float = DEVICE_SECONDS,
    require_gpu: bool = False,
    on_look: Callable[[str], None] = lambda subject: None,
) -> list[Finding]:
    """Look at everything; `quick` leaves out what takes more than a second (devices, data, speed).

    `require_gpu`: a backend in use that sees no GPU is wrong. `on_look(subject)` is told what is looked at next. A
    look that breaks becomes a finding itself: the doctor never raises.
    """
    looks: list[Look] = list(QUICK_LOOKS)
    if require_gpu:
        looks.append(_named("look_for_gpu", functools.partial(look_for_gpu, device_seconds)))
    if not quick:
        looks.append(_named("look_at_devices", functools.partial(look_at_devices, device_seconds)))
        looks += LONG_LOOKS
    findings: list[Finding] = []
    for look in looks:
        on_look(_subject(look))
        findings += _tried(look)
    return findings


def healthy(findings: Sequence[Finding]) -> bool:
    """True when nothing necessary is wrong; notes don't count."""
    return all(finding.level != "wrong" for finding in findings)


def report(findings: Sequence[Finding]) -> str:
    """The findings as plain text to copy into a question; the home folder's name is left out."""
    lines = [
        f"course {importlib.metadata.version('course-utils')} · {platform.platform()} · {platform.machine()}"
    ]
    for finding in findings:
        lines.append(f"{finding.level:<5} {finding.subject:<12} {finding.text}")
        if finding.remedy:
            lines.append(f"{'':<18} -> {finding.remedy}")
    return _without_home("\n".join(lines), Path.home())


def issue_block(findings: Sequence[Finding]) -> str:
    """The report between the marks that an issue form wants around text as it was printed."""
    return f"<details><summary>course doctor</summary>\n\n```text\n{report(findings)}\n```\n\n</details>"


def _without_home(text: str, home: Path) -> str:
    if home == home.parent:  # a container's user without a home lives in /, which says nothing of her
        return text
    return re.sub(rf"{re.escape(str(home))}(?![\w.-])", "~", text)


def _tried(look: Look) -> list[Finding]:
    try:
        return look()
    except Exception as problem:  # the report of a broken machine is what a doctor is for
        return [
            Finding(_subject(look), "note", f"could not be looked at: {type(problem).__name__}: {problem}")
        ]


def _subject(look: Look) -> str:
    return getattr(look, "__name__", "look").removeprefix("look_at_").removeprefix("look_for_")


def _named(name: str, look: Look) -> Look:
    look.__name__ = name
    return look
