"""The small nets that the course serves: fruit, review, digit and characters, each trained within a minute and then kept.

They are the nets of notebooks 05, 06, 00 and 12 in a size for a small service or a page. `tags` is the tagger of 13 and
`detector` the detector of 10; both come with the course. `NETS` names them; `trained` gives one with all that its export
needs, and `saved` does so for a net that a learner saved in notebook 12.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from course_utils.datasets import (
    FRUIT_CLASSES,
    load_fruits,
    load_names,
    load_reviews,
    load_tables,
    load_topics,
)
from course_utils.datasets.names import LANGUAGES, NESTED
from course_utils.further.detection import decode, load_detector, mean_average_precision, numbered
from course_utils.further.detection.centres import boxes_from
from course_utils.further.detection.scoring import SIDES
from course_utils.further.serving.contract import ServingError
from course_utils.further.serving.exporting import Comparison, answers, compare, export
from course_utils.further.serving.runtime import ServedNet
from course_utils.further.tagging import entity_score, pair_scores_of, tags_of
from course_utils.text import (
    ALPHABET,
    SPECIAL_WORDS,
    CharacterClassifier,
    Vocabulary,
    character_ids,
    crepe,
    misspell,
)
from course_utils.training import load_or_train

if TYPE_CHECKING:
    import keras

    from course_utils.datasets import TaggedSentence
    from course_utils.further.tagging import Tagger

PICTURE_SIZE = 32
WORDS = 4_000
LONGEST = 120
MOST_CHARACTERS = 300  # that the character net reads, as in notebook 12's size class
SCENE_SIZE = 128  # pixels of the scenes that the detector learned from
THRESHOLD = 0.3


@dataclass(frozen=True)
class Trained:
    """A trained net, what its export needs, inputs (N, ...) of its training, and a test part.

    `y_test` has the true labels for each output; `x_train` is what a calibration for 8 bits needs.
    """

    model: keras.Model
    labels: dict[str, list[str]]
    preprocessing: dict
    x_train: np.ndarray
    x_test: np.ndarray
    y_test: dict[str, np.ndarray]
    score = "Test accuracy"

    def export(self, folder: Path | str, name: str) -> Path:
        """Export it, compared with Keras on 200 test inputs."""
        return export(
            self.model,
            folder,
            name=name,
            labels=self.labels,
            preprocessing=self.preprocessing,
            check=self.x_test[:200],
        )

    def calibration(self, count: int = 128) -> np.ndarray:
        """Some inputs of the training part, spread over all of it."""
        return self.x_train[:: max(1, len(self.x_train) // count)][:count]

    def compare(self, net: ServedNet) -> Comparison:
        """The differences between Keras and the exported net on 200 test inputs."""
        return compare(self.model, net, self.x_test[:200])

    def accuracy(self, net: ServedNet) -> dict[str, float]:
        """The share of right answers of an exported net on the test part, for each output."""
        outputs = dict(zip(net.outputs, net.predict(self.x_test), strict=True))
        return {name: float((answers(outputs[name]) == truth).mean()) for name, truth in self.y_test.items()}


@dataclass(frozen=True)
class TrainedCharacters(Trained):
    """A net that reads characters; `misspelt` is the test part with a slip in each long word."""

    misspelt: np.ndarray

    def accuracy(self, net: ServedNet) -> dict[str, float]:
        """The share of right answers on the test part, as it is and misspelt; nothing for a net with other classes."""
        found = super().accuracy(net)
        for truth in self.y_test.values():
            (shares,) = net.predict(self.misspelt)
            found = found | {"misspelt": float((answers(shares) == truth).mean())}
        return found


@dataclass(frozen=True)
class TrainedTagger:
    """A tagger with a CRF, and what its export needs: the net up to the scores of each tag, and the CRF's own scores.

    The best path is found by whoever asks, with `tagging.tags_of`: in NumPy, so that the file holds a plain net.
    """

    tagger: Tagger
    score = "Entity F1"

    @property
    def model(self) -> keras.Model:
        """The tagger up to its scores (B, T, K)."""
        import keras

        whole = self.tagger.model
        inputs = {tensor.name: tensor for tensor in whole.inputs}
        return keras.Model(inputs, whole.get_layer("tag_scores").output, name="tagger_scores")

    @property
    def preprocessing(self) -> dict:
        """What the encoder knows, and the CRF's scores: of each tag after each tag, and of each at the beginning."""
        import keras

        encoder, crf = self.tagger.encoder, self.tagger.model.get_layer("crf")
        scores = {
            name: keras.ops.convert_to_numpy(getattr(crf, name)).tolist() for name in ("moves", "start")
        }
        return {
            "kind": "tokens",
            "length": encoder.length,
            "words": list(encoder.words),
            "characters": list(encoder.characters),
            "lists": encoder.lists.entries if encoder.lists else None,
            **scores,
        }

    def sentences(self, language: str) -> list[TaggedSentence]:
        """The bundled test sentences of a language."""
        return load_names(language).test

    def inputs(self) -> dict[str, np.ndarray]:
        """200 test sentences of all languages, as the net reads them."""
        every = [one for language in LANGUAGES for one in self.sentences(language)]
        return self.tagger.encoder.inputs(every[:: max(1, len(every) // 200)][:200])

    def export(self, folder: Path | str, name: str) -> Path:
        """Export it, compared with Keras on 200 test sentences."""
        labels = {"scores": list(self.tagger.encoder.tags)}
        how = {"labels": labels, "preprocessing": self.preprocessing, "check": self.inputs()}
        return export(self.model, folder, name=name, **how)

    def compare(self, net: ServedNet) -> Comparison:
        """The differences between Keras and the exported net on 200 test sentences."""
        return compare(self.model, net, self.inputs())

    def calibration(self) -> np.ndarray:
        """Raises ServingError: only nets with one input are written with 8 bits."""
        raise ServingError("The tagger has several inputs, and only nets with one are written with 8 bits")

    def accuracy(self, net: ServedNet) -> dict[str, float]:
        """The exported net's entity F1 on the test sentences of each language."""
        crf, encoder = net.contract.preprocessing, self.tagger.encoder
        moves, start = (np.asarray(crf[part], np.float32) for part in ("moves", "start"))
        found = {}
        for language in LANGUAGES:
            test = self.sentences(language)
            (scores,) = net.predict(encoder.inputs(test))
            paths = [
                tags_of(pair_scores_of(one, moves, start), len(sentence.tokens), encoder.tags)
                for one, sentence in zip(scores, test, strict=True)
            ]
            outer = [[tag.partition(NESTED)[0] for tag in path] for path in paths]
            found[language] = entity_score([one.tags for one in test], outer).f1
        return found


@dataclass(frozen=True)
class TrainedDetector:
    """The detector of fruit on tables, and what its export needs.

    The file holds the net up to its answers on the grid; boxes are made of them by whoever asks, with `boxes_from`: in NumPy.
    """

    model: keras.Model
    score = "Mean average precision on test scenes"

    @property
    def labels(self) -> dict[str, list[str]]:
        """The kinds of the heat maps, and the sides that the other four numbers of a cell are distances to."""
        return {"centres": list(self.model.kinds), "boxes": list(SIDES)}

    @property
    def preprocessing(self) -> dict:
        """Pixels of the longer side, as in training, and the least score of a box."""
        return {"kind": "scene", "size": SCENE_SIZE, "threshold": THRESHOLD}

    @property
    def x_test(self) -> np.ndarray:
        """200 test scenes (200, 128, 128, 3)."""
        return self.scenes("Test", 200)

    def scenes(self, split: str, count: int) -> np.ndarray:
        """Some scenes of a split (count, 128, 128, 3), spread over all of it."""
        tables = load_tables()
        paths = list(tables.scenes(split)["path"])
        return tables.read(paths[:: max(1, len(paths) // count)][:count]).astype(np.float32)

    def export(self, folder: Path | str, name: str) -> Path:
        """Export it, compared with Keras on 200 test scenes."""
        how = {"labels": self.labels, "preprocessing": self.preprocessing, "check": self.x_test}
        return export(self.model, folder, name=name, **how)

    def compare(self, net: ServedNet) -> Comparison:
        """The differences between Keras and the exported net on 200 test scenes; the same answer is the same boxes."""
        scenes = self.x_test
        ours, theirs = net.predict(scenes), [np.asarray(one) for one in self.model.predict_on_batch(scenes)]
        largest = max(float(np.abs(a - b).max()) for a, b in zip(ours, theirs, strict=True))
        same = [
            _same_boxes(boxes_from(*first, THRESHOLD), boxes_from(*second, THRESHOLD))
            for first, second in zip(zip(*ours, strict=True), zip(*theirs, strict=True), strict=True)
        ]
        return Comparison(len(scenes), largest, float(np.mean(same)))

    def calibration(self, count: int = 128) -> np.ndarray:
        """Some scenes of the training part."""
        return self.scenes("Training", count)

    def accuracy(self, net: ServedNet) -> dict[str, float]:
        """The exported net's mean average precision at an IoU of 0.5 on all test scenes."""
        import pandas as pd

        tables = load_tables()
        paths = list(tables.scenes("Test")["path"])
        scenes, found = tables.read(paths).astype(np.float32), []
        for start in range(0, len(scenes), 32):
            for answer in zip(*net.predict(scenes[start : start + 32]), strict=True):
                found.append(decode(*answer, self.model.kinds, 0.05).assign(picture=len(found)))
        truth = numbered(tables.fruits("Test"), paths)
        return {"mAP50": mean_average_precision(truth, pd.concat(found, ignore_index=True), (0.5,))}


def _same_boxes(first: tuple, second: tuple) -> bool:
    """Whether two answers of `boxes_from` have the same kinds at the same places, to half a pixel."""
    (boxes, _, kinds), (others, _, other_kinds) = first, second
    return len(boxes) == len(others) and bool((kinds == other_kinds).all() and (np.abs(boxes - others) < 0.5).all())  # fmt: skip


def trained(name: str, seed: int = 2018) -> Trained | TrainedTagger | TrainedDetector:
    """A net by its name, trained now or kept from before. Raises ServingError for a name that isn't in NETS."""
    if name not in NETS:
        raise ServingError(
            f"No net called {name!r}. There are {', '.join(NETS)}. Type: course export {next(iter(NETS))}"
        )
    return NETS[name](seed)


def build_fruit_cnn() -> keras.Model:
    """The CNN of notebook 05 from bytes (32, 32, 3) to 16 probabilities, compiled."""
    import keras
    from keras import layers

    augmentation = keras.Sequential(
        [
            layers.RandomFlip("horizontal_and_vertical"),
            layers.RandomTranslation(0.1, 0.1, fill_mode="constant", fill_value=255.0),
        ],
        name="augmentation",
    )
    inputs = keras.Input((PICTURE_SIZE, PICTURE_SIZE, 3), name="picture")
    x = layers.Rescaling(1 / 255)(augmentation(inputs))
    for number, channels in enumerate((32, 64, 128)):
        if number:
            x = layers.MaxPooling2D(2)(x)
        x = layers.Conv2D(channels, 3, padding="same", use_bias=False)(x)
        x = layers.BatchNormalization(momentum=0.9)(x)
        x = layers.ReLU()(x)
    x = layers.Dropout(0.3)(layers.GlobalAveragePooling2D()(x))
    outputs = layers.Dense(16, activation="softmax", name="fruit")(x)
    model = keras.Model(inputs, outputs, name="fruit_cnn")
    model.compile(keras.optimizers.Adam(0.002), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def fruit(seed: int = 2018, epochs: int = 16) -> Trained:
    """The fruit net, trained on *studio*."""
    import keras

    studio = load_fruits("studio")
    x, y = studio.images("Training", PICTURE_SIZE)
    x_test, y_test = studio.images("Test", PICTURE_SIZE)

    def train() -> tuple:
        keras.utils.set_random_seed(seed)
        model = build_fruit_cnn()
        return model, model.fit(x, y, batch_size=64, epochs=epochs, verbose=0)

    model, _ = load_or_train(
        "serve-fruit", train, {"data": "studio", "seed": seed, "epochs": epochs, "form": 1}
    )
    return Trained(
        model,
        {"fruit": list(FRUIT_CLASSES)},
        {"kind": "picture", "size": PICTURE_SIZE},
        x,
        x_test.astype(np.float32),
        {"fruit": y_test},
    )


def build_review_cnn(words: int, length: int, categories: int) -> keras.Model:
    """A CNN that reads word numbers (length,) and says the category and the sentiment, compiled."""
    import keras
    from keras import layers

    inputs = keras.Input((length,), dtype="int32", name="words")
    x = layers.Embedding(words, 16, name="embedding")(inputs)
    x = layers.Conv1D(48, 3, activation="relu", padding="same", name="windows")(x)
    x = layers.Dropout(0.5)(layers.GlobalMaxPooling1D(name="best")(x))
    category = layers.Dense(categories, activation="softmax", name="category")(x)
    sentiment = layers.Dense(1, activation="sigmoid", name="sentiment")(x)
    model = keras.Model(inputs, [category, sentiment], name="review_cnn")
    losses = ["sparse_categorical_crossentropy", "binary_crossentropy"]
    model.compile(keras.optimizers.Adam(0.004), losses, metrics=[["accuracy"], ["accuracy"]])
    return model


def review(seed: int = 2018, epochs: int = 14) -> Trained:
    """The review net, trained on the bundled reviews."""
    import keras

    reviews = load_reviews("bundled")
    training, test = reviews.table("Training"), reviews.table("Test")
    vocabulary = Vocabulary.fit(training["text"], size=WORDS)
    categories = sorted(training["category"].unique())

    def encoded(table) -> tuple[np.ndarray, dict[str, np.ndarray]]:  # noqa: ANN001
        labels = table["category"].map(categories.index).to_numpy(), table["label"].to_numpy()
        words = vocabulary.encode_all(table["text"], LONGEST, cut="front")
        return words, dict(zip(("category", "sentiment"), labels, strict=True))

    x, y = encoded(training)

    def train() -> tuple:
        keras.utils.set_random_seed(seed)
        model = build_review_cnn(len(vocabulary), LONGEST, len(categories))
        return model, model.fit(x, list(y.values()), batch_size=64, epochs=epochs, verbose=0)

    model, _ = load_or_train(
        "serve-review", train, {"data": "bundled", "seed": seed, "epochs": epochs, "form": 1}
    )
    preprocessing = {
        "kind": "text",
        "length": LONGEST,
        "pad": "back",
        "cut": "front",
        "vocabulary": vocabulary.words,
    }
    x_test, y_test = encoded(test)
    labels = {"category": categories, "sentiment": ["positive"]}
    return Trained(model, labels, preprocessing, x, x_test, y_test)


def build_digit_cnn() -> keras.Model:
    """The net of notebook 00 from digits (8, 8, 1), values 0-1, to ten probabilities, compiled."""
    import keras
    from keras import layers

    model = keras.Sequential(
        [
            keras.Input((8, 8, 1), name="digit"),
            layers.Conv2D(16, 3, padding="same", activation="relu", name="convolution_1"),
            layers.MaxPooling2D(2, name="pooling"),
            layers.Conv2D(32, 3, padding="same", activation="relu", name="convolution_2"),
            layers.Flatten(name="flatten"),
            layers.Dense(10, activation="softmax", name="answer"),
        ],
        name="digit_cnn",
    )
    model.compile(keras.optimizers.Adam(0.003), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def digit(seed: int = 2018, epochs: int = 20) -> Trained:
    """The digit net, trained on scikit-learn's digits, each also moved by a pixel to each side."""
    import keras
    from sklearn.datasets import load_digits

    found = load_digits()
    pictures = (found.images / 16).astype(np.float32)[..., None]

    def train() -> tuple:
        x, y = pictures[:1200], found.target[:1200]
        moves = [(0, 0), (1, 0), (-1, 0), (0, 1), (0, -1)]
        x, y = np.concatenate([_moved(x, *move) for move in moves]), np.tile(y, len(moves))
        keras.utils.set_random_seed(seed)
        model = build_digit_cnn()
        return model, model.fit(x, y, batch_size=32, epochs=epochs, verbose=0)

    model, _ = load_or_train("serve-digit", train, {"seed": seed, "epochs": epochs, "form": 1})
    labels = {"digit": list("0123456789")}
    test = pictures[1200:], {"digit": found.target[1200:]}
    return Trained(model, labels, {"kind": "numbers"}, pictures[:1200], *test)


def _moved(pictures: np.ndarray, down: int, right: int) -> np.ndarray:
    """Pictures (N, 8, 8, 1) moved by some pixels; what comes in is empty."""
    wide = np.pad(pictures, ((0, 0), (1, 1), (1, 1), (0, 0)))
    return wide[:, 1 - down : 9 - down, 1 - right : 9 - right]


def characters(seed: int = 2018, epochs: int = 13) -> TrainedCharacters:
    """The character net of notebook 12, trained on the bundled reviews of a market and parts of them: which desk is it for?"""
    import keras
    import pandas as pd

    topics = load_topics("bundled")
    training = topics.part("Training", None, seed)

    def train() -> tuple:
        random, y = np.random.default_rng(seed), training["label"].to_numpy()
        keras.utils.set_random_seed(seed)
        model = crepe(len(topics.label_names), 32, 64, MOST_CHARACTERS, momentum=0.9)
        rate = keras.optimizers.schedules.CosineDecay(0.003, epochs * -(-len(y) // 16))  # calm at the end
        model.compile(keras.optimizers.Adam(rate), "sparse_categorical_crossentropy", metrics=["accuracy"])
        told = []
        for _ in range(epochs):
            x = character_ids([_some_sentences(text, random) for text in training["text"]], MOST_CHARACTERS)
            told.append(
                {name: one for name, (one,) in model.fit(x, y, batch_size=16, verbose=0).history.items()}
            )
        return model, pd.DataFrame(told)

    model, _ = load_or_train(
        "serve-characters", train, {"data": "bundled", "seed": seed, "epochs": epochs, "form": 1}
    )
    known = Vocabulary.fit(training["text"], size=WORDS).words[len(SPECIAL_WORDS) :]
    return _of_classifier(CharacterClassifier(model, topics.label_names), {"words": sorted(known)}, seed)


def _some_sentences(text: str, random: np.random.Generator) -> str:
    """In half of the cases the whole text, else some sentences in a row: as somebody types, there is only a part yet."""
    if random.random() < 0.5:
        return text
    sentences = re.split(r"(?<=[.!?]) ", text)
    first, last = np.sort(random.integers(0, len(sentences), 2))
    return " ".join(sentences[first : last + 1])


def saved(name: str, folder: Path | str) -> TrainedCharacters:
    """A net that a learner saved, such as the folder of notebook 12's cell `save`.

    Raises ServingError for another net than `characters`, and for a folder without one that this course reads.
    """
    if name != "characters":
        raise ServingError(
            f"--from takes a folder that notebook 12 saved, and {name} has none. Type: course export characters --from FOLDER"
        )
    try:
        return _of_classifier(CharacterClassifier.load(folder))
    except (FileNotFoundError, ValueError) as error:
        raise ServingError(str(error)) from None


def _of_classifier(
    classifier: CharacterClassifier, more: dict | None = None, seed: int = 2018
) -> TrainedCharacters:
    """A classifier with all that its export needs; it is compared and scored on the bundled texts."""
    topics, length = load_topics("bundled"), classifier.frames
    training, test = (topics.part(split, None, seed) for split in ("Training", "Test"))
    random = np.random.default_rng(seed)
    slips = [misspell(text, random) for text in test["text"]]
    same_classes = classifier.label_names == list(topics.label_names)
    how = {"kind": "characters", "alphabet": ALPHABET, "length": length, "backwards": True}
    return TrainedCharacters(
        classifier.model,
        {"category": classifier.label_names},
        how | (more or {}),
        character_ids(training["text"], length),
        character_ids(test["text"], length),
        {"category": test["label"].to_numpy()} if same_classes else {},
        character_ids(slips, length),
    )


def tags(seed: int = 2018) -> TrainedTagger:  # noqa: ARG001 - it is not trained here
    """The course's tagger of names in Vietnamese, English and German texts."""
    from course_utils.further.tagging import load_tagger

    return TrainedTagger(load_tagger())


def detector(seed: int = 2018) -> TrainedDetector:  # noqa: ARG001 - it is not trained here
    """The course's detector of eight kinds of fruit on tables."""
    return TrainedDetector(load_detector("fruit"))


NETS: dict[str, Callable[[int], Trained | TrainedTagger | TrainedDetector]] = {
    "fruit": fruit,
    "review": review,
    "digit": digit,
    "characters": characters,
    "tags": tags,
    "detector": detector,
}
SERVED = ("fruit", "review", "tags", "detector")
COME_WITH_THE_COURSE = ("tags", "detector")
