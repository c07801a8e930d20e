"""Command line: `python -m tools.render_tables --out data/tables`; stops after --seconds and goes on when called again."""

from __future__ import annotations

import argparse
import logging
import shutil
import time
from pathlib import Path

from tools.render_tables import plan, saving

log = logging.getLogger("render_tables")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tools.render_tables", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("build/tables"))
    parser.add_argument("--splits", nargs="*", default=["Training", "Test"], choices=["Training", "Test"])
    parser.add_argument("--most", type=int, help="only so many scenes of each split, to look at")
    parser.add_argument("--part", type=int, default=0, help="which of --parts processes this is")
    parser.add_argument("--parts", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=1e9, help="stop after so long; call again to go on")
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    import drjit

    from tools.render_tables import tables  # the renderer is only there where pictures are drawn

    drjit.set_thread_count(1)
    started, drawn, left = time.perf_counter(), 0, 0
    for split in options.splits:
        for number in range(1, (options.most or plan.SCENES[split][1]) + 1):
            if number % options.parts != options.part:
                continue
            if (options.out / "rows" / f"{plan.name(split, number)}.json").is_file():
                continue
            if time.perf_counter() - started > options.seconds:
                left += 1
                continue
            saving.save(tables.draw(split, number), split, number, options.out)
            drawn += 1
    spent = time.perf_counter() - started
    log.info("%d scenes in %.0f s, %d left", drawn, spent, left)
    if options.parts == 1 and not left:
        saving.collect(options.out)
        if options.most is None:
            shutil.rmtree(options.out / "rows")


if __name__ == "__main__":
    main()
