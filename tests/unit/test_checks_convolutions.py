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
    assert grade(2, lambda size, kernel, stride=1, padding=0, dilation=1: ...)
    assert grade(3, lambda layers: ...)
    assert "Fill in the place" in grade(4, ...)[0]


@pytest.mark.parametrize(
    "kernel",
    [
        VERTICAL.T,
        [[1, 2, 1], [0, 0, 0], [-1, -2, -1]],
        np.outer([1, 0, -1], [1, 1, 1]) / 3,
        ((3.0, 10.0, 3.0), (0.0, 0.0, 0.0), (-3.0, -10.0, -3.0)),
    ],
)
def test_kernels_that_see_horizontal_edges_pass(kernel):
    assert grade(1, kernel) is None


@pytest.mark.parametrize(
    ("kernel", "said"),
    [
        (VERTICAL, "should not see that edge"),
        (-VERTICAL.T, "sign is wrong"),
        (np.array([[1, 1, 1], [0, 0, 0], [0, 0, 0]]), "add up to 0"),
        (np.zeros((3, 3)), "answers 0 to everything"),
        (np.array([[1, 1, 1], [-1, -1, -1]]), "shape (2, 3)"),
        (np.array([[2, 0, -1], [0, 0, 0], [0, 0, -1]]), "vertical edge"),
        (np.array([[1, -2, 1], [0, 0, 0], [-1, 2, -1]]), "gives 0 to a horizontal edge"),
        (np.array([[1, -1, 0], [0, 0, 0], [-1, 1, 0]]), "gives 0 to a horizontal edge"),
        ("three rows", "shape (0,)"),
        # Almost right: an edge lower down gives a positive number, one higher up a negative one.
        (np.array([[-1, -1, -1], [2, 2, 2], [-1, -1, -1]]), "the sign is wrong"),
    ],
)
def test_each_wrong_kernel_is_named(kernel, said):
    hints = grade(1, kernel)
    assert any(said in hint for hint in hints[:1]), hints


def size_of(size, kernel, stride=1, padding=0, dilation=1):
    return (size + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1


def by_counting(size, kernel, stride=1, padding=0, dilation=1):
    places = range(-padding, size + padding - dilation * (kernel - 1), stride)
    return len(places)


def with_floor(size, kernel, stride=1, padding=0, dilation=1):
    return int(np.floor((size + padding * 2 - kernel - (kernel - 1) * (dilation - 1)) / stride)) + 1


@pytest.mark.parametrize("answer", [size_of, by_counting, with_floor])
def test_a_right_output_size_passes_however_it_is_written(answer):
    assert grade(2, answer) is None


def test_the_output_size_is_the_one_that_keras_computes():
    keras = pytest.importorskip("keras")
    layer = keras.layers.Conv2D(1, 3, dilation_rate=2)
    assert layer.compute_output_shape((1, 16, 16, 1))[1] == size_of(16, 3, dilation=2)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (lambda n, k, s, p, d: size_of(n, k, s, p, d) - 1, "The first window counts too"),
        (lambda n, k, s, p, d: (n + p - d * (k - 1) - 1) // s + 1, "both sides"),
        (lambda n, k, s, p, d: size_of(n, k, s, 0, d), "ignores the padding"),
        (lambda n, k, s, p, d: size_of(n, k, s, p), "ignores the dilation"),
        (lambda n, k, s, p, d: size_of(n, k, 1, p, d), "ignores the stride"),
        (lambda n, k, s, p, d: (n + 2 * p - d * k) // s + 1, "k - 1 gaps, not k"),  # almost right
        (lambda n, k, s, p, d: -(-(n + 2 * p - d * (k - 1) - 1) // s) + 1, "round down"),
        (lambda n, k, s, p, d: (n + 2 * p - d * (k - 1) - 1) / s + 1, "divide with //"),
        (lambda n, k, s, p, d: 1, "it gives 1; Keras' output has 4"),
    ],
)
def test_each_wrong_size_is_named(wrong, said):
    assert said in grade(2, wrong)[0]


def field_of(layers, first=1, add=-1):
    field, jump = first, 1
    for kernel, stride in layers:
        field += (kernel + add) * jump
        jump *= stride
    return field


def test_the_receptive_field_grows_with_kernels_and_strides():
    assert grade(3, field_of) is None


def from_the_last_layer(layers):
    field = 1
    for kernel, stride in reversed(layers):
        field = (field - 1) * stride + kernel
    return field


def as_a_sum(layers):
    strides = [stride for _, stride in layers]
    return 1 + sum((kernel - 1) * int(np.prod(strides[:place])) for place, (kernel, _) in enumerate(layers))


@pytest.mark.parametrize("answer", [from_the_last_layer, as_a_sum])
def test_a_right_receptive_field_passes_however_it_is_written(answer):
    assert grade(3, answer) is None


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
    assert said in grade(3, wrong)[0]


def test_a_stride_counts_only_for_later_layers():
    def too_early(layers):  # almost right: only the order of two lines
        field, jump = 1, 1
        for kernel, stride in layers:
            jump *= stride
            field += (kernel - 1) * jump
        return field

    assert "for the layers after it" in grade(3, too_early)[0]


# ------------------------------------------------------------------------------------ digits that move


def stand_in(read, built=(8, 8, 1), values=10):
    """A keras model that answers by a function of the digits, so that no test has to train."""
    keras = pytest.importorskip("keras")

    class StandIn(keras.Model):
        def predict(self, x, **options):
            return read(x)

    inputs = keras.Input(built)
    return StandIn(inputs, keras.layers.Dense(values)(keras.layers.Flatten()(inputs)))


def reader(unmoved, *, down=1.0, up=1.0, right=1.0, left=1.0):
    """Reads these shares of the digits, by whether and how they are moved."""
    from sklearn.datasets import load_digits

    digits = load_digits()
    x, labels = (digits.images[1200:] / 16).astype("float32")[..., None], digits.target[1200:]
    padded = np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)))
    known = {padded[:, top : top + 8, start : start + 8].tobytes(): share for (top, start), share in {
        (1, 1): unmoved, (0, 1): down, (2, 1): up, (1, 0): right, (1, 2): left}.items()}  # fmt: skip

    def read(pictures):
        share = known[np.ascontiguousarray(pictures).tobytes()]
        answers = np.where(np.arange(len(labels)) < share * len(labels), labels, (labels + 1) % 10)
        return np.eye(10)[answers]

    return read


@pytest.mark.parametrize(
    "shares",
    [
        {"unmoved": 0.98},
        {"unmoved": 0.95, "down": 0.93, "up": 0.92, "right": 0.95, "left": 0.94},
        {"unmoved": 0.91, "down": 0.89, "up": 0.92, "right": 0.99, "left": 0.99},
    ],
)
def test_a_net_that_reads_moved_digits_passes_whatever_it_is_made_of(shares):
    assert grade(4, stand_in(reader(**shares))) is None


@pytest.mark.parametrize(
    ("shares", "said"),
    [
        ({"unmoved": 0.95, "down": 0.57, "up": 0.42}, "Has it seen digits moved up?"),  # almost right
        ({"unmoved": 0.94, "down": 0.5, "up": 0.6, "right": 0.6, "left": 0.55}, "moved down?"),
        ({"unmoved": 0.80}, "Keep the unmoved digits"),
        ({"unmoved": 0.1, "down": 0.1, "up": 0.1, "right": 0.1, "left": 0.1}, "was it trained?"),
    ],
)
def test_a_net_that_misses_the_score_hears_why(shares, said):
    assert said in grade(4, stand_in(reader(**shares)))[0]


def test_what_is_not_a_net_for_digits_is_named():
    keras = pytest.importorskip("keras")
    assert "expected a trained keras.Model" in grade(4, [1, 2])[0]
    assert "the history" in grade(4, keras.callbacks.History())[0]
    assert "keras.Input((8, 8, 1))" in grade(4, stand_in(None, built=(64,)))[0]
    assert "keras.Input((8, 8, 1))" in grade(4, keras.Sequential([keras.layers.Dense(10)]))[0]
    assert "ten values, one per digit" in grade(4, stand_in(None, values=1))[0]
