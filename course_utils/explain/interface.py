"""One question, three methods: where in this picture does the answer come from?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from . import heads
from .gradcam import grad_cam
from .inputs import read_picture
from .lime_image import ImageExplanation, explain_image
from .occlusion import occlusion_map
from .predictions import PictureClassifier

Array = np.ndarray


@dataclass(frozen=True, eq=False)
class Explanation:
    """Where one answer comes from, by one method.

    heat: float32 (H, W), higher where it speaks for the class. LIME: the weight of the pixel's segment. Occlusion:
    how far the probability falls without the place. Grad-CAM: 0 to 1. LIME and occlusion are below 0 where the
    place speaks against the class. class_index, probability: what was explained, and how sure the net is of it.
    lime: the whole explanation of that method, None for the others.
    """

    method: str
    heat: Array = field(repr=False)
    class_index: int
    probability: float
    class_names: tuple[str, ...] = field(default=(), repr=False)
    lime: ImageExplanation | None = field(default=None, repr=False)

    def positive(self) -> Array:
        """The heat that speaks for the class, 0 elsewhere: what `hottest_share` scores."""
        return np.maximum(self.heat, 0)


def explain(
    model: object,
    image: Array,
    method: str = "lime",
    class_index: int | None = None,
    *,
    value_range: tuple[int, int] | None = None,
    class_names: tuple[str, ...] = (),
    output: str | int | None = None,
    **settings: object,
) -> Explanation:
    """Explain one picture's class by `lime`, `occlusion` or `grad-cam`.

    `model`, `image`, `value_range`, `class_names`, `output`: as in `explain_image`; Grad-CAM looks into the net, so it takes a
    `keras.Model` or a pretrained net, no function. `class_index`: None is the most probable class. `settings` go to
    `explain_image`, `occlusion_map` or `grad_cam`. Raises ValueError for another method and as these three do.
    """
    if method not in METHODS:
        raise ValueError(f"method is {method!r}; expected one of {', '.join(METHODS)}")
    names = tuple(class_names) or tuple(getattr(model, "class_names", ()))
    if method == "lime":
        if class_index is not None:
            settings["labels"] = [class_index]
        found = explain_image(
            model, image, value_range=value_range, class_names=names, output=output, **settings
        )
        label = found.classes[0]
        heat = found.heat(label, positive=False)
        return Explanation(method, heat, label, float(found.prediction[label]), found.class_names, found)
    picture = read_picture(image, value_range)
    probabilities = PictureClassifier(model, picture, output=output)(picture.pixels[None])[0]
    label = int(probabilities.argmax()) if class_index is None else class_index
    heat = METHODS[method](model, picture, label, settings | {"output": output})
    return Explanation(method, heat, label, float(probabilities[label]), names)


def _occlusion(model: object, picture, class_index: int, settings: dict) -> Array:
    value_range = None if picture.pixels.dtype == np.uint8 else (0, picture.largest)
    # Read again there: a grey picture has to come in grey, or a net for grey ones would refuse it.
    pixels = picture.pixels[..., :1] if picture.grey else picture.pixels
    return occlusion_map(model, pixels, class_index, value_range=value_range, **settings)


def _grad_cam(model: object, picture, class_index: int, settings: dict) -> Array:
    model = heads.net_of(model)
    if not hasattr(model, "predict_on_batch") and not hasattr(model, "preprocess"):
        raise ValueError(
            "Grad-CAM looks into the net: pass the keras.Model or the pretrained net itself, not a function"
        )
    pixels = picture.pixels
    if hasattr(model, "preprocess") and picture.largest == 1:
        pixels = pixels * 255
    elif picture.grey and heads.has_graph(model) and model.inputs[0].shape[-1] == 1:
        pixels = pixels[..., :1]
    return grad_cam(model, pixels, class_index, **settings)


METHODS: dict[str, Callable | None] = {"lime": None, "occlusion": _occlusion, "grad-cam": _grad_cam}
