"""Command line: `python -m tools.render_clips --out data/clips`; kept frames in build/clips are not drawn again."""

from __future__ import annotations

import argparse
import logging
import time
from itertools import groupby
from pathlib import Path

import numpy as np

from tools.render_clips import packing
from tools.render_clips.plan import INDIVIDUALS, shots

log = logging.getLogger("render_clips")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tools.render_clips", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("data/clips"))
    parser.add_argument(
        "--kept", type=Path, default=Path("build/clips"), help="folder of frames already drawn"
    )
    parser.add_argument(
        "--seconds", type=float, default=540, help="stop after so many; type it again to go on"
    )
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    options.kept.mkdir(parents=True, exist_ok=True)
    started, drawn = time.perf_counter(), 0
    for split in INDIVIDUALS:
        for (kind, individual), group in groupby(shots(split), lambda shot: (shot.kind, shot.individual)):
            missing = [shot for shot in group if not (options.kept / f"{shot.name}.npy").is_file()]
            if not missing:
                continue
            if time.perf_counter() - started > options.seconds:
                log.info("%d clips drawn, stopped at %s %s: type it again to go on", drawn, kind, individual)
                return
            from tools.render_clips import filming  # the renderer is only there where pictures are drawn

            fruit, camera = filming.grown(missing[0])
            scene, lights = filming.stage(fruit, camera)
            for shot in missing:
                np.save(options.kept / f"{shot.name}.npy", filming.film(shot, fruit, camera, scene, lights))
                drawn += 1
    log.info("%d clips drawn in %.0f s", drawn, time.perf_counter() - started)
    for path in packing.pack(options.kept, options.out):
        log.info("%s: %s bytes", path, f"{path.stat().st_size:,}")


if __name__ == "__main__":
    main()
