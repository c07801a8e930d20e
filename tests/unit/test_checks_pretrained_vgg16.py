"""Graders of notebook 02: stubs are told what is missing, typical mistakes are named, solutions pass."""

import numpy as np
import pytest

from course_utils import checks

NOTEBOOK = "02-pretrained-vgg16"
MEAN = np.array([103.939, 116.779, 123.68])


def grade(exercise, answer):
    return checks.grade(NOTEBOOK, exercise, answer)


def test_an_untouched_stub_is_not_yet():
    assert grade(1, lambda size: ...)
    assert grade(2, lambda pictures: ...)
    assert grade(3, lambda probabilities, names, k=3: ...)
    assert grade(4, lambda predict, picture, top, left, side, class_index: ...)


def test_the_first_dense_layer_is_counted_with_biases_and_whole_sides():
    assert grade(1, lambda size: ((size // 32) ** 2 * 512 + 1) * 4_096) is None
    assert "biases" in grade(1, lambda size: (size // 32) ** 2 * 512 * 4_096)[0]
    assert "odd pixel" in grade(1, lambda size: ((size / 32) ** 2 * 512 + 1) * 4_096)[0]
    assert "25,088 values" in grade(1, lambda size: (7 * 7 * 512 + 1) * 1_000)[0]


def test_a_right_preparation_is_the_one_of_keras():
    from keras.applications.vgg16 import preprocess_input

    assert grade(2, lambda pictures: pictures[..., ::-1] - MEAN) is None
    assert grade(2, lambda pictures: preprocess_input(pictures.astype("float32"))) is None


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (lambda p: p - MEAN[::-1], "still red, green, blue"),
        (lambda p: p - MEAN, "comes first"),
        (lambda p: p[..., ::-1] - MEAN[::-1], "wrong channels"),
        (lambda p: p[..., ::-1].astype("float32"), "mean is still in it"),
        (lambda p: (p[..., ::-1] - MEAN) / 255, "Divided by 255"),
        (lambda p: (p[..., ::-1] - MEAN).astype("int16"), "int16"),
        (lambda p: (p[..., ::-1] - MEAN).mean(axis=-1), "returns shape"),
        (lambda p: p[..., ::-1] - MEAN + 1, "differs from Keras"),
    ],
)
def test_each_wrong_preparation_is_named(wrong, said):
    assert said in grade(2, wrong)[0]


def test_changing_the_pictures_is_named():
    def careless(pictures):
        pictures[...] = pictures[..., ::-1].copy()
        return pictures - MEAN

    assert "work on a copy" in grade(2, careless)[0]


def best(probabilities, names, k, turn=-1, value=float):
    return [[(names[i], value(row[i])) for i in np.argsort(row)[::turn][:k]] for row in probabilities]


def test_the_best_k_come_best_first():
    assert grade(3, best) is None
    assert "expected [(" in grade(3, lambda p, n, k: best(p, n, k, turn=1))[0]
    assert "best belongs first" in grade(3, lambda p, n, k: [one[::-1] for one in best(p, n, k)])[0]
    assert "4 names, expected 3" in grade(3, lambda p, n, k: best(p, n, 4))[0]
    assert "1 entries for 2 pictures" in grade(3, lambda p, n, k: best(p[:1], n, k))[0]
    assert "probabilities are not" in grade(3, lambda p, n, k: best(p, n, k, value=lambda v: 100 * v))[0]


def fall(predict, picture, top, left, side, class_index):
    covered = picture.copy()
    covered[top : top + side, left : left + side] = 128
    before, after = predict(np.stack([picture, covered]))[:, class_index]
    return before - after


def test_the_fall_is_measured_on_a_covered_copy():
    assert grade(4, fall) is None
    assert "sign" in grade(4, lambda *arguments: -fall(*arguments))[0]


def test_typical_slips_at_covering_are_named():
    def on_the_original(predict, picture, top, left, side, class_index):
        before = predict(picture[None])[0, class_index]
        picture[top : top + side, left : left + side] = 128
        return before - predict(picture[None])[0, class_index]

    def no_batch(predict, picture, top, left, side, class_index):
        return predict(picture)[class_index]

    def only_after(predict, picture, top, left, side, class_index):
        return predict(picture[None])[0, class_index] - fall(predict, picture, top, left, side, class_index)

    def all_classes(predict, picture, top, left, side, class_index):
        return predict(np.stack([picture, picture]))[0]

    assert "paints over" in grade(4, on_the_original)[0]
    assert "raised" in grade(4, no_batch)[0] or "batch" in grade(4, no_batch)[0]
    assert "afterwards" in grade(4, only_after)[0]
    assert "expected one number" in grade(4, all_classes)[0]
