"""Command line: `python -m tools.controlled_reviews` writes data/reviews/controlled/train.csv and test.csv anew."""

from __future__ import annotations

import argparse
import csv
import io
import logging
from pathlib import Path

from tools.controlled_reviews.compose import SPLITS, write

COLUMNS = ["id", "text", "sentiment", "rating", "category"]
log = logging.getLogger("controlled_reviews")


def csv_text(split: str) -> str:
    """The whole CSV file of a split as text, lines ended by LF."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(review.row() for review in write(split))
    return stream.getvalue()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tools.controlled_reviews", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("data/reviews/controlled"))
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    options.out.mkdir(parents=True, exist_ok=True)
    for split in SPLITS:
        path = options.out / f"{split}.csv"
        path.write_text(csv_text(split), encoding="utf-8", newline="\n")
        log.info("%s: %d bytes", path, path.stat().st_size)


if __name__ == "__main__":
    main()
