"""Graders of notebook 02: stubs are told what is missing, typical mistakes are named, solutions pass."""

import numpy as np
import pytest

from course_utils import checks

NOTEBOOK = "02-pretrained-vgg16"
MEAN = np.array([103.939, 116.779, 123.68])


COLOURS = np.random.default_rng(0).uniform(0, 255, (16, 3))
LABELS = np.arange(32) % 16
PICTURES = np.ones((32, 8, 8, 3)) * COLOURS[LABELS][:, None, None]


def grade(exercise, answer, *more):
    return checks.grade(NOTEBOOK, exercise, answer, *more)


def test_an_untouched_stub_is_not_yet():
    assert grade(1, lambda size: ...)
    assert grade(2, lambda pictures: ...)
    assert grade(3, ..., PICTURES, LABELS, 0.9)
    assert grade(3, None, PICTURES, LABELS, 0.9)
    assert grade(4, lambda predict, picture, top, left, side, class_index: ...)


def test_the_first_dense_layer_is_counted_with_biases_and_whole_sides():
    assert grade(1, lambda size: ((size // 32) ** 2 * 512 + 1) * 4_096) is None
    assert "biases" in grade(1, lambda size: (size // 32) ** 2 * 512 * 4_096)[0]
    assert "odd pixel" in grade(1, lambda size: ((size / 32) ** 2 * 512 + 1) * 4_096)[0]
    assert "25,088 values" in grade(1, lambda size: (7 * 7 * 512 + 1) * 1_000)[0]


@pytest.mark.parametrize(
    "right",
    [
        lambda size: ((size // 32) ** 2 * 512 + 1) * 4_096,
        lambda size: 512 * 4_096 * (size // 2 // 2 // 2 // 2 // 2) ** 2 + 4_096,
        lambda size: np.int64(size >> 5) ** 2 * 512 * 4_096 + 4_096,
    ],
)
def test_the_first_dense_layer_may_be_counted_in_several_ways(right):
    assert grade(1, right) is None


@pytest.mark.parametrize(
    "wrong",
    [
        lambda size: (size // 16) ** 2 * 512 * 4_096 + 4_096,  # four poolings
        lambda size: size // 32 * 512 * 4_096 + 4_096,  # one side, not two
        lambda size: (-(-size // 32)) ** 2 * 512 * 4_096 + 4_096,  # almost right: the odd pixel is kept
    ],
)
def test_a_wrong_count_of_the_first_dense_layer_fails(wrong):
    assert grade(1, wrong)


def test_a_right_preparation_is_the_one_of_keras():
    from keras.applications.vgg16 import preprocess_input

    def channel_by_channel(pictures):
        red, green, blue = (pictures[..., number].astype(float) for number in range(3))
        return np.stack([blue - 103.939, green - 116.779, red - 123.68], axis=-1)

    assert grade(2, lambda pictures: pictures[..., ::-1] - MEAN) is None
    assert grade(2, lambda pictures: preprocess_input(pictures.astype("float32"))) is None
    assert grade(2, channel_by_channel) is None


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (lambda p: p - MEAN[::-1], "still red, green, blue"),
        (lambda p: p - MEAN, "comes first"),
        (lambda p: p[..., ::-1] - MEAN[::-1], "wrong channels"),
        (lambda p: p[..., ::-1].astype("float32"), "mean is not subtracted"),
        (lambda p: (p[..., ::-1] - MEAN) / 255, "Divided by 255"),
        (lambda p: (p[..., ::-1] - MEAN).astype("int16"), "int16"),
        (lambda p: (p[..., ::-1] - MEAN).mean(axis=-1), "returns shape"),
        (lambda p: p[..., ::-1] - MEAN + 1, "differs from Keras"),
        # Almost right: the whole numbers of Caffe's own examples.
        (lambda p: p[..., ::-1] - np.array([104.0, 117.0, 124.0]), "differs from Keras"),
    ],
)
def test_each_wrong_preparation_is_named(wrong, said):
    assert said in grade(2, wrong)[0]


def test_changing_the_pictures_is_named():
    def careless(pictures):
        pictures[...] = pictures[..., ::-1].copy()
        return pictures - MEAN

    assert "work on a copy" in grade(2, careless)[0]


def by_colour(colours=COLOURS, prepared=True, outputs=16, softmax=True):
    """A net that names plain pictures rightly: the nearest of 16 colours, from the mean over all places."""
    import keras
    from keras import layers

    centres = colours[:, ::-1] - MEAN if prepared else colours
    inputs = keras.Input((8, 8, 3))
    last = layers.Dense(16, "softmax" if softmax else None)
    x = last(layers.GlobalAveragePooling2D()(inputs))
    last.set_weights([centres.T / 100, -(centres**2).sum(axis=1) / 200])
    return keras.Model(inputs, x[:, :outputs] if outputs < 16 else x)


def test_a_retrained_net_passes_by_its_score_however_it_is_written():
    import keras
    from keras import layers

    assert grade(3, by_colour(), PICTURES, LABELS, 0.9) is None
    assert grade(3, by_colour(softmax=False), PICTURES, LABELS, 0.9) is None  # scores name the same kinds
    nested = keras.Sequential([keras.Input((8, 8, 3)), by_colour()])
    assert grade(3, nested, PICTURES, LABELS, 0.9) is None
    any_size = keras.Sequential(
        [keras.Input((None, None, 3)), layers.GlobalAveragePooling2D(), layers.Dense(16)]
    )
    any_size.set_weights(by_colour().get_weights())
    assert grade(3, any_size, PICTURES, LABELS, 0.9) is None


def test_what_a_retrained_net_lacks_is_named():
    import keras

    def told(model, goal=0.9):
        return grade(3, model, PICTURES, LABELS, goal)[0]

    head = keras.Sequential([keras.Input((512,)), keras.layers.Dense(16)])
    assert "not pictures" in told(head)
    assert "is a str" in told("my net")
    assert "history" in told(keras.callbacks.History())
    assert "16 probabilities" in told(by_colour(outputs=12))
    assert "prepared pictures are (8, 8, 3)" in told(
        keras.Sequential([keras.Input((9, 9, 3)), keras.layers.Flatten()])
    )
    assert "input is not known" in told(keras.Sequential([keras.layers.Flatten()]))
    diverged = by_colour()
    diverged.set_weights([np.full_like(array, np.nan) for array in diverged.get_weights()])
    assert "the training diverged" in told(diverged)
    # Almost right: a good net for pictures that are not prepared, and one that is just below the goal.
    assert "is required" in told(by_colour(prepared=False))
    labels = np.where(np.arange(32) < 4, 15 - LABELS, LABELS)
    assert "0.875; 0.9 is required" in grade(3, by_colour(), PICTURES, labels, 0.9)[0]


def fall(predict, picture, top, left, side, class_index):
    covered = picture.copy()
    covered[top : top + side, left : left + side] = 128
    before, after = predict(np.stack([picture, covered]))[:, class_index]
    return before - after


def test_the_fall_is_measured_on_a_covered_copy():
    def one_by_one(predict, picture, top, left, side, class_index):
        covered = np.array(picture)
        covered[top : top + side, left : left + side, :] = [128, 128, 128]
        return float(predict(picture[None])[0, class_index]) - float(predict(covered[None])[0, class_index])

    def by_mask(predict, picture, top, left, side, class_index):
        rows, columns = np.indices(picture.shape[:2])
        inside = (abs(rows - top - (side - 1) / 2) < side / 2) & (
            abs(columns - left - (side - 1) / 2) < side / 2
        )
        both = np.stack([picture, np.where(inside[..., None], 128, picture)])
        return -np.diff(predict(both)[:, class_index])[0]

    assert grade(4, fall) is None
    assert grade(4, one_by_one) is None
    assert grade(4, by_mask) is None
    assert "sign" in grade(4, lambda *arguments: -fall(*arguments))[0]


def test_the_line_of_code_in_the_last_hint_is_the_one_that_is_needed():
    *_, last = grade(4, ...)
    line = last.partition("picture itself stays whole: ")[2].removesuffix(".")

    def by_the_hint(predict, picture, top, left, side, class_index):
        names = {"covered": picture.copy(), "top": top, "left": left, "side": side}
        exec(line, names)
        return (predict(picture[None]) - predict(names["covered"][None]))[0, class_index]

    assert grade(4, by_the_hint) is None


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

    def one_pixel_short(predict, picture, top, left, side, class_index):  # almost right
        return fall(predict, picture, top, left, side - 1, class_index)

    def rows_and_columns_swapped(predict, picture, top, left, side, class_index):
        return fall(predict, picture, left, top, side, class_index)

    assert "expected" in grade(4, one_pixel_short)[0]
    assert "expected" in grade(4, rows_and_columns_swapped)[0]
    assert "paints over" in grade(4, on_the_original)[0]
    assert "predict got shape (12, 12, 3); it wants a batch, (N, H, W, 3)" in grade(4, no_batch)[0]
    assert "afterwards" in grade(4, only_after)[0]
    assert "expected one number" in grade(4, all_classes)[0]
