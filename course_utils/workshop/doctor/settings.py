"""The course's own environment variables."""

from __future__ import annotations

from pathlib import Path

from course_utils.foundation import config
from course_utils.workshop.doctor.finding import Finding

MIRROR_REMEDY = "correct COURSE_MIRROR, or unset it to work with bundled data"


def look_at_settings() -> list[Finding]:
    """Are the course's environment variables values it knows?"""
    try:
        text = f"profile {config.profile()}, data {config.data_choice()}, seed {config.seed()}"
    except config.ConfigurationError as problem:
        return [Finding("settings", "wrong", str(problem), "unset it, or give it one of these values")]
    try:
        mirror = config.mirror()
    except config.ConfigurationError as problem:
        return [Finding("settings", "ok", text), Finding("settings", "note", str(problem), MIRROR_REMEDY)]
    findings = [Finding("settings", "ok", f"{text}, mirror {mirror or 'none'}")]
    if mirror and not mirror.startswith("http") and not Path(mirror).is_dir():
        text = f"COURSE_MIRROR names {mirror}, which is not a folder"
        findings.append(Finding("settings", "note", text, MIRROR_REMEDY))
    return findings
