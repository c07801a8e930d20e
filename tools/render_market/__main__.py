"""Command line: `python -m tools.render_market --out build/market`."""

from __future__ import annotations

import argparse
import logging
import multiprocessing
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from tools.render_fruits.fruits import FRUITS
from tools.render_market import boxes, market
from tools.render_market.plan import PICTURES

log = logging.getLogger("render_market")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tools.render_market", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("build/market"))
    parser.add_argument("--classes", nargs="*", default=list(FRUITS), choices=list(FRUITS), metavar="CLASS")
    parser.add_argument("--splits", nargs="*", default=["Training", "Test"], choices=["Training", "Test"])
    parser.add_argument("--workers", type=int, default=1, help="processes that draw (default 1)")
    parser.add_argument("--few", action="store_true", help="a quarter of the pictures, to look at")
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    tasks = [
        (class_name, split, numbers)
        for class_name in options.classes
        for split in options.splits
        for numbers in _parts(PICTURES[split][1] // (4 if options.few else 1))
    ]
    started, count = time.perf_counter(), 0
    rows: dict[tuple[str, str], list[list]] = {}
    spawn = multiprocessing.get_context("spawn")  # the renderer's threads do not survive a fork
    with ProcessPoolExecutor(options.workers, spawn, market.one_thread) as pool:
        waiting = [pool.submit(market.render, *task, options.out) for task in tasks]
        for (class_name, split, numbers), job in zip(tasks, waiting, strict=True):
            rows.setdefault((split, class_name), []).extend(job.result())
            count += len(numbers)
            log.info("%s %s: %d pictures, %.0f s", class_name, split, count, time.perf_counter() - started)
            boxes.write_in_view(options.out, rows)
    boxes.write(options.out)


def _parts(count: int, most: int = 40) -> list[range]:
    return [range(first, min(first + most, count + 1)) for first in range(1, count + 1, most)]


if __name__ == "__main__":
    main()
