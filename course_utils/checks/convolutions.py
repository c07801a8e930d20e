"""Graders of the exercises in `00-convolutions`."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from course_utils.checks.common import UNFINISHED, not_a_net, unfinished

MOVED_ACCURACY, PLAIN_ACCURACY = 0.9, 0.9  # on the test digits; chance is 0.1

HINTS = {
    1: [
        "Begin with the vertical-edge filter. Left and right have to become above and below: `.T` turns rows "
        "into columns.",
        "Bright above and dark below has to give a positive number: positive weights in the first row, negative "
        "ones in the last, and all nine add up to 0.",
    ],
    2: [
        "How many pixels does the window cover? With dilation 1 it is `kernel`; each of the kernel - 1 gaps grows with "
        "the dilation.",
        "The window covers dilation * (kernel - 1) + 1 pixels. Padding adds zeros on both sides: 2 * padding.",
        "Subtract what the window covers from size + 2 * padding, divide by the stride with //, and add 1 for the "
        "first window.",
    ],
    3: [
        "Begin with one pixel. Each layer adds (kernel - 1) steps; the question is how far one step goes.",
        "Keep a second number, jump = 1: a step of this layer is jump input pixels. Add (kernel - 1) * jump, then "
        "multiply jump by the stride.",
    ],
    4: [
        "Train the net on what the test will show it: digits moved up and down too.",
        "np.concatenate joins lists of pictures, and np.tile(y_train, 5) repeats their labels five times, in the same "
        "order.",
        "x_own = np.concatenate([x_train, moved(x_train, right=1), moved(x_train, right=-1), moved(x_train, down=1), "
        "moved(x_train, down=-1)]), then train(build_net, x_own, np.tile(y_train, 5), epochs=10).",
    ],
}


def horizontal_edges(kernel: np.ndarray) -> list[str] | None:
    """Grade a 3×3 kernel: positive where it is brighter above than below, 0 on even ground and vertical edges."""
    try:
        kernel = np.asarray(kernel, dtype=float)
    except (TypeError, ValueError):
        kernel = np.zeros(0)
    if kernel.shape != (3, 3):
        return [f"It has shape {kernel.shape}; expected three rows of three numbers.", *HINTS[1]]
    if not kernel.any():
        return ["All nine weights are 0: it answers 0 to everything.", *HINTS[1]]
    if not np.isclose(kernel.sum(), 0):
        return [
            f"On an even area of ones it gives {kernel.sum():g}; it should give 0 there, so let its weights add "
            "up to 0.",
            *HINTS[1],
        ]
    for columns in (1, 2):
        upright = np.repeat(np.arange(3)[None] < columns, 3, axis=0)
        if not np.isclose((kernel * upright).sum(), 0):
            return [
                f"On a vertical edge (bright on the left, dark on the right) it gives {(kernel * upright).sum():g}; "
                "it should not see that edge.",
                *HINTS[1],
            ]
    for rows in (1, 2):
        lying = np.repeat((np.arange(3) < rows)[:, None], 3, axis=1)
        got = (kernel * lying).sum()
        if got < 0:
            return [f"Bright above, dark below gives {got:g}; the sign is wrong.", *HINTS[1]]
        if np.isclose(got, 0):
            return [
                f"It gives 0 to a horizontal edge (bright in the upper {rows} of 3 rows, dark below).",
                *HINTS[1],
            ]
    return None


def receptive_field(function: Callable[[Sequence[tuple[int, int]]], int]) -> list[str] | None:
    """Grade `receptive_field(layers)`, layers as (kernel, stride) from the first to the last."""
    cases = [
        [(3, 1)], [(3, 1), (3, 1)], [(3, 1), (3, 1), (3, 1)], [(3, 2), (3, 1)], [(3, 1), (2, 2), (3, 1)],
        [(7, 2), (3, 2), (3, 1), (3, 1)], [(3, 1), (3, 2)],
    ]  # fmt: skip
    for layers in cases:
        got = function(list(layers))
        if unfinished(got):
            return [UNFINISHED, *HINTS[3]]
        right, jump = 1, 1
        for kernel, stride in layers:
            right += (kernel - 1) * jump
            jump *= stride
        if got != right:
            first = f"For the layers {layers} (kernel, stride) it gives {got}; one value sees {right} pixels"
            if len(layers) > 1 and got == sum(kernel for kernel, _ in layers):
                return [f"{first}. Kernels overlap: each one adds kernel - 1.", *HINTS[3]]
            if got == 1 + sum(kernel - 1 for kernel, _ in layers):
                return [f"{first}. After a stride of 2, a step is two input pixels.", *HINTS[3]]
            if got == right - 1:
                return [f"{first}. Begin with the pixel itself: 1, not 0.", *HINTS[3]]
            if got == _own_stride_first(layers):
                return [
                    f"{first}. A layer's stride counts for the layers after it, not for itself.",
                    *HINTS[3],
                ]
            return [f"{first}.", *HINTS[3]]
    return None


def _own_stride_first(layers: Sequence[tuple[int, int]]) -> int:
    field, jump = 1, 1
    for kernel, stride in layers:
        jump *= stride
        field += (kernel - 1) * jump
    return field


def output_size(function: Callable[..., int]) -> list[str] | None:
    """Grade `output_size(size, kernel, stride, padding, dilation)`: places of the window along one side."""
    cases = [
        (6, 3, 1, 0, 1), (224, 5, 1, 2, 1), (227, 11, 4, 0, 1), (28, 5, 1, 2, 1), (10, 3, 2, 0, 1),
        (16, 3, 1, 0, 2), (16, 3, 1, 2, 2), (33, 5, 2, 3, 3),
    ]  # fmt: skip
    for case in cases:
        size, kernel, stride, padding, dilation = case
        got = function(size, kernel, stride, padding, dilation)
        if unfinished(got):
            return [UNFINISHED, *HINTS[2]]
        room = size + 2 * padding - dilation * (kernel - 1) - 1
        right = room // stride + 1
        if got != right:
            asked = f"size {size}, kernel {kernel}, stride {stride}, padding {padding}, dilation {dilation}"
            first = f"For {asked} it gives {got}; Keras' output has {right}"
            for guess, said in _wrong_sizes(*case).items():
                if np.isclose(got, guess):
                    return [f"{first}. {said}", *HINTS[2]]
            return [f"{first}.", *HINTS[2]]
    return None


def _wrong_sizes(size: int, kernel: int, stride: int, padding: int, dilation: int) -> dict[float, str]:
    """What typical mistakes give for one case, each with what to say about it."""
    covered, whole = dilation * (kernel - 1) + 1, size + 2 * padding
    guesses = {  # where two mistakes give the same number, the later one is named
        (whole - covered) // stride: "The first window counts too: + 1.",
        (size + padding - covered) // stride + 1: "The zeros are on both sides: 2 * padding.",
        (size - covered) // stride + 1: "It ignores the padding.",
        (whole - kernel) // stride + 1: "It ignores the dilation.",
        (whole - dilation * kernel) // stride + 1: "A window of k weights has k - 1 gaps, not k.",
        whole - covered + 1: "It ignores the stride.",
        (whole - covered) / stride + 1: "Places are whole numbers: divide with //.",
        -(-(whole - covered) // stride) + 1: "The last step must fit completely: round down.",
    }
    right = (whole - covered) // stride + 1
    return {guess: said for guess, said in guesses.items() if guess != right}


def moving_digits(model: object) -> list[str] | None:
    """Grade a trained net on the test digits of the notebook, moved by one pixel in four directions and unmoved."""
    from sklearn.datasets import load_digits

    if wrong := not_a_net(model, "own_net"):
        return [wrong, *HINTS[4]]
    digits = load_digits()
    x, labels = (digits.images[1200:] / 16).astype("float32")[..., None], digits.target[1200:]
    if not model.built or tuple(model.input_shape[1:]) not in ((8, 8, 1), (None, None, 1)):
        return ["The net has to begin with keras.Input((8, 8, 1)), the shape of the digits.", *HINTS[4]]
    if tuple(model.output_shape[1:]) != (10,):
        return [
            f"Its output has shape {tuple(model.output_shape[1:])}; expected ten values, one per digit.",
            *HINTS[4],
        ]
    plain = _accuracy(model, x, labels)
    padded = np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)))
    places = {"down": (0, 1), "up": (2, 1), "to the right": (1, 0), "to the left": (1, 2)}
    moved = {
        name: _accuracy(model, padded[:, top : top + 8, left : left + 8], labels)
        for name, (top, left) in places.items()
    }
    mean = sum(moved.values()) / len(moved)
    told = ", ".join(f"{name} {share:.3f}" for name, share in moved.items())
    if max(plain, mean) < 0.2:
        return [
            f"It reads {plain:.3f} of the digits, which is about chance (0.1): was it trained?",
            *HINTS[4],
        ]
    if mean < MOVED_ACCURACY:
        worst = min(moved, key=moved.get)
        return [
            f"It reads {mean:.3f} of the digits moved by one pixel ({told}), on average; at least {MOVED_ACCURACY} is required. "
            f"Has it seen digits moved {worst}?",
            *HINTS[4],
        ]
    if plain < PLAIN_ACCURACY:
        return [
            f"It reads {mean:.3f} of the moved digits, but only {plain:.3f} of the unmoved ones; at least "
            f"{PLAIN_ACCURACY} is required. Keep the unmoved digits in training.",
            *HINTS[4],
        ]
    return None


def _accuracy(model: object, x: np.ndarray, labels: np.ndarray) -> float:
    answers = np.asarray(model.predict(x, batch_size=256, verbose=0)).argmax(axis=1)
    return float((answers == labels).mean())


EXERCISES = {1: horizontal_edges, 2: output_size, 3: receptive_field, 4: moving_digits}
