"""Fine-tuning with pictures and time enough: the last block of VGG16, trained on all of market's training pictures.

    python benchmarks/fine_tuning.py --record      # about a quarter of an hour of one core

`benchmarks/transfer.py` gives fine-tuning 120 steps, however many pictures there are. With all pictures that is two
passes. Here are the same net, head, rate and draws with five times the steps, beside the frozen features.
"""

from __future__ import annotations

import argparse
import hashlib
import logging
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))  # its neighbours, also when a test loads this file

import transfer
from text_recipes import without_words

from course_utils.datasets import load_fruits
from course_utils.foundation import records

log = logging.getLogger("fine_tuning")

NAME = "fine_tuning"
TITLE = "VGG16's last block, trained for longer on all of market's training pictures"
NOTE = (
    "Accuracy on market's Test of VGG16 with course weights: a head on its frozen features, and the last block and that "
    "head trained for 600 steps of 32 pictures (transfer.py: 120), with its recipe otherwise; three runs with their own "
    "order of the pictures."
)
NET, STEPS, RUNS = "VGG16", 600, 3


def digest() -> str:
    """Changes with this script, with transfer.py, with the pictures of market and with the net's weights."""
    own = records.essential_code(without_words(Path(__file__).read_text(encoding="utf-8")))
    return hashlib.sha256((own + transfer.digest(("market",), (NET,))).encode()).hexdigest()


def rows() -> list[dict]:
    """A row for the head on frozen features and one for the fine-tuned net."""
    transfer.STEPS = STEPS
    prepared = transfer.Prepared(NET, load_fruits("market"))
    frozen, tuned = [], []
    for seed in range(RUNS):
        one, other = prepared.scores(None, seed, fine_tune=True)
        log.info("run %d: frozen %.4f, fine-tuned %.4f", seed, one, other)
        frozen.append(one)
        tuned.append(other)
    return [
        {
            "option": option,
            "steps": steps,
            "accuracy": round(float(np.mean(scores)), 4),
            "accuracy_sd": round(float(np.std(scores, ddof=1)), 4),
            "accuracy_runs": [round(score, 4) for score in scores],
        }
        for option, steps, scores in (("frozen", 0, frozen), ("fine-tuned", STEPS, tuned))
    ]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--record", action="store_true", help=f"keep the table as {NAME}")
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    state, table = digest(), rows()
    if options.record:
        packages = ("keras", "tensorflow", "numpy", "scikit-learn")
        log.info(
            "kept in %s", records.write(NAME, TITLE, NOTE, table, state, packages, data=["market"], runs=RUNS)
        )


if __name__ == "__main__":
    main()
