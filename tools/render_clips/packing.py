"""Store clips: one WebP sheet per split, a clip per row, its frames side by side; and a table."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
from PIL import Image

from tools.render_clips.plan import INDIVIDUALS, shots

QUALITY = 88


def pack(kept: Path, out: Path) -> list[Path]:
    """Write `training.webp`, `test.webp` and `clips.csv` into `out` from the frames in `kept`; returns the paths."""
    out.mkdir(parents=True, exist_ok=True)
    written, rows = [], []
    for split in INDIVIDUALS:
        strips = []
        for shot in shots(split):
            frames = np.load(kept / f"{shot.name}.npy")
            strips.append(np.concatenate(list(frames), axis=1))
            rows.append([shot.split, shot.motion, shot.kind, shot.individual])
        path = out / f"{split.lower()}.webp"
        Image.fromarray(np.concatenate(strips)).save(path, "WEBP", quality=QUALITY, method=6)
        written.append(path)
    table = out / "clips.csv"
    with table.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["split", "motion", "kind", "individual"])
        writer.writerows(rows)
    return [*written, table]
