"""Graders of the exercises in `02-pretrained-vgg16`."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from course_utils.checks.common import UNFINISHED, not_a_net, unfinished

MEAN_BGR = np.array([103.939, 116.779, 123.68])

HINTS = {
    1: [
        "Five poolings halve the side five times, and an odd side loses its last pixel: size // 32.",
        "The last maps have (size // 32) ** 2 places of 512 values; each of 4,096 units has a weight for each "
        "value, and one bias.",
    ],
    2: [
        "pictures.astype('float32') first: bytes cannot go below 0.",
        "Then reverse the channels, [..., ::-1], and subtract 103.939, 116.779, 123.68 in this order.",
    ],
    3: [
        "Pictures like those of the test help most: x_more, y_more = market.images('Training', picture_size, "
        "3 * settings.train, session.seed).",
        "Fit on rows of the same extractor that you put below the head: rows = features(x_more), then "
        "head = fit_head(rows, y_more), then better = on_top(extractor, head).",
    ],
    4: [
        "predict wants a batch: picture[None]; take [0, class_index] of its answer.",
        "Cover a copy, picture.copy(), so that the picture itself stays whole: "
        "covered[top : top + side, left : left + side] = 128.",
    ],
}


def fc1_parameters(function: Callable[[int], int]) -> list[str] | None:
    """Grade `fc1_parameters(size)`: weights and biases of VGG16's first dense layer for pictures of that side."""
    for size in (224, 32, 96, 100, 448):
        got = function(size)
        if unfinished(got):
            return [UNFINISHED, *HINTS[1]]
        values = (size // 32) ** 2 * 512
        right = (values + 1) * 4_096
        if got != right:
            first = f"For pictures of {size}x{size} it gives {got:,}"
            if got == right - 4_096:
                return [f"{first}: the weights are right, the 4,096 biases are missing.", *HINTS[1]]
            if size % 32 and got == ((size / 32) ** 2 * 512 + 1) * 4_096:
                return [f"{first}: a pooling drops the odd pixel, so sides stay whole. Use //.", *HINTS[1]]
            return [f"{first}; the last maps hold {values:,} values, and Keras counts {right:,}.", *HINTS[1]]
    return None


def prepare(function: Callable[[np.ndarray], np.ndarray]) -> list[str] | None:
    """Grade `prepare(pictures)`: RGB bytes to BGR with ImageNet's mean colour subtracted."""
    pictures = np.random.default_rng(0).integers(0, 256, (2, 4, 4, 3)).astype(np.uint8)
    given = pictures.copy()
    answer = function(given)
    if unfinished(answer):
        return [UNFINISHED, *HINTS[2]]
    if not np.array_equal(given, pictures):
        return ["It changes the pictures it was given; work on a copy.", *HINTS[2]]
    got, values = np.asarray(answer), pictures.astype(np.float64)
    right = values[..., ::-1] - MEAN_BGR
    if got.shape != right.shape:
        return [
            f"It returns shape {got.shape}; expected the shape of the pictures, {right.shape}.",
            *HINTS[2],
        ]
    wrongs = {
        "The channels are still red, green, blue; this net wants blue first.": values - MEAN_BGR[::-1],
        "The means are right, but on the wrong channels: 103.939 belongs to blue.": values[..., ::-1]
        - MEAN_BGR[::-1],
        "The channels are not reversed: 103.939 belongs to blue, which comes first.": values - MEAN_BGR,
        "The channels are reversed, but the mean is not subtracted.": values[..., ::-1],
        "Divided by 255: this net was trained on the range of bytes, about -124 to 151.": right / 255,
    }
    for said, wrong in wrongs.items():
        if np.allclose(got, wrong, atol=1e-2):
            return [said, *HINTS[2]]
    if not np.issubdtype(got.dtype, np.floating):
        return [f"It returns {got.dtype}, which cannot hold negative numbers or fractions.", *HINTS[2]]
    if not np.allclose(got, right, atol=1e-2):
        return ["On two small pictures it differs from Keras' preprocess_input.", *HINTS[2]]
    return None


def better_head(model: object, pictures: np.ndarray, labels: Sequence[int], goal: float) -> list[str] | None:
    """Grade a retrained net on test `pictures`, bytes (N, H, W, 3), and their `labels`: accuracy `goal` or more."""
    import keras

    if wrong := not_a_net(model, "better"):
        return [wrong, *HINTS[3]]
    wanted = tuple(np.shape(pictures)[1:])
    if not model.built or len(model.inputs) != 1:
        return ["Its input is not known; on_top(extractor, head) makes a net with one input.", *HINTS[3]]
    shape = tuple(model.inputs[0].shape[1:])
    if len(shape) == 1:
        return [
            f"It reads {shape[0]} features, not pictures: join extractor and head with on_top.",
            *HINTS[3],
        ]
    if len(shape) != 3 or any(got not in (None, side) for got, side in zip(shape, wanted, strict=True)):
        return [f"It reads {shape}; the prepared pictures are {wanted}.", *HINTS[3]]
    prepared = keras.applications.vgg16.preprocess_input(np.array(pictures, "float32"))
    outputs = np.asarray(model.predict(prepared, batch_size=32, verbose=0))
    if outputs.shape != (len(pictures), 16):
        return [
            f"Its output has shape {outputs.shape}; expected 16 probabilities per picture, {(len(pictures), 16)}.",
            *HINTS[3],
        ]
    accuracy = float((outputs.argmax(axis=1) == np.asarray(labels)).mean())
    if not np.isfinite(outputs).all():
        return ["Its outputs are not finite numbers: the training diverged.", *HINTS[3]]
    if accuracy < goal:
        return [f"Its accuracy on market's test pictures is {accuracy:.3f}; {goal} is required.", *HINTS[3]]
    return None


def drop_when_covered(function: Callable[..., float]) -> list[str] | None:
    """Grade `drop_when_covered(predict, picture, top, left, side, class_index)` on a net made of two sums."""
    picture = np.random.default_rng(0).integers(140, 256, (12, 12, 3)).astype(np.uint8)
    shapes = []

    def predict(batch: np.ndarray) -> np.ndarray:
        batch = np.asarray(batch, dtype=float)
        shapes.append(batch.shape)
        if batch.ndim != 4:  # said below, in better words than those of NumPy's exception
            return np.full((len(batch), 2), 0.5)
        first = batch[:, :6].mean(axis=(1, 2, 3)) / 255  # what the upper half looks like
        return np.stack([first, 1 - first], axis=1)

    for top, left, side, class_index in ((0, 0, 4, 0), (1, 6, 3, 1), (7, 2, 5, 0)):
        given = picture.copy()
        got = function(predict, given, top, left, side, class_index)
        if unfinished(got):
            return [UNFINISHED, *HINTS[4]]
        if not np.array_equal(given, picture):
            return ["It paints over the picture itself; cover a copy.", *HINTS[4]]
        if any(len(shape) != 4 for shape in shapes):
            return [f"predict got shape {shapes[-1]}; it wants a batch, (N, H, W, 3).", *HINTS[4]]
        covered = picture.copy()
        covered[top : top + side, left : left + side] = 128
        before, after = predict(np.stack([picture, covered]))[:, class_index]
        if np.ndim(got) != 0 or not np.isclose(got, before - after, atol=1e-6):
            place = f"For a square of {side} at ({top}, {left}) and class {class_index} it gives"
            if np.ndim(got) != 0:
                return [f"{place} shape {np.shape(got)}; expected one number.", *HINTS[4]]
            if before != after and np.isclose(got, after - before, atol=1e-6):
                return [f"{place} {got:.4f}: the sign is wrong. A fall counts as positive.", *HINTS[4]]
            if np.isclose(got, after, atol=1e-6):
                return [f"{place} {got:.4f}, the probability afterwards; expected the fall.", *HINTS[4]]
            return [f"{place} {got:.4f}; expected {before - after:.4f}.", *HINTS[4]]
    return None


EXERCISES = {1: fc1_parameters, 2: prepare, 3: better_head, 4: drop_when_covered}
