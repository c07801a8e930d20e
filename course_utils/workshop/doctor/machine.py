"""Memory and disk."""

from __future__ import annotations

import os
import shutil

from course_utils.foundation import config
from course_utils.workshop.doctor.finding import Finding

DISK_GB = 2.0
MEMORY_GB = 4.0


def look_at_memory() -> list[Finding]:
    """Is there memory for a training run?"""
    import psutil

    memory = psutil.virtual_memory()
    free, total = memory.available / 1e9, memory.total / 1e9
    text = f"{free:.1f} GB of {total:.1f} GB free, {os.cpu_count()} processor cores"
    if free < MEMORY_GB / 2:
        return [Finding("memory", "note", text, "close other programs and other notebooks' kernels")]
    return [Finding("memory", "ok", text)]


def look_at_disk() -> list[Finding]:
    """Is there room for data and weights, and may they be written?"""
    findings = []
    places = {"work": config.repository_root(), "cache": config.cache_dir()}
    for name, place in places.items():
        there = next(folder for folder in (place, *place.parents) if folder.exists())
        free = shutil.disk_usage(there).free / 1e9
        text = f"{name} {place}: {free:.1f} GB free"
        if not os.access(there, os.W_OK):
            remedy = (
                "COURSE_CACHE=/a/folder/of/yours make lab"
                if name == "cache"
                else "copy the course to a folder of yours"
            )
            findings.append(
                Finding("disk", "note" if name == "cache" else "wrong", f"{text}, read-only", remedy)
            )
        elif free < DISK_GB:
            remedy = f"make room (real data and weights need about {DISK_GB:.0f} GB)"
            findings.append(Finding("disk", "note", text, remedy))
        else:
            findings.append(Finding("disk", "ok", text))
    return findings
