"""How many questions one LIME explanation needs until another seed gives the same weights: lime's samples, and balanced.

    python benchmarks/lime_samples.py --quick     # two items of each kind, three seeds: does it work? (a minute)
    python benchmarks/lime_samples.py --record    # six items of each kind, ten seeds (six minutes on one core)

Items are test pictures and test reviews that a small net answers; both ways get the same items, segments, kernel and
regression. Beside the scatter over seeds stands the bias: the mean of the seeds against the exact line, from all masks
of a picture cut into few segments and of a text's first words. Last, whether half the samples still put a planted cue
first, with the nets and items of lime_planted.
"""

from __future__ import annotations

import argparse
import hashlib
import itertools
import logging
import math
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))  # the other scripts also when a test loads this file

import fruit_realism
import lime_planted

from course_utils import explain
from course_utils.datasets import FRUIT_CLASSES, load_reviews
from course_utils.explain import balanced, lime_image
from course_utils.foundation import config, records
from course_utils.text import words

log = logging.getLogger("lime_samples")
Array = np.ndarray

NAME = "lime_samples"
TITLE = "Samples that an explanation needs until the seed no longer matters"
NOTE = (
    "`correlation`: Pearson's between the weights of two seeds, mean over all pairs of seeds, then over the items; "
    "`worst`: the item where it is lowest. `needed`: samples at which the mean correlation reaches 0.99, between two "
    "measured numbers of samples along a line in logarithms of samples and of 1 - correlation. `like_1000`: samples "
    "at which it reaches that of lime with its 1,000. `share` is ours by lime's. `bias`: largest difference of a "
    "weight between the mean of the seeds and the exact line, which comes from all masks; `largest`: the largest "
    "weight of that line; `scatter`: the standard error of that mean, for the same weight. The pictures are cut by "
    "slic and hidden by each segment's mean colour; every word gets a weight. Items are "
    "drawn by a seed. The ways of drawing samples were designed on nets, pictures and reviews of other seeds. "
    "`planted`: balanced with half of lime's samples on the items of lime_planted; `first`: how many have the sticker's "
    "segment or the planted word as their heaviest."
)
SAMPLES = (64, 125, 250, 500, 1000)
SAME = 0.99  # correlation between seeds
LIMES = 1000
ITEMS, SEEDS = 6, 10
FEW = 10  # segments or words that still allow all masks
SEED = 2022
STEPS = 240
WAYS: dict[str, dict[str, Callable]] = {
    "lime": {"picture": explain.explain_image, "text": explain.explain_text},
    "balanced": {"picture": balanced.explain_image, "text": balanced.explain_text},
}


@dataclass(frozen=True)
class Item:
    """A picture or text with its net. weigh: (way, samples, seed) -> the weights of its segments or words."""

    kind: str
    weigh: Callable[[str, int, int], Array]
    exact: Callable[[], Array]


def pictures(items: int) -> Iterator[Item]:
    """Test pictures of rendered fruit, and the small net that names them."""
    fruit_realism.STEPS = STEPS
    net = fruit_realism.trained(fruit_realism.load(fruit_realism.FRUITS / "studio", "Training"), SEED)
    test, _ = fruit_realism.load(fruit_realism.FRUITS / "studio", "Test")
    for place in np.random.default_rng(SEED).choice(len(test), items, replace=False):
        yield picture_item(net, test[place])


def picture_item(net: object, picture: Array) -> Item:
    """The picture's most probable class is explained."""
    label = int(net.predict_on_batch(picture[None])[0].argmax())
    fine = explain.superpixels(picture, "slic")
    coarse = explain.superpixels(picture, "slic", n_segments=FEW - 1)

    def weigh(way: str, samples: int, seed: int, parts: Array = fine) -> Array:
        found = WAYS[way]["picture"](
            net, picture, labels=[label], segments=parts, num_samples=samples, seed=seed
        )
        return found.coefficients[label]

    def exact() -> Array:
        masks = every_mask(int(coarse.max()) + 1)
        hidden = balanced.hidden_pixels(picture, coarse, None)
        answers = net.predict(lime_image.samples(masks, picture, hidden, coarse), verbose=0)[:, label]
        return line(masks, answers, balanced.kernel(1 - np.sqrt(masks.mean(axis=1)), 0.25))

    return Item("picture", lambda *asked, few=False: weigh(*asked, coarse if few else fine), exact)


def texts(items: int) -> Iterator[Item]:
    """Test reviews written by a rule, and the small net that tells praise from complaint."""
    import keras

    keras.utils.set_random_seed(SEED)
    reviews = load_reviews("controlled")
    table = reviews.part("Training", lime_planted.TEXTS, seed=SEED)
    predict = lime_planted.text_predict(table["text"], table["label"].to_numpy())
    for text in reviews.part("Test", items, seed=SEED)["text"]:
        yield text_item(predict, text)


def text_item(predict: Callable[[Sequence[str]], Array], text: str) -> Item:
    """Praise is explained."""
    first = list(dict.fromkeys(words(text)))[:FEW]

    def weigh(way: str, samples: int, seed: int, few: bool = False) -> Array:
        found = WAYS[way]["text"](
            predict, " ".join(first) if few else text, labels=[1], num_features=10_000, num_samples=samples,
            seed=seed,
        )  # fmt: skip
        return found.weights[1]

    def exact() -> Array:
        masks = every_mask(len(first))[:-1]  # lime leaves at least one word out
        answers = predict([" ".join(itertools.compress(first, mask)) for mask in masks])[:, 0]
        sizes = len(first) - masks.sum(axis=1)
        as_often = (
            1 / np.bincount(sizes)[sizes] / len(first)
        )  # each size as often, each mask of a size as often
        near = balanced.kernel(100 * (1 - np.sqrt(masks.mean(axis=1))), 25)
        return line(masks, answers, near * as_often * len(masks))

    return Item("text", weigh, exact)


def every_mask(count: int) -> Array:
    """All masks of so many segments or words: int (2 to the power of count, count), the last one with all on."""
    return np.array(list(itertools.product((0, 1), repeat=count)))


def line(masks: Array, answers: Array, weights: Array) -> Array:
    """The coefficients of lime's regression where every mask comes as often as it is due, in LIMES samples."""
    from sklearn.linear_model import Ridge

    return Ridge(alpha=1).fit(masks, answers, sample_weight=LIMES * weights / len(masks)).coef_


def between_seeds(found: Array) -> float:
    """Mean correlation between the rows of (seeds, weights)."""
    return float(np.corrcoef(found)[np.triu_indices(len(found), 1)].mean())


def measure(items: Sequence[Item], samples: Sequence[int], seeds: Sequence[int]) -> list[dict]:
    """A row for each way and number of samples."""
    table = []
    for way, count in itertools.product(WAYS, samples):
        before = time.perf_counter()
        stable = [between_seeds(np.array([one.weigh(way, count, seed) for seed in seeds])) for one in items]
        seconds = (time.perf_counter() - before) / len(items) / len(seeds)
        row = {"kind": items[0].kind, "way": way, "samples": count, "items": len(items), "seeds": len(seeds)}
        row |= {"correlation": round(float(np.mean(stable)), 5), "worst": round(min(stable), 5)}
        table.append(row | {"seconds_an_explanation": round(seconds, 4)})
        log.info("%s", table[-1])
    return table


def needed(rows: Sequence[dict], correlation: float) -> float:
    """Samples at which the correlation is reached; nan where no measured number is enough, the least measured one
    where that is enough already."""
    before = None
    for row in sorted(rows, key=lambda row: row["samples"]):
        here = (math.log(row["samples"]), math.log(max(1e-6, 1 - row["correlation"])))
        if row["correlation"] >= correlation:
            if before is None:
                return float(row["samples"])
            share = (before[1] - math.log(1 - correlation)) / (before[1] - here[1])
            return math.exp(before[0] + share * (here[0] - before[0]))
        before = here
    return math.nan


def summary(table: Sequence[dict]) -> dict:
    """How many samples each way needs, and ours by lime's."""
    ways = {way: [row for row in table if row["way"] == way] for way in WAYS}
    full = next(row["correlation"] for row in ways["lime"] if row["samples"] == max(SAMPLES))
    row = {"kind": table[0]["kind"], "way": "share"}
    for name, bar in (("needed", SAME), ("like_1000", full)):
        limes, ours = (needed(ways[way], bar) for way in WAYS)
        row |= {f"{name}_lime": number(limes), f"{name}_balanced": number(ours)}
        row |= {f"{name}_share": None if math.isnan(ours / limes) else round(ours / limes, 3)}
    return row


def number(count: float) -> int | None:
    return None if math.isnan(count) else round(count)


def biases(items: Sequence[Item], samples: int, seeds: Sequence[int]) -> list[dict]:
    """A row for each way: how far the mean of the seeds is from the exact line, for the item where it is furthest."""
    table = []
    for way in WAYS:
        worst = {"bias": -1.0}
        for one in items:
            exact = one.exact()
            found = np.array([one.weigh(way, samples, seed, few=True) for seed in seeds])
            off = np.abs(found.mean(axis=0) - exact)
            place = int(off.argmax())
            if off[place] > worst["bias"]:
                error = found[:, place].std(ddof=1) / math.sqrt(len(seeds))
                worst = {"bias": float(off[place]), "scatter": float(error)}
                worst |= {"largest": float(np.abs(exact).max()), "weights": len(exact)}
        row = {"kind": items[0].kind, "way": f"{way}, all masks", "samples": samples, "seeds": len(seeds)}
        table.append(row | {key: round(value, 5) for key, value in worst.items()})
        log.info("%s", table[-1])
    return table


def planted_patches(items: int) -> Iterator[bool]:
    """Whether the sticker's segment is the heaviest, for each picture that lime_planted has."""
    model, label = lime_planted.trained_fruit_net(), FRUIT_CLASSES.index(lime_planted.CLASS)
    for _, picture, where, _ in lime_planted.stuck(items):
        found = balanced.explain_image(
            model, picture, labels=[label], num_samples=LIMES // 2, seed=lime_planted.SEED, segments="slic",
            hide_color=255,
        )  # fmt: skip
        yield int(found.coefficients[label].argmax()) == int(np.bincount(found.segments[where]).argmax())


def planted_words(items: int) -> Iterator[bool]:
    """Whether the planted word is the heaviest, for each review that lime_planted has."""
    predict, _, changed = lime_planted.worded(items)
    for text in changed:
        found = balanced.explain_text(
            predict, text, labels=[1], num_samples=LIMES // 2, seed=lime_planted.SEED
        )
        yield max(found.as_list(1), key=lambda pair: pair[1])[0] == lime_planted.WORD


def planted(items: int) -> list[dict]:
    """A row for each cue: how often it comes first."""
    table = []
    for kind, cues in (("picture", planted_patches), ("text", planted_words)):
        first = list(cues(items))
        table.append({"kind": kind, "way": "balanced, planted", "samples": LIMES // 2, "items": len(first)})
        table[-1]["first"] = sum(first)
        log.info("%s", table[-1])
    return table


def rows(quick: bool) -> list[dict]:
    """Pictures, then texts."""
    table = []
    items, seeds, samples = (2, range(3), (64, 1000)) if quick else (ITEMS, range(SEEDS), SAMPLES)
    for kind in (pictures, texts):
        chosen = list(kind(items))
        found = measure(chosen, samples, seeds)
        table += [*found, summary(found), *biases(chosen[:3], 250, range(3 * len(seeds)))]
        log.info("%s", summary(found))
    return table + planted(5 if quick else lime_planted.ITEMS)


def digest() -> str:
    """sha256 over this script, the nets' scripts and data, and the modules that draw and fit."""
    state = hashlib.sha256(fruit_realism.digest("studio").encode())
    room = Path(explain.__file__).parent
    names = ("balanced", "lime_image", "lime_text", "lime_common", "predictions", "inputs")
    for file in (Path(__file__), Path(lime_planted.__file__), *(room / f"{name}.py" for name in names)):
        state.update(records.code_of(file).encode())
    for name in ("train.csv", "test.csv"):
        state.update((config.repository_root() / "data" / "reviews" / "controlled" / name).read_bytes())
    return state.hexdigest()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="two items, three seeds: a trial")
    parser.add_argument("--record", action="store_true", help=f"keep the table as {NAME}")
    options = parser.parse_args()
    if options.record and options.quick:
        parser.error("--record takes all of it: leave --quick out")
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    table = rows(options.quick)
    if options.record:
        packages = ("keras", "tensorflow", "numpy", "lime", "scikit-image", "scikit-learn")
        log.info("kept in %s", records.write(NAME, TITLE, NOTE, table, digest(), packages, seed=SEED))


if __name__ == "__main__":
    main()
