"""Command line: `python -m tools.render_road --out data/road`; call again after --seconds to go on."""

from __future__ import annotations

import argparse
import csv
import json
import logging
import shutil
import time
from pathlib import Path

import numpy as np
from PIL import Image

from tools.render_fruits import manifest
from tools.render_fruits.scene import save_jpeg

log = logging.getLogger("render_road")
QUALITY, FILM_QUALITY = 80, 72


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tools.render_road", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("build/road"))
    parser.add_argument("--every", type=int, default=1, help="only each so many frame and street, to look at")
    parser.add_argument("--seconds", type=float, default=1e9, help="stop after so long; call again to go on")
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    import drjit

    from tools.render_road import road  # the renderer is only there where pictures are drawn

    drjit.set_thread_count(1)
    started, work = time.perf_counter(), options.out / "work"
    work.mkdir(parents=True, exist_ok=True)
    film = road.Set(("film",), road.FILM_CAMERA, True)
    todo = [("film", frame, 0) for frame in range(0, road.FRAMES, options.every)]
    todo += [
        ("still", s, n) for s in range(1, road.SCENES + 1, options.every) for n in range(1, road.STILLS + 1)
    ]
    street, made = (0, None), 0
    for what, first, second in todo:
        if what == "film" and film.exposure is None:
            film.draw([])  # the exposure is that of the empty street
        place = work / f"{what}-{first:03d}-{second}.json"
        if place.is_file():
            continue
        if time.perf_counter() - started > options.seconds:
            log.info("%d pictures in %.0f s, more to do: call again", made, options.seconds)
            return
        if what == "film":
            picture, rows = film.draw(road.cast(first / road.RATE))
            Image.fromarray((picture * 255 + 0.5).astype(np.uint8)).save(place.with_suffix(".png"))
        else:
            if street[0] != first:
                street = (first, road.Set(("street", first), road.still_camera(first), False))
                street[1].draw([])
            picture, rows = street[1].draw(road.passers(first, second))
            save_jpeg(picture, options.out / "stills" / f"s{first:02d}-{second}.jpg", QUALITY, optimize=True)
        place.write_text(json.dumps(rows, default=int))
        made += 1
    log.info("%d pictures in %.0f s", made, time.perf_counter() - started)
    _collect(options.out, work, road)
    if options.every == 1:
        shutil.rmtree(work)


def _collect(out: Path, work: Path, road) -> None:
    """Write the film, the CSV tables and the manifest."""
    frames = [Image.open(path).convert("RGB") for path in sorted(work.glob("film-*.png"))]
    frames[0].save(
        out / "film.webp",
        save_all=True,
        append_images=frames[1:],
        duration=round(1000 / road.RATE),
        loop=0,
        quality=FILM_QUALITY,
        method=6,
        allow_mixed=False,
    )
    film, stills = [], []
    for path in sorted(work.glob("*.json")):
        what, first, second = path.stem.split("-")
        for row in json.loads(path.read_text()):
            tail = [*row["box"], f"{row['seen']:.2f}"]
            if what == "film":
                film.append([int(first), row["number"], row["kind"], *tail])
            else:
                stills.append(
                    [f"s{int(first):02d}-{second}.jpg", f"street-{int(first):02d}", row["kind"], *tail]
                )
    box = ["left", "top", "right", "bottom", "seen"]
    _write(out / "truth.csv", ["frame", "id", "kind", *box], film)
    _write(out / "stills.csv", ["file", "scene", "kind", *box], stills)
    _write(out / "crossings.csv", ["frame", "id", "kind", "direction"], road.crossings())
    _write(out / "line.csv", ["x", "y"], road.line())
    manifest.write(out)


def _write(path: Path, columns: list[str], rows: list) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)


if __name__ == "__main__":
    main()
