"""Graders of the exercises in `02-pretrained-vgg16`."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from course_utils.checks.common import UNFINISHED, unfinished

MEAN_BGR = np.array([103.939, 116.779, 123.68])

HINTS = {
    1: [
        "Five poolings halve the side five times, and an odd side loses its last pixel: size // 32.",
        "The last maps have (size // 32) ** 2 places of 512 values; each of 4,096 units has a weight for each "
        "value, and one bias.",
    ],
    2: [
        "pictures.astype('float32') first: bytes cannot go below 0.",
        "Then turn the channels round, [..., ::-1], and subtract 103.939, 116.779, 123.68 in this order.",
    ],
    3: [
        "np.argsort(row) gives the places from the smallest to the largest value; [::-1] turns it round.",
        "For each row of probabilities make a list of (name, probability), the most probable first.",
    ],
    4: [
        "predict wants a batch: picture[None]; of its answer take [0, class_index].",
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
        "The right means, on the wrong channels: 103.939 belongs to blue.": values[..., ::-1]
        - MEAN_BGR[::-1],
        "The channels are not turned round: 103.939 belongs to blue, which comes first.": values - MEAN_BGR,
        "The channels are turned round; the mean is still in it.": values[..., ::-1],
        "Divided by 255: this net was trained on the range of bytes, about -124 to 151.": right / 255,
    }
    for said, wrong in wrongs.items():
        if np.allclose(got, wrong, atol=1e-2):
            return [said, *HINTS[2]]
    if not np.issubdtype(got.dtype, np.floating):
        return [f"It returns {got.dtype}, which cannot hold what is below 0 or broken.", *HINTS[2]]
    if not np.allclose(got, right, atol=1e-2):
        return ["On two small pictures it differs from Keras' preprocess_input.", *HINTS[2]]
    return None


def top_k(function: Callable[..., list]) -> list[str] | None:
    """Grade `top_k(probabilities, names, k)`: for each row the k most probable names, best first."""
    probabilities = np.array([[0.1, 0.2, 0.05, 0.65], [0.4, 0.3, 0.2, 0.1]])
    names = ["plum", "kiwi", "lemon", "lime"]
    for k in (3, 1):
        answer = function(probabilities, names, k)
        if unfinished(answer):
            return [UNFINISHED, *HINTS[3]]
        right = [
            [(names[i], row[i]) for i in sorted(range(4), key=lambda i: -row[i])[:k]]
            for row in probabilities.tolist()
        ]
        if len(answer) != 2:
            return [
                f"It returns {len(answer)} entries for 2 pictures; expected one list per picture.",
                *HINTS[3],
            ]
        for row, (got, expected) in enumerate(zip(answer, right, strict=True)):
            first = f"For row {probabilities[row].tolist()} and k = {k} it gives {list(got)}"
            if len(got) != k:
                return [f"{first}: that are {len(got)} names, expected {k}.", *HINTS[3]]
            if [name for name, _ in got] != [name for name, _ in expected]:
                if k > 1 and [name for name, _ in got] == [name for name, _ in expected][::-1]:
                    return [f"{first}: the right ones, but the best belongs first.", *HINTS[3]]
                return [f"{first}; expected {expected}.", *HINTS[3]]
            if not np.allclose([value for _, value in got], [value for _, value in expected]):
                return [f"{first}: the names are right, their probabilities are not.", *HINTS[3]]
    return None


def drop_when_covered(function: Callable[..., float]) -> list[str] | None:
    """Grade `drop_when_covered(predict, picture, top, left, side, class_index)` on a net made of two sums."""
    picture = np.random.default_rng(0).integers(140, 256, (12, 12, 3)).astype(np.uint8)
    shapes = []

    def predict(batch: np.ndarray) -> np.ndarray:
        batch = np.asarray(batch, dtype=float)
        shapes.append(batch.shape)
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
                return [f"{place} {got:.4f}: the sign is turned round. A fall counts as positive.", *HINTS[4]]
            if np.isclose(got, after, atol=1e-6):
                return [f"{place} {got:.4f}, the probability afterwards; expected the fall.", *HINTS[4]]
            return [f"{place} {got:.4f}; expected {before - after:.4f}.", *HINTS[4]]
    return None


EXERCISES = {1: fc1_parameters, 2: prepare, 3: top_k, 4: drop_when_covered}
