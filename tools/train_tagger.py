"""Train the tagger that comes with the course: `python -m tools.train_tagger`. About ten minutes on two cores.

It learns from the training sentences of all three languages with exchanged names and in small letters too, and is
written as data/names/tagger.npz in float16. Test sentences are met once, at the end, for the figures of the card.
"""

from __future__ import annotations

import argparse
import datetime as dt
import hashlib
import logging
import sys
from collections.abc import Sequence

from course_utils.datasets import load_names
from course_utils.datasets.names import LANGUAGES
from course_utils.foundation import config
from course_utils.further.tagging import (
    Encoder,
    entity_score,
    fit_tagger,
    load_lists,
    load_tagger,
    save_tagger,
    small_letters,
)

log = logging.getLogger("train_tagger")
NET = {"units": 64, "dimensions": 48, "learning_rate": 0.005}
LENGTH = 40
TALK = "Hôm nay tôi đến Trống Đồng Palace để tham dự Google IO Hà Nội."


def main(arguments: Sequence[str] | None = None) -> int:
    """Train, write the file, read it again and log what it reaches on the test sentences."""
    parser = argparse.ArgumentParser(description="Train the tagger that comes with the course")
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--seed", type=int, default=2018)
    chosen = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)
    names = load_names("bundled")
    train = [*names.training, *small_letters(names.training[::4])]
    encoder = Encoder.fit(names.training, length=LENGTH, lists=load_lists())
    tagger = fit_tagger(
        train, seed=chosen.seed, epochs=chosen.epochs, copies=2, batch_size=48, encoder=encoder, **NET
    )
    path = config.repository_root() / "data" / "names" / "tagger.npz"
    save_tagger(tagger, path, **NET)
    content = path.read_bytes()
    log.info("%s: %s bytes, sha256 %s", path.name, f"{len(content):,}", hashlib.sha256(content).hexdigest())
    again = load_tagger(path)
    for which in ("bundled", *LANGUAGES):
        test = names.test if which == "bundled" else [one for one in names.test if one.language == which]
        score = entity_score([one.tags for one in test], again.tags(test))
        small = entity_score([one.tags for one in test], again.tags(small_letters(test)))
        log.info("%s: F1 %.3f, in small letters %.3f, %s names", which, score.f1, small.f1, score.gold)
    log.info("%s", again.tag(TALK, today=dt.date(2018, 7, 21)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
