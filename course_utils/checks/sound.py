"""Graders of the exercises in `15-sound`."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from course_utils.checks.common import UNFINISHED, not_a_net, unfinished

SMALL_PARAMETERS, SMALL_ACCURACY = 20_000, 0.70  # exercise 3: at most so many, at least so much
HINTS = {
    1: [
        "The output looks at the present sample. How many earlier ones does each layer add?",
        "A layer with a kernel of `width` adds (width - 1) * dilation samples; add them up, and the present one.",
    ],
    2: [
        "Walk along the path and remember the label before. A label counts where it is new and is not 0.",
        "First make equal neighbours one, then drop the blanks: in the other order, 3 0 3 becomes a single 3.",
    ],
    3: [
        "Count with model.summary(): a Conv1D has width x channels_in x filters weights. Take fewer filters.",
        "BatchNormalization(momentum=0.9) after each convolution, pooling in between and GlobalAveragePooling1D "
        "at the end learn quickly. Adam(0.003) and 20 epochs fit into a minute.",
    ],
}


def receptive_field(function: Callable[[Sequence[int], int], int]) -> list[str] | None:
    """Grade `receptive_field(dilations, width)`: how many samples an output of a causal stack depends on."""
    cases = {((1, 2, 4, 8), 2): 16, ((1,), 2): 2, ((1, 1, 1), 3): 7, ((1, 3, 9), 3): 27, ((5, 5), 4): 31}
    for (dilations, width), right in cases.items():
        answer = function(list(dilations), width)
        if unfinished(answer):
            return [UNFINISHED, *HINTS[1]]
        if np.ndim(answer) != 0:
            return [f"It returns {answer!r}; expected one whole number.", *HINTS[1]]
        if answer == right - 1:
            return [
                f"For {list(dilations)} and width {width} it gives {answer}: the present sample is missing.",
                *HINTS[1],
            ]
        if answer != right:
            return [
                f"For dilations {list(dilations)} and width {width} it gives {answer}; it is {right}.",
                *HINTS[1],
            ]
    return None


def collapse(function: Callable[[Sequence[int]], Sequence[int]]) -> list[str] | None:
    """Grade `collapse(path)`: equal neighbours become one label, then blanks (0) go."""
    cases = {
        (0, 4, 4, 0): [4],
        (3, 0, 3): [3, 3],
        (3, 3, 3): [3],
        (0, 0): [],
        (5, 0, 0, 5, 5, 2, 2, 0, 5): [5, 5, 2, 5],
        (1, 2, 1): [1, 2, 1],
    }
    for path, right in cases.items():
        answer = function(list(path))
        if unfinished(answer):
            return [UNFINISHED, *HINTS[2]]
        if isinstance(answer, (str, bytes)) or not hasattr(answer, "__len__"):
            return [f"It returns {answer!r}; expected a list of labels.", *HINTS[2]]
        got = [int(label) for label in answer]
        if got == right:
            continue
        without = [label for label in path if label]
        if got == [b for a, b in zip([None, *without], without, strict=False) if a != b]:
            why = " The blanks went first, and with them what keeps two equal labels apart."
        elif got == without:
            why = " Equal neighbours have to become one."
        elif 0 in got:
            why = " A blank is still in it."
        else:
            why = ""
        return [f"For the path {list(path)} it gives {got}, expected {right}.{why}", *HINTS[2]]
    return None


def small_net(model: object, frames: np.ndarray, labels: Sequence[int]) -> list[str] | None:
    """Grade a trained net of few parameters on clips it has not met: `frames` (N, frames, bands), `labels` (N,)."""
    if wrong := not_a_net(model, "small"):
        return [wrong, *HINTS[3]]
    frames, labels = np.asarray(frames), np.asarray(labels)
    if not model.built:
        return [
            f"The net does not know its input yet: begin with keras.Input({frames.shape[1:]}).",
            *HINTS[3],
        ]
    if model.count_params() > SMALL_PARAMETERS:
        most = max(model.layers, key=lambda layer: layer.count_params())
        return [
            f"It has {model.count_params():,} parameters; at most {SMALL_PARAMETERS:,} are allowed. "
            f"The layer {most.name} has {most.count_params():,} of them.",
            *HINTS[3],
        ]
    try:
        outputs = np.asarray(model.predict(frames, batch_size=256, verbose=0))
    except Exception as problem:
        return [f"It cannot read clips of shape {frames.shape[1:]} ({type(problem).__name__}).", *HINTS[3]]
    classes = int(labels.max()) + 1
    if outputs.shape != (len(frames), classes):
        return [f"Its output has shape {outputs.shape}; expected {classes} numbers per clip.", *HINTS[3]]
    answers = outputs.argmax(axis=1)
    accuracy = float((answers == labels).mean())
    if accuracy < SMALL_ACCURACY:
        same = " It gives every clip the same answer: was it trained?" if len(np.unique(answers)) == 1 else ""
        return [
            f"{model.count_params():,} parameters are few enough. On unseen voices it reaches {accuracy:.3f}; at least "
            f"{SMALL_ACCURACY:.2f} is asked for.{same}",
            *HINTS[3],
        ]
    return None


EXERCISES = {1: receptive_field, 2: collapse, 3: small_net}
