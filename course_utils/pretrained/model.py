"""A pretrained net at work: preprocessing, prediction in batches, names for its outputs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from course_utils.foundation.assets import progress
from course_utils.foundation.config import someone_is_watching

from .nets import NETS

if TYPE_CHECKING:
    import keras

Array = np.ndarray


@dataclass(frozen=True, eq=False)
class Pretrained:
    """A stock `keras.applications` model, with what belongs to it.

    weights: `imagenet`, `course` or `random`. source: a sentence on where they came from; verified: whether their
    bytes were compared with a published digest. input_size: side of its pictures in pixels. class_names: one for
    each output, () for a net without its top.
    """

    name: str
    model: keras.Model = field(repr=False)
    weights: str
    source: str
    verified: bool
    input_size: int
    class_names: tuple[str, ...] = field(default=(), repr=False)

    def preprocess(self, images: Array) -> Array:
        """What the net was trained on: RGB pictures (N, H, W, 3) of 0..255 to float32 of the same shape.

        VGG16 and ResNet50: BGR less the mean colour of ImageNet. The others: -1..1. `images` is not changed.
        Raises ValueError for another shape.
        """
        images = np.asarray(images)
        if images.ndim != 4 or images.shape[3] != 3:
            raise ValueError(
                f"Expected pictures of shape (N, H, W, 3), got {images.shape}. One picture: image[None]"
            )
        return NETS[self.name].preprocess(np.array(images, "float32"))

    def predict(self, images: Array, batch_size: int = 32) -> Array:
        """The net's outputs for RGB pictures (N, S, S, 3) of 0..255, S the input size: (N, classes) or (N, h, w, c).

        Preprocesses, and runs the compiled net batch by batch; a progress bar appears after a second.
        Raises ValueError for pictures of another size.
        """
        images = np.asarray(images)
        expected = (self.input_size, self.input_size, 3)
        if images.shape[1:] != expected or not len(images):
            raise ValueError(
                f"{self.name} was loaded for one or more pictures of {expected}, got {images.shape}. "
                "Read them at that size, or load the net with another input_size"
            )
        batch_size = min(batch_size, _power_of_two(len(images)))
        bar = progress.bar(self.name, len(images), shown=someone_is_watching(), unit=" pictures")
        outputs = []
        for start in range(0, len(images), batch_size):
            chunk = self.preprocess(images[start : start + batch_size])
            # One shape only, so that the net is compiled once.
            padded = np.pad(chunk, ((0, batch_size - len(chunk)), (0, 0), (0, 0), (0, 0)))
            outputs.append(np.asarray(self.model.predict_on_batch(padded))[: len(chunk)])
            bar.update(len(chunk))
        bar.close()
        return np.concatenate(outputs)

    def decode(self, probabilities: Array, top: int = 3) -> list[list[tuple[str, float]]]:
        """For each row of `probabilities` (N, classes) the `top` most probable classes: (name, probability).

        Raises ValueError for a net without its top, and for another number of columns than it has classes.
        """
        probabilities = np.asarray(probabilities)
        if not self.class_names:
            raise ValueError(
                f'{self.name} was loaded without its top and names nothing: load("{self.name}", top=True)'
            )
        if probabilities.ndim != 2 or probabilities.shape[1] != len(self.class_names):
            raise ValueError(
                f"Expected probabilities of shape (N, {len(self.class_names)}), got {probabilities.shape}"
            )
        best = np.argsort(-probabilities, axis=1, kind="stable")[:, :top]
        return [
            [(self.class_names[i], float(row[i])) for i in order]
            for row, order in zip(probabilities, best, strict=True)
        ]


def _power_of_two(count: int) -> int:
    """The smallest power of two that is not below `count`: few shapes, whatever the numbers of pictures are."""
    return 1 << (count - 1).bit_length()
