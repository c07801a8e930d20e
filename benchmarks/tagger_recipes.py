"""What longer training with more exchanged names, dropout, averaged weights and other sets' sentences bring a tagger.

    python benchmarks/tagger_recipes.py --held-out       # train on four fifths of Training, score on the last one
    python benchmarks/tagger_recipes.py --sets vi        # the test sentences, some twenty minutes of one core
    python benchmarks/tagger_recipes.py --sets wnut17    # messages with new names, one seed
    python benchmarks/tagger_recipes.py --record         # and keep the table in benchmarks/recorded/

Needs WNUT17 and Wikigold (`course data fetch wnut17 wikigold`). Settings were compared on the held-out fifth. Test is met
once per seed, at the end.
"""

from __future__ import annotations

import argparse
import hashlib
import logging
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))  # names_tagged also when a test loads this file

import names_tagged

from course_utils.datasets import Names, load_names
from course_utils.datasets.names import TaggedSentence
from course_utils.foundation import records
from course_utils.further.tagging import (
    Encoder,
    Tagger,
    build_tagger,
    crf_loss,
    load_lists,
    training_arrays,
)

log = logging.getLogger("tagger_recipes")
NAME = "tagger_recipes"
TITLE = "Names in text: ways to train the same net with a CRF"
NOTE = (
    "F1 of whole names, strictly, on the test sentences; mean and standard deviation over the seeds. The net of notebook "
    "13 with its CRF, on the Vietnamese sentences that its class profile reads (vi) and on WNUT17 with the publisher's "
    "split (the first 40 tokens of a message; what comes later counts as O). As in the notebook: two copies of each "
    "sentence with exchanged names instead of one, dropout 0.5 instead of 0.3, the exponential moving average of the "
    "weights (momentum 0.99) instead of the last ones, and 12 epochs instead of 6; in WNUT17 one copy and 6 epochs. From "
    "elsewhere: training sentences of the course's English set and of Wikigold that name only persons and places. "
    "Settings were chosen on a fifth of the Vietnamese training sentences. unseen: recall of names that training does not "
    "have. forbidden: I- tags that continue nothing. seconds: training, mean per run."
)
LENGTHS = {"vi": 32, "wnut17": 40}
SENTENCES = {"vi": 1250, "wnut17": None}  # how many training sentences are read; None: all
SEEDS = {"vi": (2018, 2019, 2020, 2021, 2022), "wnut17": (2018,)}
BATCH, RATE, UNITS = 32, 0.005, 48


class Recipe(NamedTuple):
    """How the net is trained.

    average: whether the moving average of the weights answers, not the last weights. elsewhere: whether sentences of
    other sets are added.
    """

    epochs: int
    copies: int
    dropout: float
    average: bool
    elsewhere: bool = False


SHORT = Recipe(epochs=6, copies=1, dropout=0.3, average=False)
LONGER = Recipe(epochs=12, copies=2, dropout=0.5, average=True)
AVERAGED = LONGER._replace(epochs=6, copies=1)
RECIPES = {
    "vi": {"short, last weights": SHORT, "as in the notebook": LONGER},
    "wnut17": {
        "short, last weights": SHORT,
        "averaged": AVERAGED,
        "averaged, and sentences from elsewhere": AVERAGED._replace(elsewhere=True),
    },
}

# One name for what the sets mark alike; so persons and places are exchanged in WNUT17's sentences too.
ALIKE = {"person": "PERSON", "PER": "PERSON", "location": "LOC", "PROVINCE": "LOC"}
NOT_IN_WNUT17 = {"DATE", "TIME", "MONEY"}


def part(which: str, held_out: bool = False) -> Names:
    """The sentences of a set as the net reads them; held_out: Test is a fifth of Training instead."""
    found, length = load_names(which), LENGTHS[which]
    training = found.training[: SENTENCES[which]]
    test = found.test
    if which == "vi":  # the notebook leaves out what is longer
        training, test = ([one for one in rows if len(one.tokens) <= length] for rows in (training, test))
    else:
        training, test = renamed(training), renamed(test)
    if held_out:
        training, test = [one for number, one in enumerate(training) if number % 5], training[::5]
    return Names(found.name, found.source, training, test, found.types)


def renamed(sentences: Iterable[TaggedSentence]) -> list[TaggedSentence]:
    """The same sentences with ALIKE's names of the types, and without names inside of names."""
    return [
        replace(
            one,
            spans=tuple(
                span._replace(type=ALIKE.get(span.type, span.type)) for span in one.spans if not span.depth
            ),
        )
        for one in sentences
    ]


def from_elsewhere() -> list[TaggedSentence]:
    """Training sentences of `en` and Wikigold that mark nothing but persons, places and what WNUT17 leaves unmarked.

    An organisation or a work would need a type of WNUT17 that nobody wrote down.
    """
    found = []
    for one in renamed([*load_names("en").training, *load_names("wikigold").training]):
        kept = tuple(span for span in one.spans if span.type not in NOT_IN_WNUT17)
        if {span.type for span in kept} <= {"PERSON", "LOC"}:
            found.append(replace(one, spans=kept))
    return found


def fit(names: Names, recipe: Recipe, seed: int) -> Tagger:
    """A tagger trained by a recipe; the learning rate falls in a straight line to a tenth."""
    import keras

    keras.utils.set_random_seed(seed)
    training = [*names.training, *(from_elsewhere() if recipe.elsewhere else [])]
    encoder = Encoder.fit(training, length=LENGTHS[names.name], lists=load_lists())
    inputs, labels = training_arrays(encoder, training, recipe.copies, seed=seed)
    model = build_tagger(encoder, units=UNITS, dropout=recipe.dropout)
    model.compile(keras.optimizers.Adam(RATE, clipnorm=5.0, use_ema=recipe.average), loss=crf_loss)
    falling = keras.callbacks.LearningRateScheduler(lambda epoch: RATE * (1 - 0.9 * epoch / recipe.epochs))
    model.fit(inputs, labels, epochs=recipe.epochs, batch_size=BATCH, verbose=0, callbacks=[falling])
    return Tagger(encoder, model)


def measure(sets: Sequence[str], seeds: int | None = None, held_out: bool = False) -> list[dict]:
    """One row per set and recipe: means over the seeds."""
    rows = []
    for which in sets:
        names = part(which, held_out)
        for option, recipe in RECIPES[which].items():
            runs, seconds = [], 0.0
            for seed in SEEDS[which][:seeds]:
                begun = time.perf_counter()
                tagger = fit(names, recipe, seed)
                seconds += time.perf_counter() - begun
                runs.append(names_tagged.measured(names, tagger.tags(names.test)))
                log.info("%s, %s, seed %s: F1 %.4f", which, option, seed, runs[-1]["f1"])
            means = {key: round(float(np.mean([run[key] for run in runs])), 4) for key in runs[0]}
            spread = float(np.std([run["f1"] for run in runs], ddof=1)) if len(runs) > 1 else 0.0
            rows.append(
                {"data": which, "option": option, "runs": len(runs)}
                | means
                | {"f1_sd": round(spread, 4), "f1_runs": [round(run["f1"], 4) for run in runs]}
                | {"seconds": round(seconds / len(runs), 1)}
            )
    return rows


def digest() -> str:
    """Changes with this script and with what the table of names_tagged hangs on."""
    total = hashlib.sha256(records.code_of(Path(__file__)).encode())
    total.update(names_tagged.digest().encode())
    return total.hexdigest()


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=TITLE)
    parser.add_argument("--record", action="store_true", help="keep the table in benchmarks/recorded")
    parser.add_argument("--sets", nargs="+", choices=SEEDS, default=list(SEEDS))
    parser.add_argument("--seeds", type=int, help="at most so many")
    parser.add_argument("--held-out", action="store_true", help="score on a fifth of Training")
    chosen = parser.parse_args(arguments)
    if chosen.record and (chosen.seeds or chosen.held_out):
        parser.error("--record takes the test sentences and all seeds")
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)
    rows = measure(chosen.sets, chosen.seeds, chosen.held_out)
    for row in rows:
        log.info("%s", row)
    if chosen.record:
        try:  # what was recorded of the other sets stays, if it was measured with the same code and data
            earlier = records.load(NAME)
            same = earlier.rows if earlier.digest == digest() else []
        except FileNotFoundError:
            same = []
        rows = [row for row in same if row["data"] not in chosen.sets] + rows
        seeds = {which: list(SEEDS[which]) for which in SEEDS if which in {row["data"] for row in rows}}
        path = records.write(NAME, TITLE, NOTE, rows, digest(), names_tagged.PACKAGES, seeds=seeds)
        log.info("recorded in %s", path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
