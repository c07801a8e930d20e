"""Who corrects misspelt words: a dictionary, or a net that reads them and writes letter by letter?

    python benchmarks/misspelt_words.py                            # some five minutes of one core
    python benchmarks/misspelt_words.py --record                   # and keep the table in benchmarks/recorded/
    python benchmarks/misspelt_words.py --list dictionary.txt      # codespell's list from elsewhere

Needs codespell's list of misspellings (CC BY-SA 3.0): `course data fetch codespell`, or an installed codespell.
"""

from __future__ import annotations

import argparse
import hashlib
import logging
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from course_utils.datasets import load_misspellings, load_reviews
from course_utils.foundation import config, records
from course_utils.further.sequences import (
    Letters,
    attention_translator,
    correct,
    greedy,
    shifted,
    translator,
    word_counts,
)

log = logging.getLogger(__name__)
NAME = "misspelt_words"
TITLE = "Misspelt words: share that is corrected"
NOTE = (
    "codespell's list of misspelt words with one correction, 5 to 18 letters: mean and standard deviation over seeds, each "
    "with its own split. known: the right word is in the dictionary, and other misspellings of it are in the training; "
    "new: 1,000 words that are in neither. 1,000 pairs each. dictionary: the known word within one edit that the bundled "
    "reviews have most often. net: GRU and attention as in notebook 15b, 64 units, all other pairs of known words. "
    "dictionary, else net: the net is asked where no known word is within one edit. cpu_seconds are those of one training."
)
SEEDS = (1, 2, 3)
LENGTH, NEW_WORDS, TESTED, EPOCHS, RATE, BATCH = 20, 1_000, 1_000, 4, 0.005, 64
Pairs = list[tuple[str, str]]


def split(pairs: Pairs, seed: int) -> dict[str, Pairs]:
    """The pairs as training, known and new: no word of new is elsewhere, every word of known is in training too."""
    random = np.random.default_rng(seed)
    words = random.permutation(sorted({right for _, right in pairs}))
    fresh = set(words[: min(NEW_WORDS, len(words) // 4)].tolist())
    mixed = [pairs[place] for place in random.permutation(len(pairs))]
    left = Counter(right for _, right in mixed)
    found: dict[str, Pairs] = {"training": [], "known": [], "new": []}
    for pair in mixed:
        right = pair[1]
        if right in fresh:
            part = "new"
        elif left[right] > 1 and len(found["known"]) < TESTED:
            part = "known"
            left[right] -= 1
        else:
            part = "training"
        found[part].append(pair)
    return found | {"new": found["new"][:TESTED]}


def run(pairs: Pairs, counts: Counter[str], seed: int, epochs: int = EPOCHS) -> dict[str, dict[str, float]]:
    """What each option corrects of the known and of the new words, with one seed."""
    import keras

    parts = split(pairs, seed)
    dictionary = {right: 1 + counts[right] for _, right in parts["training"]}
    letters = Letters("abcdefghijklmnopqrstuvwxyz", LENGTH)
    x, y = (letters.rows([pair[side] for pair in parts["training"]]) for side in (0, 1))
    keras.utils.set_random_seed(seed)
    before = time.process_time()
    net = attention_translator([len(letters)] * 2, [LENGTH] * 2)
    net.compile(keras.optimizers.Adam(RATE), "sparse_categorical_crossentropy")
    slower = keras.callbacks.LearningRateScheduler(lambda epoch: RATE * (1 - epoch / epochs))
    net.fit([x, shifted(y)], y, BATCH, epochs, callbacks=[slower], verbose=0)
    seconds = time.process_time() - before
    found: dict[str, dict[str, float]] = {"net": {"cpu_seconds": seconds}}
    for part in ("known", "new"):
        wrong, right = zip(*parts[part], strict=True)
        written = letters.texts(greedy(net, letters.rows(wrong), LENGTH))
        looked_up = [correct(word, dictionary) for word in wrong]
        both = [
            says if one == word and word not in dictionary else one
            for word, one, says in zip(wrong, looked_up, written, strict=True)
        ]
        for option, said in (("net", written), ("dictionary", looked_up), ("dictionary, else net", both)):
            found.setdefault(option, {})[part] = float(np.mean(np.array(said) == np.array(right)))
    keras.utils.clear_session()
    return found


def measure(path: str | None = None, seeds: Sequence[int] = SEEDS) -> list[dict]:
    """One row per option."""
    pairs = load_misspellings(path)
    counts = word_counts(load_reviews("bundled").table("Training")["text"])
    runs = []
    for seed in seeds:
        runs.append(run(pairs, counts, seed))
        log.info("seed %d: %s", seed, runs[-1])
    rows = []
    for option in runs[0]:
        row: dict[str, object] = {"option": option, "runs": len(runs), "pairs": len(pairs)}
        for part in ("known", "new"):
            shares = [one[option][part] for one in runs]
            row[part] = round(float(np.mean(shares)), 4)
            row[f"{part}_sd"] = round(float(np.std(shares, ddof=1)), 4) if len(shares) > 1 else 0.0
            row[f"{part}_runs"] = [round(share, 4) for share in shares]
        if "cpu_seconds" in runs[0][option]:
            row["cpu_seconds"] = round(float(np.mean([one[option]["cpu_seconds"] for one in runs])), 1)
        rows.append(row)
    return rows


def digest() -> str:
    """Changes with this script, the net and the bundled reviews' words; the list is named by its version."""
    code = [records.code_of(Path(place)) for place in (__file__, translator.__file__)]
    texts = config.repository_root() / "data" / "reviews" / "train.csv"
    data = texts.read_bytes().replace(b"\r\n", b"\n")
    return hashlib.sha256("".join(code).encode() + data).hexdigest()


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=TITLE)
    parser.add_argument("--record", action="store_true", help="keep the table in benchmarks/recorded")
    parser.add_argument("--list", help="codespell's dictionary.txt")
    chosen = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)
    rows = measure(chosen.list)
    if chosen.record:
        data = {"name": "codespell's dictionary.txt", "version": "2.4.3", "licence": "CC BY-SA 3.0"}
        path = records.write(
            NAME, TITLE, NOTE, rows, digest(), ("keras", "numpy"), data=data, seeds=list(SEEDS)
        )
        log.info("recorded in %s", path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
