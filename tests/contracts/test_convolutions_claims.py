"""What notebook 00 says in words and numbers holds in its arithmetic and in its kept runs."""

from __future__ import annotations

import json

import numpy as np
import pytest
from claims_support import Told

from course_utils.checks.expected import expected
from course_utils.foundation import config

NAME = "00-convolutions"
told = Told(NAME)
cells, said = told.cells, told.said


@pytest.fixture(scope="module")
def made() -> dict:
    """What the notebook's own cell defines: `convolve`."""
    names: dict = {"np": np}
    exec(cells()["convolve"], names)
    return names


def output_size(size: int, kernel: int, stride: int = 1, padding: int = 0, dilation: int = 1) -> int:
    return (size + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1


def test_the_first_windows_are_worked_out_rightly(made) -> None:
    small = [[2, 2, 1], [3, 1, -1], [4, 3, 2]]
    assert made["convolve"](small, [[1, -1], [-1, 0]], bias=2).shape == (2, 2)
    said("first-example-saw", "The 2×2 window fits in four places")
    said("edge-saw", "(3 + 1 + 2) − (1 + 7 + 5) = −7")
    assert (3 + 1 + 2) - (1 + 7 + 5) == -7
    said("edge-saw", "a picture of 6×6 gives a map of 4×4")
    assert output_size(6, 3) == 4
    said("slide-kernel-saw", "One set of nine weights serves all sixteen places")
    said("slide-kernel-saw", "depends on nine pixels and not on all 36")


def test_the_corner_under_a_rim_of_zeros_covers_four_pixels(made) -> None:
    said(
        "padding-saw",
        "whose value is 5, covers only four pixels of the picture, and its other five are zeros",
    )
    picture = [[3, 1, 1], [1, 0, 7], [2, 3, 5]]
    assert made["convolve"](np.pad(picture, 1), np.ones((3, 3)), stride=2)[0, 0] == 3 + 1 + 1 + 0 == 5


def test_dilated_kernels_cover_what_exercise_2_says() -> None:
    said("exercise-2", "with dilation 2 a kernel of 3 covers 5 pixels, with dilation 3 it covers 7")
    assert [dilation * (3 - 1) + 1 for dilation in (2, 3)] == [5, 7]


def test_the_quiz_on_sizes_counts_rightly() -> None:
    said("quiz-sizes", "(28 − 5) + 1 = 24 places")
    assert output_size(28, 5) == 24
    said("quiz-sizes", "a) 4,640 · b) 288 · c) 4,608")
    assert [(3 * 3 * 16 + 1) * 32, 3 * 3 * 32, 3 * 3 * 16 * 32] == [4_640, 288, 4_608]


def test_receptive_fields_are_those_of_the_text() -> None:
    said("field-saw", "Each 3×3 layer adds one pixel on every side: 3, 5, 7.")
    said("field-saw", "3 + 1 + 4 = 8")
    field, jump = 1, 1
    for kernel, stride in [(3, 1), (2, 2), (3, 1)]:
        field, jump = field + (kernel - 1) * jump, jump * stride
    assert field == 8
    said("quiz-learning", "They see 3 + 2 = 5 pixels, with 2·9 = 18 weights instead of 25")


def test_the_digits_are_as_many_as_the_text_says() -> None:
    from sklearn.datasets import load_digits

    digits = load_digits()
    said("digits-say", f"{len(digits.images):,} handwritten digits of 8×8 pixels")
    said("digits-say", "We train on the first 1,200")
    said("draw-saw", "their 512 values")
    assert 4 * 4 * 32 == 512
    said("digits-chance", "the **chance level is 0.1**")
    assert np.bincount(digits.target[1200:]).max() / len(digits.target[1200:]) < 0.12


def test_shuffled_digits_make_an_easier_test() -> None:
    from sklearn.datasets import load_digits
    from sklearn.neighbors import KNeighborsClassifier

    said("digits-say", "If we shuffled it, training and test would hold digits in the same handwriting")
    digits = load_digits()
    x = digits.data

    def score(order: np.ndarray) -> float:
        model = KNeighborsClassifier(1).fit(x[order[:1200]], digits.target[order[:1200]])
        return model.score(x[order[1200:]], digits.target[order[1200:]])

    as_filed = score(np.arange(len(x)))
    assert min(score(np.random.default_rng(seed).permutation(len(x))) for seed in range(3)) > as_filed + 0.01


# --------------------------------------------------------------------------------------- in the kept runs


@pytest.mark.parametrize("profile", ["smoke", "class"])
def test_the_shift_costs_much_turning_nearly_all_and_the_negative_more(profile: str) -> None:
    runs = expected(NAME, profile, "bundled")
    said("moved-saw", "the shift costs the net a large part of its accuracy")
    assert runs["test_accuracy"]["mean"] - runs["moved_accuracy"]["mean"] > 0.2
    said("moved-saw", "It reads turned digits hardly better than by guessing")
    assert 0.1 < runs["turned_accuracy"]["mean"] < 0.2
    said("moved-saw", "it does *worse* than guessing: it gets practically all of them wrong")
    assert runs["negative_accuracy"]["high"] < 0.02
    said("moved-remedy-saw", "The moved digits can be read after all")
    assert runs["moved_accuracy_after_moving"]["mean"] - runs["moved_accuracy"]["mean"] > 0.2


def test_both_nets_are_far_above_chance() -> None:
    said("kept-say", "Both are far above chance")
    runs = expected(NAME, "class", "bundled")
    assert min(runs["dense_accuracy"]["low"], runs["test_accuracy"]["low"]) > 0.8


def test_it_leads_to_the_section_in_which_a_dense_net_of_the_same_size_loses() -> None:
    said("test-saw", "on pictures of fruit, a dense net of the same size loses with every seed")
    said("test-saw", "Section 5 of notebook [05](05-fruit-cnn.ipynb)")
    assert "## 5 · Why convolve?" in Told("05-fruit-cnn").cells()["why-say"]
    path = config.repository_root() / "benchmarks" / "bands" / "05-fruit-cnn.json"
    runs = [run["results"] for run in json.loads(path.read_text(encoding="utf-8"))["runs"]]
    both = [run for run in runs if "dense_validation_accuracy" in run]
    assert len(both) >= 5
    for run in both:
        assert run["first_validation_accuracy"]["value"] > run["dense_validation_accuracy"]["value"]
