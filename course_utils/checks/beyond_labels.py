"""Graders of the exercises in `11-beyond-labels`."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from course_utils.checks.common import UNFINISHED, unfinished

CLIP_PARAMETERS, CLIP_ACCURACY = 20_000, 0.90  # exercise 3: at most so many, at least so much
HINTS = {
    3: [
        "Look at the shape of what the CNN gives per frame: is there still a number for each place?",
        "Average pooling hides the place, and Flatten keeps it at the price of many weights in the next layer. Take fewer "
        "filters, above all in the last convolution, and fewer units: clips.frame_net(filters=(16, 24, 8)), units=24.",
    ],
}


def mean_brightness(answer: Callable[[np.ndarray], float]) -> list[str] | None:
    """Exercise 1: the mean of all values of a picture, whatever its shape."""
    image = np.arange(24.0).reshape(2, 4, 3) ** 2
    found = answer(image)
    if unfinished(found):
        return [UNFINISHED]
    if np.shape(found):
        return ["One number is asked for, and an array came back.", "`np.mean(image)` goes over all axes."]
    if not np.isclose(found, image.mean()):
        return [f"A picture with a mean of {image.mean()} was given {found}.", "Add up, divide by how many."]
    return None


def brightest(answer: Callable[[Sequence[np.ndarray]], int]) -> list[str] | None:
    """Exercise 2: the index of the brightest picture."""
    images = np.stack([np.full((2, 2, 3), value) for value in (0.2, 0.9, 0.5)])
    found = answer(images)
    if unfinished(found):
        return [UNFINISHED]
    if found != 1:
        return [f"Of three pictures the second is the brightest, index 1; got {found}.", "`np.argmax` helps."]
    return None


def small_clip_net(model: object, clips: np.ndarray, labels: Sequence[int]) -> list[str] | None:
    """Grade a trained net of few parameters on clips it has not met: `clips` (N, 8, 32, 32, 3), `labels` (N,)."""
    import keras

    if unfinished(model):
        return ["The `...` is still there: build and fit a net, and call it `small`.", *HINTS[3]]
    if isinstance(model, keras.callbacks.History):
        return ["`small` is what fit returned, the history. Put the model itself there.", *HINTS[3]]
    if not isinstance(model, keras.Model):
        return [f"`small` is a {type(model).__name__}; expected a trained keras.Model.", *HINTS[3]]
    clips, labels = np.asarray(clips), np.asarray(labels)
    if not model.built:
        return [f"The net does not know its input yet: begin with keras.Input({clips.shape[1:]}).", *HINTS[3]]
    if model.count_params() > CLIP_PARAMETERS:
        most = max(model.layers, key=lambda layer: layer.count_params())
        return [
            f"It has {model.count_params():,} parameters; at most {CLIP_PARAMETERS:,} are allowed. "
            f"The layer {most.name} has {most.count_params():,} of them.",
            *HINTS[3],
        ]
    try:
        outputs = np.asarray(model.predict(clips, batch_size=64, verbose=0))
    except Exception as problem:
        return [f"It cannot read clips of shape {clips.shape[1:]} ({type(problem).__name__}).", *HINTS[3]]
    motions = int(labels.max()) + 1
    if outputs.shape != (len(clips), motions):
        return [f"Its output has shape {outputs.shape}; expected {motions} numbers per clip.", *HINTS[3]]
    answers = outputs.argmax(axis=1)
    accuracy = float((answers == labels).mean())
    if accuracy < CLIP_ACCURACY:
        same = " It gives every clip the same answer: was it trained?" if len(np.unique(answers)) == 1 else ""
        return [
            f"{model.count_params():,} parameters are few enough. On new fruits it reaches {accuracy:.3f}; at least "
            f"{CLIP_ACCURACY:.2f} is asked for.{same}",
            *HINTS[3],
        ]
    return None


EXERCISES = {1: mean_brightness, 2: brightest, 3: small_clip_net}
