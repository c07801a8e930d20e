"""Command line: `python -m tools.render_fruits --set studio --out data/fruits`; the market has tools.render_market."""

from __future__ import annotations

import argparse
import logging
import time
from pathlib import Path

from tools.render_fruits import manifest
from tools.render_fruits.fruits import FRUITS

log = logging.getLogger("render_fruits")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tools.render_fruits", description=__doc__)
    parser.add_argument("--set", choices=["studio", "manifest"], required=True)
    parser.add_argument("--out", type=Path, default=Path("data/fruits"))
    parser.add_argument("--classes", nargs="*", default=list(FRUITS), choices=list(FRUITS), metavar="CLASS")
    parser.add_argument("--splits", nargs="*", default=["Training", "Test"], choices=["Training", "Test"])
    parser.add_argument("--few", action="store_true", help="a quarter of the pictures, to look at")
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    if options.set == "manifest":
        log.info("%s", manifest.write(options.out))
        return
    from tools.render_fruits import studio  # the renderer is only there where pictures are drawn

    started, count = time.perf_counter(), 0
    for class_name in options.classes:
        for split in options.splits:
            _, individuals, angle_list = studio.PLAN[split]
            for number in range(1, individuals + 1):
                chosen = list(angle_list)[:: 5 if options.few else 1]
                count += len(studio.sitting(class_name, split, number, chosen, options.out))
        log.info("%s: %d pictures, %.0f s", class_name, count, time.perf_counter() - started)
    log.info("%s", manifest.write(options.out))


if __name__ == "__main__":
    main()
