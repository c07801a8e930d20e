"""Small nets for the tests of serving, made without Keras: random weights, real contracts."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from course_utils.further.serving.contract import KEY, Contract
from course_utils.further.serving.steps import Plan, Step
from course_utils.further.tagging import Encoder, NameLists

FRUITS = ["Apple", "Banana", "Kiwi"]
CATEGORIES = ["film", "meal"]
THINGS = ["Lemon", "Plum"]
VOCABULARY = ["", "[UNK]", "good", "bad", "the", "film", "soup", "was", "not", "very"]

TAGS = ("O", "B-DATE", "I-DATE", "B-TIME", "B-PERSON", "B-ORG", "I-ORG|B-PROVINCE", "B-PROVINCE")
LISTS = {"towns": ["Huế", "Hà Nội"]}
ENCODER = Encoder(
    ("an", "in", "hôm", "nay", "tomorrow", "."), tuple("abcdehimnoôrtwày"), TAGS, 6, NameLists(LISTS)
)


def fruit_plan(seed: int = 0) -> Plan:
    """A picture (16, 16, 3) of bytes to three probabilities."""
    random = np.random.default_rng(seed)

    def numbers(*shape: int) -> np.ndarray:
        return random.normal(0, 0.3, shape).astype(np.float32)

    scale = {"factor": np.float32([1 / 255]), "summand": np.float32([0])}
    same = {"strides": [1, 1], "dilation": [1, 1], "padding": "same"}
    pool = {"size": [2, 2], "strides": [2, 2], "padding": "valid"}
    steps = (
        Step("scale", "rescaling", ("input",), "rescaling", (None, 16, 16, 3), {}, scale),
        Step(
            "conv2d",
            "c",
            ("rescaling",),
            "c",
            (None, 16, 16, 4),
            same,
            {"kernel": numbers(3, 3, 3, 4), "bias": numbers(4)},
        ),
        Step("relu", "c", ("c",), "c/relu", (None, 16, 16, 4)),
        Step("maxpool2d", "p", ("c/relu",), "p", (None, 8, 8, 4), pool),
        Step("globalavg2d", "g", ("p",), "g", (None, 4)),
        Step("dense", "d", ("g",), "d", (None, 3), {}, {"kernel": numbers(4, 3) * 9, "bias": numbers(3)}),
        Step("softmax", "d", ("d",), "d/softmax", (None, 3)),
    )
    return Plan((("input", (None, 16, 16, 3), "float32"),), steps, (("d/softmax", (None, 3)),))


def detector_plan(seed: int = 0) -> Plan:
    """A picture of any size to two heat maps and the four distances, on a grid of 4 x 4 pixels."""
    random = np.random.default_rng(seed)

    def convolution(name: str, before: str, side: int, strides: int, *channels: int) -> Step:
        how = {"strides": [strides, strides], "dilation": [1, 1], "padding": "same"}
        kernel = random.normal(0, 0.6, (side, side, *channels)).astype(np.float32)
        weights = {"kernel": kernel, "bias": random.normal(0, 0.6, channels[-1]).astype(np.float32)}
        return Step("conv2d", name, (before,), name, (None, None, None, channels[-1]), how, weights)

    scale = {"factor": np.float32([1 / 255]), "summand": np.float32([-0.5])}
    steps = (
        Step("scale", "rescaling", ("input",), "rescaling", (None, None, None, 3), {}, scale),
        convolution("a", "rescaling", 3, 2, 3, 6),
        Step("relu", "a", ("a",), "a/relu", (None, None, None, 6)),
        convolution("b", "a/relu", 3, 2, 6, 6),
        convolution("c", "b", 1, 1, 6, len(THINGS)),
        convolution("d", "b", 1, 1, 6, 4),
    )
    outputs = ("c", (None, None, None, len(THINGS))), ("d", (None, None, None, 4))
    return Plan((("input", (None, None, None, 3), "float32"),), steps, outputs)


def review_plan(seed: int = 0, length: int = 12) -> Plan:
    """Word numbers (length,) to two categories and one probability."""
    random = np.random.default_rng(seed)

    def numbers(*shape: int) -> np.ndarray:
        return random.normal(0, 1, shape).astype(np.float32)

    same = {"strides": [1], "dilation": [1], "padding": "same"}
    steps = (
        Step(
            "embedding", "e", ("input",), "e", (None, length, 4), {}, {"table": numbers(len(VOCABULARY), 4)}
        ),
        Step(
            "conv1d",
            "c",
            ("e",),
            "c",
            (None, length, 6),
            same,
            {"kernel": numbers(3, 4, 6), "bias": numbers(6)},
        ),
        Step("relu", "c", ("c",), "c/relu", (None, length, 6)),
        Step("globalmax1d", "g", ("c/relu",), "g", (None, 6)),
        Step("dense", "k", ("g",), "k", (None, 2), {}, {"kernel": numbers(6, 2), "bias": numbers(2)}),
        Step("softmax", "k", ("k",), "k/softmax", (None, 2)),
        Step("dense", "s", ("g",), "s", (None, 1), {}, {"kernel": numbers(6, 1), "bias": numbers(1)}),
        Step("sigmoid", "s", ("s",), "s/sigmoid", (None, 1)),
    )
    return Plan(
        (("input", (None, length), "int32"),), steps, (("k/softmax", (None, 2)), ("s/sigmoid", (None, 1)))
    )


def tags_plan(seed: int = 0, units: int = 4) -> Plan:
    """Words, characters and flags of six tokens to a score per tag, as the tagger of notebook 13."""
    random = np.random.default_rng(seed)

    def numbers(*shape: int) -> np.ndarray:
        return random.normal(0, 1, shape).astype(np.float32)

    length, letters, flags = ENCODER.length, 14, len(ENCODER.flags)
    tables = {
        "words": numbers(len(ENCODER.words) + 2, 5),
        "characters": numbers(len(ENCODER.characters) + 2, 3),
    }
    cells = {}
    for direction in ("forward", "backward"):
        cells |= {
            f"{direction}_kernel": numbers(9 + flags, 4 * units),
            f"{direction}_recurrent": numbers(units, 4 * units),
            f"{direction}_bias": numbers(4 * units),
        }
    same = {"strides": [1, 1], "dilation": [1, 1], "padding": "same"}
    kernel = {"kernel": numbers(1, 3, 3, 4), "bias": numbers(4)}
    dense = {"kernel": 3 * numbers(2 * units, len(TAGS)), "bias": numbers(len(TAGS))}
    steps = (
        Step("embedding", "w", ("words",), "w", (None, length, 5), {}, {"table": tables["words"]}),
        Step("embedding", "s", ("characters",), "s", (None, length, letters, 3), {}, {"table": tables["characters"]}),
        Step("conv2d", "c", ("s",), "c", (None, length, letters, 4), same, kernel),
        Step("largest", "m", ("c",), "m", (None, length, 4), {"axis": 2}),
        Step("concat", "b", ("w", "m", "flags"), "b", (None, length, 9 + flags)),
        Step("not_equal", "t", ("words",), "t", (None, length), {"value": 0}),
        Step("bilstm", "l", ("b", "t"), "l", (None, length, 2 * units), {"units": units}, cells),
        Step("dense", "d", ("l",), "d", (None, length, len(TAGS)), {}, dense),
    )  # fmt: skip
    inputs = (
        ("words", (None, length), "int32"),
        ("characters", (None, length, letters), "int32"),
        ("flags", (None, length, flags), "float32"),
    )
    return Plan(inputs, steps, (("d", (None, length, len(TAGS))),))


def tokens_contract(seed: int = 0) -> Contract:
    """The contract of a tagger with random moves."""
    random, tags = np.random.default_rng(seed), len(TAGS)
    how = {
        "kind": "tokens", "length": ENCODER.length, "words": ENCODER.words, "characters": ENCODER.characters,
        "lists": LISTS, "moves": random.normal(0, 1, (tags, tags)).tolist(), "start": random.normal(0, 1, tags).tolist(),
    }  # fmt: skip
    return Contract("tags", "tags", {"scores": list(TAGS)}, how)


def written(folder: Path, plan: Plan, contract: Contract) -> Path:
    """A plan as a file with a contract."""
    from course_utils.further.serving.writing import to_onnx

    model = to_onnx(plan, tuple(contract.labels))
    entry = model.metadata_props.add()
    entry.key, entry.value = KEY, contract.text()
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{contract.name}.onnx"
    path.write_bytes(model.SerializeToString())
    return path


def nets(folder: Path) -> Path:
    """A folder with a fruit net, a review net, a tagger and a detector."""
    picture = {"kind": "picture", "size": 16}
    text = {"kind": "text", "length": 12, "pad": "back", "cut": "front", "vocabulary": VOCABULARY}
    written(folder, fruit_plan(), Contract("fruit", "fruit", {"fruit": FRUITS}, picture))
    labels = {"category": CATEGORIES, "sentiment": ["positive"]}
    written(folder, review_plan(), Contract("review", "review", labels, text))
    written(folder, tags_plan(), tokens_contract())
    labels = {"centres": THINGS, "boxes": ["left", "top", "right", "bottom"]}
    scene = {"kind": "scene", "size": 32, "threshold": 0.3}
    written(folder, detector_plan(), Contract("detector", "detector", labels, scene))
    return folder
