"""English captions of photographs into German: a small net with attention beside two ways that need none.

    python benchmarks/captions_translated.py                       # some six minutes of one core
    python benchmarks/captions_translated.py --record              # and keep the table in benchmarks/recorded/
    python benchmarks/captions_translated.py --folder FOLDER       # the captions from elsewhere

Needs Multi30K (`course data fetch multi30k`; Elliott and others, 2016, arXiv:1605.00459). BLEU: Papineni and others
(2002).
"""

from __future__ import annotations

import argparse
import hashlib
import logging
import math
import re
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from course_utils.datasets import load_captions
from course_utils.foundation import records
from course_utils.further.sequences import (
    END,
    PAD,
    UNKNOWN,
    attention_translator,
    greedy,
    shifted,
    translator,
)

log = logging.getLogger(__name__)
NAME = "captions_translated"
TITLE = "Captions from English into German: BLEU"
NOTE = (
    "Multi30K: 29,000 training pairs, the 1,000 test captions of 2016, one reference each. BLEU of the whole test, up to "
    "four words, in lower case, words and marks apart; 100 is the reference itself. nearest caption: the German of the "
    "most similar English training caption (TF-IDF). word for word: each word's likeliest translation after five rounds "
    "of IBM model 1, in the English order. net: GRU with attention as in notebook 15b, with the 4,000 most frequent words "
    "of each language in place of characters, 128 units, greedy, one seed, without tuning. The net is small and its "
    "training short: published nets with more of both stand far above it. cpu_seconds are those of one training."
)
SEED = 1
WORDS, LENGTH, UNITS, EPOCHS, RATE, BATCH, ROUNDS = 4_000, 22, 128, 5, 0.004, 64, 5
Captions = list[list[str]]


def words_of(text: str) -> list[str]:
    """Lower-case words, and each mark alone."""
    return re.findall(r"\w+|[^\w\s]", text.lower())


def bleu(found: Captions, true: Captions, most: int = 4) -> float:
    """BLEU of a whole test with one reference per text, 0 to 100; 0 where no run of `most` words is right.

    Raises ValueError where the numbers of texts differ or none is there.
    """
    if len(found) != len(true) or not true:
        raise ValueError(f"{len(true)} references, but {len(found)} translations")
    right, total = np.zeros(most), np.zeros(most)
    for one, reference in zip(found, true, strict=True):
        for size in range(1, most + 1):
            runs = [
                Counter(tuple(text[place : place + size]) for place in range(len(text) - size + 1))
                for text in (one, reference)
            ]
            right[size - 1] += (runs[0] & runs[1]).total()
            total[size - 1] += runs[0].total()
    if not right.all():
        return 0.0
    written, asked = (sum(map(len, texts)) for texts in (found, true))
    brevity = min(1.0, math.exp(1 - asked / written))
    return 100 * brevity * math.exp(np.log(right / total).mean())


class Words:
    """The most frequent words of some captions, numbered after padding, start, end and unknown."""

    def __init__(self, captions: Captions, most: int = WORDS) -> None:
        counts = Counter(word for caption in captions for word in caption)
        self.words = ["", "", "", "", *(word for word, _ in counts.most_common(most))]
        self._numbers = {word: number for number, word in enumerate(self.words) if word}

    def rows(self, captions: Captions, length: int = LENGTH) -> np.ndarray:
        """Numbers (N, length): the words, the end, then padding; longer captions are cut."""
        found = np.full((len(captions), length), PAD, np.int32)
        for row, caption in zip(found, captions, strict=True):
            numbers = [self._numbers.get(word, UNKNOWN) for word in caption[: length - 1]]
            row[: len(numbers) + 1] = [*numbers, END]
        return found

    def captions(self, rows: np.ndarray) -> Captions:
        """The words of each row up to its end; unknown ones are left as a mark that no reference has."""
        found = []
        for row in rows.tolist():
            row = row[: row.index(END)] if END in row else row
            found.append([self.words[number] or "<?>" for number in row if number != PAD])
        return found


def nearest(train: tuple[Captions, Captions], asked: Captions) -> Captions:
    """The German of the most similar English training caption."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    weigh = TfidfVectorizer(analyzer=lambda words: words, sublinear_tf=True)
    known = weigh.fit_transform(train[0])
    return [train[1][int((known @ one.T).toarray().argmax())] for one in weigh.transform(asked)]


def word_for_word(train: tuple[Captions, Captions], asked: Captions, rounds: int = ROUNDS) -> Captions:
    """Each word's likeliest translation by IBM model 1 (Brown and others, 1993); words never met stay as they are.

    In each round a German word is shared out among the English words of its caption by how likely they translate to it.
    """
    numbers = [{word: n for n, word in enumerate(sorted(set().union(*side)))} for side in train]
    ones, others, places, place = [], [], [], 0
    for english, german in zip(*train, strict=True):
        e, g = (
            [known[word] for word in side] for known, side in zip(numbers, (english, german), strict=True)
        )
        ones.append(np.tile(e, len(g)))
        others.append(np.repeat(g, len(e)))
        places.append(np.repeat(np.arange(place, place + len(g)), len(e)))
        place += len(g)
    one, other, whose = map(np.concatenate, (ones, others, places))
    pairs, link = np.unique(one * len(numbers[1]) + other, return_inverse=True)
    from_word = pairs // len(numbers[1])
    shares = np.ones(len(pairs))
    for _ in range(rounds):
        weight = shares[link]
        weight /= np.bincount(whose, weight)[whose]
        counted = np.bincount(link, weight)
        shares = counted / np.bincount(from_word, counted)[from_word]
    order = np.lexsort((-shares, from_word))
    german = list(numbers[1])
    best = {}
    for row in order:
        best.setdefault(int(from_word[row]), german[int(pairs[row] % len(german))])
    return [[best[numbers[0][word]] if word in numbers[0] else word for word in caption] for caption in asked]


def by_net(train: tuple[Captions, Captions], asked: Captions, epochs: int = EPOCHS) -> tuple[Captions, float]:
    """What a net writes after its training, and the training's CPU seconds."""
    import keras

    english, german = map(Words, train)
    x, y = english.rows(train[0]), german.rows(train[1])
    keras.utils.set_random_seed(SEED)
    net = attention_translator([len(english.words), len(german.words)], [LENGTH] * 2, UNITS, UNITS, UNITS)
    steps = len(x) // BATCH
    falling = keras.optimizers.schedules.CosineDecay(RATE, epochs * steps)
    net.compile(keras.optimizers.Adam(falling, clipnorm=1.0), "sparse_categorical_crossentropy")
    before = time.process_time()
    net.fit([x, shifted(y)], y, BATCH, epochs, verbose=0)
    seconds = time.process_time() - before
    return german.captions(greedy(net, english.rows(asked), LENGTH)), seconds


def measure(folder: str | None = None, epochs: int = EPOCHS) -> list[dict]:
    """One row per option."""
    found = load_captions(folder)
    train, test = (
        tuple([words_of(pair[side]) for pair in found[part]] for side in (0, 1))
        for part in ("Training", "Test")
    )
    written, seconds = by_net(train, test[0], epochs)
    said = {
        "nearest caption": nearest(train, test[0]),
        "word for word": word_for_word(train, test[0]),
        "net": written,
    }
    rows: list[dict] = [
        {"option": option, "bleu": round(bleu(captions, test[1]), 2), "pairs": len(train[0])}
        for option, captions in said.items()
    ]
    rows[-1] |= {"steps": epochs * (len(train[0]) // BATCH), "cpu_seconds": round(seconds, 1)}
    for row in rows:
        log.info("%s; first caption: %s", row, " ".join(said[row["option"]][0]))
    return rows


def digest() -> str:
    """Changes with this script and the net; the captions are named by their commit."""
    code = [records.code_of(Path(place)) for place in (__file__, translator.__file__)]
    return hashlib.sha256("".join(code).encode()).hexdigest()


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=TITLE)
    parser.add_argument("--record", action="store_true", help="keep the table in benchmarks/recorded")
    parser.add_argument("--folder", help="folder with the captions")
    chosen = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)
    rows = measure(chosen.folder)
    if chosen.record:
        data = {"name": "multi30k", "commit": "a3d2e0d26b56f3846f66a952536ffed4e401d05a"}
        path = records.write(
            NAME, TITLE, NOTE, rows, digest(), ("keras", "numpy", "scikit-learn"), data=data, seeds=[SEED]
        )
        log.info("recorded in %s", path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
