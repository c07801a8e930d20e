"""Graders of notebook 05: right answers pass however they are written, typical mistakes are named."""

import math

import numpy as np
import pytest

from course_utils import checks
from course_utils.checks import fruit_cnn

NOTEBOOK = "05-fruit-cnn"


def grade(exercise, *answers):
    return checks.grade(NOTEBOOK, exercise, *answers)


@pytest.mark.parametrize("exercise", [1, 2, 4])
def test_an_untouched_stub_is_not_yet(exercise):
    assert "still there" in grade(exercise, lambda *arguments: ...)[0]


def test_an_untouched_model_is_not_yet():
    assert "marked ..." in grade(3, ..., np.zeros((2, 32, 32, 3)), [0, 1])[0]


def test_every_exercise_has_hints():
    assert set(fruit_cnn.HINTS) == set(fruit_cnn.EXERCISES) == {1, 2, 3, 4}


def test_an_exception_in_the_answer_becomes_a_hint():
    def broken(counts):
        raise KeyError("oops")

    assert "KeyError" in grade(4, broken)[0]


@pytest.mark.parametrize("answer", [(27, 4), "many", np.array([864, 32])])
def test_an_answer_of_another_kind_is_not_called_an_error_of_the_learners_code(answer):
    said = grade(2, lambda kernel, channels_in, channels_out: answer)[0]
    assert said.startswith("Your answer could not be checked") and "one number" in said


def test_too_few_arguments_are_named():
    assert "takes 1 positional argument" in grade(2, lambda kernel: 1)[0]


# ------------------------------------------------------------------------------------- 1, the output's size


def by_counting(size, kernel, stride=1, padding="valid"):
    if padding == "same":
        return len(range(0, size, stride))
    return sum(1 for place in range(0, size, stride) if place + kernel <= size)


@pytest.mark.parametrize(
    "right",
    [
        lambda size, kernel, stride=1, padding="valid": (
            -(-size // stride) if padding == "same" else (size - kernel) // stride + 1
        ),
        lambda size, kernel, stride=1, padding="valid": math.ceil(
            (size if padding == "same" else size - kernel + 1) / stride
        ),
        by_counting,
    ],
)
def test_output_size(right):
    assert grade(1, right) is None


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (lambda size, kernel, stride, padding: size, "padding 'valid'"),
        (lambda size, kernel, stride, padding: size // stride if padding == "same" else (size - kernel) // stride + 1, "it gives 10"),
        (lambda size, kernel, stride, padding: -(-size // stride) if padding == "same" else size // stride, "it gives 20"),
        (lambda size, kernel, stride, padding: float(by_counting(size, kernel, stride, padding)), "whole number"),
        (lambda size, kernel, stride, padding: (by_counting(size, kernel, stride, padding),) * 2, "one number"),
        (lambda size, kernel, stride, padding: size - kernel + 1 if padding == "valid" else size, "stride 2"),
        # Almost right: the rim (kernel - 1) // 2 keeps the size of odd kernels only.
        (lambda size, kernel, stride, padding: (size + (2 * ((kernel - 1) // 2) if padding == "same" else 0) - kernel) // stride + 1, "kernel 4, stride 1, padding 'same' it gives 19"),
        (lambda size, kernel, stride, padding: (size + (2 * (kernel // 2) if padding == "same" else 0) - kernel) // stride + 1, "kernel 4, stride 1, padding 'same' it gives 21"),
    ],
)  # fmt: skip
def test_a_wrong_output_size_is_named(wrong, said):
    assert said in grade(1, wrong)[0]


# ------------------------------------------------------------------------------------- 2, its parameters


@pytest.mark.parametrize(
    "right",
    [
        lambda kernel, i, o: (kernel * kernel * i + 1) * o,
        lambda kernel, channels_in, channels_out: kernel**2 * channels_in * channels_out + channels_out,
        lambda kernel, i, o: np.prod([kernel, kernel, i, o]) + o,
        lambda kernel, i, o: sum(kernel * kernel * i + 1 for _ in range(o)),
    ],
)
def test_parameters_of_a_convolution(right):
    assert grade(2, right) is None


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (lambda kernel, i, o: kernel**2 * i * o, "biases"),
        (lambda kernel, i, o: kernel * i * o + o, "Keras counts 896"),
        (lambda kernel, i, o: kernel**2 * (i + 1) * o, "Keras counts 896"),
        (lambda kernel, i, o: (kernel**2 * o + 1) * i, "Keras counts 896"),
        (lambda kernel, i, o: (kernel**2 * i + 1) * o * 400, "Keras counts 896"),
        # Almost right: one bias for all filters together.
        (lambda kernel, i, o: kernel**2 * i * o + 1, "it gives 865"),
    ],
)
def test_wrong_parameters_are_named(wrong, said):
    assert said in grade(2, wrong)[0]


# ------------------------------------------------------------------------------------- 3, a small net

# Three pictures of each class, of one brightness. A net that knows the brightness of each class is right on all.
LABELS = np.repeat(np.arange(16), 3)
PICTURES = np.ones((48, 32, 32, 3), "uint8") * (LABELS * 16).astype("uint8")[:, None, None, None]
CENTRES = np.arange(16) * 16 / 255


def small(*middle, end="softmax", classes=16, size=32):
    """A net from pictures to probabilities, not trained."""
    import keras
    from keras import layers

    middle = middle or (layers.Conv2D(1, 1), layers.GlobalAveragePooling2D())
    return keras.Sequential(
        [
            keras.Input((size, size, 3)),
            layers.Rescaling(1 / 255),
            *middle,
            layers.Dense(classes, activation=end),
        ]
    )


def knowing(model, wrong_classes=0):
    """The model with weights as a training could have found them: minus the squared distance to each centre."""
    steep, inner = 1e4, []
    for layer in fruit_cnn._layers(model):
        if type(layer).__name__ == "Conv2D":
            layer.set_weights([np.full((1, 1, 3, 1), 1 / 3), np.zeros(1)])
        inner.append(layer)
    bias = -steep * CENTRES**2
    bias[:wrong_classes] = -1e6
    inner[-1].set_weights([2 * steep * CENTRES[None], bias])
    return model


def nested():
    import keras
    from keras import layers

    seen = keras.Sequential([keras.Input((32, 32, 3)), layers.Conv2D(1, 1), layers.GlobalAveragePooling2D()])
    return small(seen)


def functional():
    import keras
    from keras import layers

    inputs = keras.Input((32, 32, 3))
    seen = layers.GlobalMaxPooling2D()(layers.Conv2D(1, 1)(layers.Rescaling(1 / 255)(inputs)))
    return keras.Model(inputs, layers.Dense(16, activation="softmax")(seen))


def separable():
    from keras import layers

    model = small(layers.SeparableConv2D(1, 1, use_bias=False), layers.GlobalAveragePooling2D())
    for layer in model.layers:
        if type(layer).__name__ == "SeparableConv2D":
            layer.set_weights([np.full((1, 1, 3, 1), 1 / 3), np.ones((1, 1, 3, 1))])
    return model


@pytest.mark.parametrize("build", [small, functional, nested, separable])
def test_a_small_trained_net_passes_however_it_is_built(build):
    assert grade(3, knowing(build()), PICTURES, LABELS) is None


def test_a_wrong_small_net_is_named():
    import keras
    from keras import layers

    dense = keras.Sequential([keras.Input((32, 32, 3)), layers.Flatten(), layers.Dense(4), layers.Dense(16)])
    wide = small(layers.Conv2D(900, 3), layers.GlobalAveragePooling2D())
    unknown = keras.Sequential([layers.Conv2D(4, 3), layers.GlobalAveragePooling2D(), layers.Dense(16)])
    for wrong, said in [
        (7, "int"),
        (keras.callbacks.History(), "Put the model itself there"),
        (unknown, "begin with keras.Input"),
        (small(classes=15), "expected (None, 32, 32, 3) to (None, 16)"),
        (small(size=20), "(None, 20, 20, 3)"),
        (dense, "no convolution"),
        (wide, "at most 20,000"),
        (small(end="sigmoid"), "add up to 1"),
        (small(), "Was it trained"),
        # Almost right: three of sixteen classes are never answered, 0.8125.
        (knowing(small(), wrong_classes=3), "validation accuracy is 0.812"),
    ]:
        assert said in grade(3, wrong, PICTURES, LABELS)[0], said


# ------------------------------------------------------------------------------------- 4, recall


@pytest.mark.parametrize(
    "right",
    [
        lambda counts: np.diag(counts) / counts.sum(axis=1),
        lambda counts: [counts[i, i] / sum(counts[i]) for i in range(len(counts))],
        lambda counts: (counts / counts.sum(axis=1, keepdims=True)).diagonal(),
        lambda counts: tuple(row[i] / row.sum() for i, row in enumerate(counts)),
    ],
)
def test_recall(right):
    assert grade(4, right) is None


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (lambda counts: np.diag(counts) / counts.sum(axis=0), "precision"),
        (lambda counts: np.diag(counts).sum() / counts.sum(), "shape ()"),
        (lambda counts: np.diag(counts), "expected [0.8, 0.5, 1.0]"),
        (lambda counts: np.diag(counts) / counts.sum(), "expected [0.8, 0.5, 1.0]"),
        (lambda counts: counts / counts.sum(axis=1, keepdims=True), "shape (3, 3)"),
        # Almost right: it divides by the classes' mean size, which is right only when all are equally frequent.
        (lambda counts: np.diag(counts) / counts.sum(axis=1).mean(), "expected [0.8, 0.5, 1.0]"),
    ],
)
def test_a_wrong_recall_is_named(wrong, said):
    assert said in grade(4, wrong)[0]


def test_each_attempt_shows_one_hint_more(capsys):
    checks._attempts.clear()
    shown = []
    for _ in range(3):
        checks.check(NOTEBOOK, 1, ...)
        shown.append(capsys.readouterr().out)
    assert len(shown[0]) < len(shown[1]) < len(shown[2])
    assert checks.verdicts[(NOTEBOOK, 1)] is False
