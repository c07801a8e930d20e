"""Graders of notebook 00: stubs are told what is missing, typical mistakes are named, solutions pass."""

import numpy as np
import pytest

from course_utils import checks

NOTEBOOK = "00-convolutions"
VERTICAL = np.array([[1, 0, -1], [1, 0, -1], [1, 0, -1]])


def grade(exercise, answer):
    return checks.grade(NOTEBOOK, exercise, answer)


def test_an_untouched_stub_is_not_yet():
    assert "Fill in the place" in grade(1, ...)[0]
    assert grade(3, lambda size, kernel, stride=1, padding=0, dilation=1: ...)
    assert grade(2, lambda layers: ...)
    assert grade(4, lambda scores, label: ...)


@pytest.mark.parametrize("kernel", [VERTICAL.T, [[1, 2, 1], [0, 0, 0], [-1, -2, -1]]])
def test_kernels_that_see_horizontal_edges_pass(kernel):
    assert grade(1, kernel) is None


@pytest.mark.parametrize(
    ("kernel", "said"),
    [
        (VERTICAL, "should not see that edge"),
        (-VERTICAL.T, "sign is turned round"),
        (np.array([[1, 1, 1], [0, 0, 0], [0, 0, 0]]), "add up to 0"),
        (np.zeros((3, 3)), "answers 0 to everything"),
        (np.array([[1, 1, 1], [-1, -1, -1]]), "shape (2, 3)"),
        (np.array([[2, 0, -1], [0, 0, 0], [0, 0, -1]]), "vertical edge"),
        (np.array([[1, -2, 1], [0, 0, 0], [-1, 2, -1]]), "gives 0 to a horizontal edge"),
        (np.array([[1, -1, 0], [0, 0, 0], [-1, 1, 0]]), "gives 0 to a horizontal edge"),
        ("three rows", "shape (0,)"),
    ],
)
def test_each_wrong_kernel_is_named(kernel, said):
    hints = grade(1, kernel)
    assert any(said in hint for hint in hints[:1]), hints


def size_of(size, kernel, stride=1, padding=0, dilation=1):
    return (size + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1


def test_the_output_size_is_the_one_that_keras_computes():
    keras = pytest.importorskip("keras")
    assert grade(3, size_of) is None
    layer = keras.layers.Conv2D(1, 3, dilation_rate=2)
    assert layer.compute_output_shape((1, 16, 16, 1))[1] == size_of(16, 3, dilation=2)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (lambda n, k, s, p, d: size_of(n, k, s, p, d) - 1, "The first window counts too"),
        (lambda n, k, s, p, d: (n + p - d * (k - 1) - 1) // s + 1, "both sides"),
        (lambda n, k, s, p, d: size_of(n, k, s, p), "no notice of the dilation"),
        (lambda n, k, s, p, d: (n + 2 * p - d * (k - 1) - 1) / s + 1, "divide with //"),
        (lambda n, k, s, p, d: 1, "it gives 1; Keras' output has 4"),
    ],
)
def test_each_wrong_size_is_named(wrong, said):
    assert said in grade(3, wrong)[0]


def field_of(layers, first=1, add=-1):
    field, jump = first, 1
    for kernel, stride in layers:
        field += (kernel + add) * jump
        jump *= stride
    return field


def test_the_receptive_field_grows_with_kernels_and_strides():
    assert grade(2, field_of) is None


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (lambda layers: sum(kernel for kernel, _ in layers), "Kernels overlap"),
        (lambda layers: 1 + sum(kernel - 1 for kernel, _ in layers), "two input pixels"),
        (lambda layers: field_of(layers, first=0), "Begin with the pixel itself"),
        (lambda layers: np.prod([kernel for kernel, _ in layers]), "one value sees 5 pixels"),
    ],
)
def test_each_wrong_receptive_field_is_named(wrong, said):
    assert said in grade(2, wrong)[0]


def test_a_stride_counts_only_for_later_layers():
    def too_early(layers):
        field, jump = 1, 1
        for kernel, stride in layers:
            jump *= stride
            field += (kernel - 1) * jump
        return field

    assert "for the layers after it" in grade(2, too_early)[0]


def loss(scores, label):
    shifted = scores - np.max(scores)
    return np.log(np.exp(shifted).sum()) - shifted[label]


def naive(scores, label):
    return -np.log(np.exp(scores) / np.exp(scores).sum())[label]


def test_the_cross_entropy_holds_for_large_scores_too():
    assert grade(4, loss) is None
    assert "overflow" in grade(4, naive)[0]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (lambda s, y: -loss(s, y), "minus the logarithm"),
        (lambda s, y: np.exp(-loss(s, y)), "probability itself"),
        (lambda s, y: loss(s, y) / np.log(2), "natural logarithm"),
        (lambda s, y: loss(s, y) + 1, "expected 0.417"),
        (lambda s, y: s - s, "expected one number"),
    ],
)
def test_each_wrong_cross_entropy_is_named(wrong, said):
    assert said in grade(4, wrong)[0]
