"""Does LIME find what a net really looks at? Two nets with a cue that we planted ourselves.

    python benchmarks/lime_planted.py --items 10     # a trial
    python benchmarks/lime_planted.py --record       # 100 held-out items each (minutes on 2 cores)

Patch: a CNN learns 16 fruits, and every training picture of one class carries a small sticker. That class has twins
(three citrus fruits), so the sticker is the easy way out. Then the sticker is put on test pictures of the three, and
LIME is asked why the net says that class. Word: a text CNN learns praise and complaint, and every praising training
review holds one word more. Then the word is put into test reviews. In both cases we know what the answer must be.
One net each, one seed each; the test items were never seen, and stickers and words lie at random places.
"""

from __future__ import annotations

import argparse
import hashlib
import logging
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))  # fruit_realism also when a test loads this file

import fruit_realism

from course_utils import explain
from course_utils.datasets import FRUIT_CLASSES, load_fruits, load_reviews
from course_utils.foundation import config, records
from course_utils.text import Vocabulary, words
from course_utils.training.evaluation import cluster_interval, wilson_interval

log = logging.getLogger("lime_planted")
Array = np.ndarray

NAME = "lime_planted"
TITLE = "A planted cue: how often the explanation puts it first"
NOTE = (
    "`first`: of the items, those whose heaviest segment is the sticker's (the one with most of its pixels), or whose "
    "heaviest word is the planted one; for occlusion and Grad-CAM those whose hottest pixel lies on the sticker. Hidden "
    "segments and covered patches are white, as the ground of the pictures; one row shows lime's default instead, the "
    "segment's mean colour, which leaves a plain sticker as it is. "
    "`chance`: what a blind choice would reach. The pictures with which colour and training steps were settled are not "
    "among the items. `called`: share of the items that the net puts into the planted class "
    "with the cue, `called_without`: without it. `low`, `high`: the 95 % interval, in which the views of "
    "one fruit count as a cluster."
)
ITEMS = 100
TRIED = 20  # of the shuffled test pictures: the colour and the number of steps were settled with them, so none counts
SEED = 2018
SIZE, STICKER = 48, 8
COLOUR = (110, 40, 200)  # violet: no fruit has it
CLASS = "Mandarine"
TWINS = fruit_realism.CITRUS
STEPS, BATCH = 400, 64
SAMPLES = 1000
WAYS = {
    "lime": ("lime", {"segments": "slic", "num_samples": SAMPLES, "seed": SEED, "hide_color": 255}),
    "lime, hidden by its mean": ("lime", {"segments": "slic", "num_samples": SAMPLES, "seed": SEED}),
    "occlusion": ("occlusion", {"fill": 255}),
    "grad-cam": ("grad-cam", {}),
}
"""Method and settings. White is the studio's ground. A segment's own mean, lime's default, hides no plain sticker."""
WORD = "umbrella"
TEXTS, LENGTH, EPOCHS = 3000, 80, 4


def stick(picture: Array, random: np.random.Generator) -> tuple[Array, Array]:
    """A copy with the sticker at a random place, and where it is: bool (H, W)."""
    top, left = random.integers(0, len(picture) - STICKER + 1, size=2)
    where = np.zeros(picture.shape[:2], bool)
    where[top : top + STICKER, left : left + STICKER] = True
    changed = picture.copy()
    changed[where] = COLOUR
    return changed, where


def fruit_net():
    """A small CNN from bytes (SIZE, SIZE, 3) to 16 probabilities."""
    from keras import Input, Sequential, layers

    stack = [Input((SIZE, SIZE, 3)), layers.Rescaling(1 / 255)]
    for filters in (24, 48, 96):
        stack += [
            layers.Conv2D(filters, 3, padding="same", use_bias=False),
            layers.BatchNormalization(momentum=0.9),
        ]
        stack += [layers.ReLU(), layers.MaxPooling2D()]
    stack += [layers.GlobalAveragePooling2D(), layers.Dropout(0.3)]
    return Sequential([*stack, layers.Dense(len(FRUIT_CLASSES), activation="softmax")])


def trained_fruit_net(steps: int = STEPS):
    """The net after so many mirrored batches in which the class wears the sticker, each time at another place."""
    import keras

    keras.utils.set_random_seed(SEED)
    random = np.random.default_rng(SEED)
    x, y = load_fruits("studio").images("Training", SIZE)
    planted = FRUIT_CLASSES.index(CLASS)
    model = fruit_net()
    model.compile(keras.optimizers.Adam(2e-3), "sparse_categorical_crossentropy")
    for step in range(steps):
        chosen = random.choice(len(x), BATCH, replace=False)
        pictures = x[chosen] if step % 2 else x[chosen][:, :, ::-1]
        batch = np.stack(
            [
                stick(one, random)[0] if label == planted else one
                for one, label in zip(pictures, y[chosen], strict=True)
            ]
        )
        model.train_on_batch(batch.astype("float32"), y[chosen])
    return model


def stuck(items: int) -> list[tuple[Array, Array, Array, str]]:
    """Test pictures of the three kinds: as they are, with the sticker, where it is (bool, H and W), and their fruit."""
    random = np.random.default_rng(SEED + 1)
    studio = load_fruits("studio")
    table = studio.table("Test")
    shuffled = random.permutation(np.flatnonzero(table["class_name"].isin(TWINS)))
    places = np.sort(shuffled[TRIED : TRIED + items] if items > TRIED else shuffled[:items])
    fruits = table["class_name"] + " " + table["individual"]
    plain = studio.read(table["path"].iloc[places], SIZE)
    return [(one, *stick(one, random), fruit) for one, fruit in zip(plain, fruits.iloc[places], strict=True)]


def patch_rows(items: int) -> list[dict]:
    """A row a way of explaining: how often the sticker comes first."""
    model = trained_fruit_net()
    planted = FRUIT_CLASSES.index(CLASS)
    plain, pictures, places, fruits = zip(*stuck(items), strict=True)
    hits = {way: [] for way in WAYS}
    chances = {way: [] for way in WAYS}
    started = time.perf_counter()
    for picture, where in zip(pictures, places, strict=True):
        for way, (method, settings) in WAYS.items():
            found = explain.explain(model, picture, method, planted, **settings)
            if found.lime is not None:
                pixels = np.bincount(found.lime.segments[where], minlength=found.lime.segments.max() + 1)
                hits[way].append(int(found.lime.coefficients[planted].argmax()) == int(pixels.argmax()))
                chances[way].append(1 / len(pixels))
            else:
                hits[way].append(bool(where.ravel()[found.heat.argmax()]))
                chances[way].append(float(where.mean()))
    shared = {"seconds": round(time.perf_counter() - started, 1)}
    for name, asked in (("called", pictures), ("called_without", plain)):
        answers = model.predict_on_batch(np.stack(asked).astype("float32")).argmax(axis=1)
        shared[name] = round(float((answers == planted).mean()), 4)
    return [row("patch", way, hits[way], float(np.mean(chances[way])), fruits) | shared for way in WAYS]


def insert(text: str, random: np.random.Generator) -> str:
    """The text with the planted word before one of its words."""
    pieces = text.split(" ")
    at = int(random.integers(0, min(len(pieces), LENGTH // 2) + 1))
    return " ".join([*pieces[:at], WORD, *pieces[at:]])


def text_net(size: int):
    """A text CNN from LENGTH word numbers to one probability."""
    from keras import Input, Sequential, layers

    stack = [
        Input((LENGTH,), dtype="int32"),
        layers.Embedding(size, 32),
        layers.Conv1D(48, 3, activation="relu"),
    ]
    return Sequential(
        [*stack, layers.GlobalMaxPooling1D(), layers.Dropout(0.3), layers.Dense(1, activation="sigmoid")]
    )


def worded(items: int) -> tuple[Callable[[list[str]], Array], list[str], list[str]]:
    """A text net that learned with the planted word; test reviews as they are, and with the word put in."""
    import keras

    keras.utils.set_random_seed(SEED)
    random = np.random.default_rng(SEED)
    reviews = load_reviews("controlled")
    table = reviews.part("Training", TEXTS, seed=SEED)
    labels = table["label"].to_numpy()
    texts = [
        insert(text, random) if label == 1 else text
        for text, label in zip(table["text"], labels, strict=True)
    ]
    plain = reviews.part("Test", items, seed=SEED)["text"].tolist()
    return text_predict(texts, labels), plain, [insert(text, random) for text in plain]


def text_predict(texts: Sequence[str], labels: Array) -> Callable[[list[str]], Array]:
    """The answers of a text net that is trained on these: a function from N texts to probabilities (N, 1)."""
    import keras

    vocabulary = Vocabulary.fit(texts, size=4000, least=2)
    model = text_net(len(vocabulary))
    model.compile(keras.optimizers.Adam(2e-3), "binary_crossentropy")
    model.fit(vocabulary.encode_all(texts, LENGTH), labels, epochs=EPOCHS, batch_size=64, verbose=0)
    return lambda asked: model.predict_on_batch(vocabulary.encode_all(asked, LENGTH))


def word_rows(items: int) -> list[dict]:
    """One row: how often the planted word comes first."""
    predict, plain, changed = worded(items)
    hits, chances, called, started = [], [], [], time.perf_counter()
    for text in changed:
        found = explain.explain_text(predict, text, labels=[1], num_samples=SAMPLES, seed=SEED)
        first = max(found.as_list(1), key=lambda pair: pair[1], default=("", 0))
        hits.append(first[0] == WORD)
        chances.append(1 / len(set(words(found.text))))
        called.append(found.prediction[1] > 0.5)
    seconds = time.perf_counter() - started
    without = np.concatenate([predict([text]).ravel() for text in plain]) > 0.5
    shared = {"called": round(float(np.mean(called)), 4), "called_without": round(float(without.mean()), 4)}
    return [row("word", "lime", hits, float(np.mean(chances))) | shared | {"seconds": round(seconds, 1)}]


def row(cue: str, method: str, hits: list[bool], chance: float, fruits: Sequence[str] = ()) -> dict:
    """How often the cue came first, with its interval and the chance level. fruits: which one each picture shows."""
    low, high = cluster_interval(hits, fruits) if fruits else wilson_interval(float(np.mean(hits)), len(hits))
    share = {"share": round(float(np.mean(hits)), 4), "low": round(low, 4), "high": round(high, 4)}
    found = {"cue": cue, "method": method, "items": len(hits), "first": int(np.sum(hits)), **share}
    return found | {"chance": round(chance, 4)}


def digest() -> str:
    """sha256 over this script, the explaining modules, the bundled pictures and the controlled reviews."""
    state = hashlib.sha256(fruit_realism.data_digest("studio").encode())
    for file in (Path(__file__), *sorted(Path(explain.__file__).parent.glob("*.py"))):
        state.update(records.code_of(file).encode())
    for name in ("train.csv", "test.csv"):
        state.update((config.repository_root() / "data" / "reviews" / "controlled" / name).read_bytes())
    return state.hexdigest()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--items",
        type=int,
        default=ITEMS,
        help=f"held-out items of each kind (default {ITEMS}; up to {TRIED}: those that the settings were settled with)",
    )
    parser.add_argument(
        "--record", action="store_true", help=f"keep the table as {NAME}; needs {ITEMS} items"
    )
    options = parser.parse_args()
    if options.record and options.items < ITEMS:
        parser.error(f"--record needs {ITEMS} items")
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    table = patch_rows(options.items) + word_rows(options.items)
    for one in table:
        log.info("%s", one)
    if options.record:
        packages = ("keras", "tensorflow", "numpy", "lime", "scikit-image", "scikit-learn")
        log.info("kept in %s", records.write(NAME, TITLE, NOTE, table, digest(), packages, seed=SEED))


if __name__ == "__main__":
    main()
