"""Compute the frozen features of *market* that notebook 11 searches in: `python -m tools.retrieval_features`.

Every picture goes through VGG16 with course weights once; 8 bits per number and one scale per feature are kept in
data/beyond/features.npz. Parts that are done are kept beside it, so that an interrupted run goes on.
"""

from __future__ import annotations

import numpy as np

from course_utils.datasets import load_fruits
from course_utils.foundation import config
from course_utils.further.beyond.retrieval import FEATURE_SIZE, Frozen
from course_utils.pretrained import load

PART = 320


def main() -> None:
    """Write data/beyond/features.npz."""
    folder = config.repository_root() / "data" / "beyond"
    folder.mkdir(exist_ok=True)
    market, net = load_fruits("market"), Frozen(load("VGG16", input_size=FEATURE_SIZE, weights="course"))
    paths = [path for split in ("Training", "Test") for path in market.table(split)["path"]]
    kept = []
    for start in range(0, len(paths), PART):
        place = folder / f"features-{start}.part.npy"
        if not place.exists():
            np.save(place, net(market.read(paths[start : start + PART], FEATURE_SIZE)))
        kept.append(place)
    features = np.concatenate([np.load(place) for place in kept])
    scale = (np.abs(features).max(axis=0) / 255).astype(np.float32)
    scale[scale == 0] = 1
    values = np.round(features / scale).astype(np.uint8)
    np.savez_compressed(folder / "features.npz", values=values, scale=scale)
    for place in kept:
        place.unlink()


if __name__ == "__main__":
    main()
