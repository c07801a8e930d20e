"""The digest manifest of data/fruits: files, bytes and one sha256 for each folder of pictures or masks."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path


def folder_digests(root: Path) -> dict[str, dict[str, int | str]]:
    """{'studio/Training/Apricot': {'files', 'bytes', 'sha256'}}; the digest runs over sorted names and bytes."""
    folders: dict[str, dict[str, int | str]] = {}
    found = [path for path in root.rglob("*") if path.suffix in {".jpg", ".png", ".webp", ".csv"}]
    for folder in sorted({path.parent for path in found}):
        total, size, count = hashlib.sha256(), 0, 0
        for path in sorted(path for path in found if path.parent == folder):
            content = path.read_bytes()
            total.update(path.name.encode() + b"\0" + hashlib.sha256(content).digest())
            size, count = size + len(content), count + 1
        name = folder.relative_to(root).as_posix()
        folders[name] = {"files": count, "bytes": size, "sha256": total.hexdigest()}
    return folders


def write(root: Path) -> Path:
    """Write manifest.json beside the two sets; returns its path."""
    path = root / "manifest.json"
    path.write_text(
        json.dumps(folder_digests(root), indent=1, sort_keys=True) + "\n", encoding="utf-8", newline="\n"
    )
    return path
