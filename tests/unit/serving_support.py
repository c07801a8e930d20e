"""Small nets for the tests of serving, made without Keras: random weights, real contracts."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from course_utils.further.serving.contract import KEY, Contract
from course_utils.further.serving.steps import Plan, Step

FRUITS = ["Apple", "Banana", "Kiwi"]
CATEGORIES = ["film", "meal"]
VOCABULARY = ["", "[UNK]", "good", "bad", "the", "film", "soup", "was", "not", "very"]


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
    """A folder with a fruit net and a review net."""
    picture = {"kind": "picture", "size": 16}
    text = {"kind": "text", "length": 12, "pad": "back", "cut": "front", "vocabulary": VOCABULARY}
    written(folder, fruit_plan(), Contract("fruit", "fruit", {"fruit": FRUITS}, picture))
    labels = {"category": CATEGORIES, "sentiment": ["positive"]}
    written(folder, review_plan(), Contract("review", "review", labels, text))
    return folder
