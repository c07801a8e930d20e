"""Data and weights: which are here, and is every byte of them as it should be? And the learner's copies."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

from course_utils.foundation import config
from course_utils.workshop.doctor.finding import Finding, some

GET_BACK = "git checkout -- data   (or clone the course again)"


def look_at_data() -> list[Finding]:
    """Which data and weights are here, from where, and whether they are whole.

    Reads every file in the cache and every bundled one: some seconds for a few hundred megabytes.
    """
    from course_utils.foundation import assets
    from course_utils.foundation.assets.store import size_in_words

    store = assets.default_store()
    findings = []
    for state in store.summary():
        text = f"{state.name}: {state.state}, {size_in_words(state.bytes)}"
        found = store.verify(state.name)
        if found.status == "damaged":
            text += f", damaged: {some(list(found.problems), 2)}"
            findings.append(Finding("data", "note", text, f"course data fetch {state.name} --again"))
        else:
            verified = {"whole": ", verified", "unverified": ", as it was fetched, but unverified"}
            findings.append(Finding("data", "ok", text + verified.get(found.status, "")))
    return [*findings, look_at_bundled(config.repository_root() / "data")]


def look_at_bundled(folder: Path) -> Finding:
    """Are the pictures and weights that come with the course those that their cards name?"""
    damaged, count = [], 0
    manifest, weights_card = folder / "fruits" / "manifest.json", folder / "weights" / "README.md"
    if missing := [
        path.relative_to(folder).as_posix() for path in (manifest, weights_card) if not path.is_file()
    ]:
        text = f"bundled with the course: missing or changed: {some(missing)}"
        return Finding("data", "wrong", text, GET_BACK)
    for name, expected in json.loads(manifest.read_text(encoding="utf-8")).items():
        count += expected["files"]
        if _digest_of_folder(folder / "fruits" / name) != expected["sha256"]:
            damaged.append(f"fruits/{name}")
    card = weights_card.read_text(encoding="utf-8")
    for name, expected in re.findall(r"^sha256 of `([^`]+)`: `([0-9a-f]{64})`", card, re.MULTILINE):
        count += 1
        weights = folder / "weights" / name
        if not weights.is_file() or hashlib.sha256(weights.read_bytes()).hexdigest() != expected:
            damaged.append(f"weights/{name}")
    if damaged:
        text = f"bundled with the course: missing or changed: {some(damaged)}"
        return Finding("data", "wrong", text, GET_BACK)
    return Finding("data", "ok", f"bundled with the course: {count} files, verified")


def look_at_copies() -> list[Finding]:
    """Are the learner's copies there, and of today's version?"""
    from course_utils.workshop import workspace

    states = workspace.copies()
    old = [state.name for state in states if state.exists and not state.current]
    there = sum(state.exists for state in states)
    findings = [
        Finding("my-work", "ok", f"{there} of {len(states)} notebooks copied to {workspace.folder()}")
    ]
    if old:
        text = f"changed since the copy was made: {some(old)}"
        findings.append(Finding("my-work", "note", text, f"course reset {old[0]}   (yours is kept)"))
    return findings


def _digest_of_folder(folder: Path) -> str:
    """As the manifest counts it: sha256 over the sorted names, each with its content's sha256."""
    total = hashlib.sha256()
    found = folder.glob("*") if folder.is_dir() else ()
    for path in sorted(path for path in found if path.suffix in {".jpg", ".png", ".csv"}):
        total.update(path.name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()
