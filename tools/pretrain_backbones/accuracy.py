"""How often a packed net names the fruits it was pretrained on, from pictures that it was not trained with."""

from __future__ import annotations

import numpy as np

from tools.pretrain_backbones.bank import Bank
from tools.pretrain_backbones.scenes import Scenes

SEED = 2018


def top_accuracies(net: str, bank: Bank, pictures: int = 1024) -> dict[str, tuple[float, float]]:
    """Top-1 and top-3 accuracy on `pictures` scenes of a bank's Test split, on plain ground and in scenes."""
    from course_utils import pretrained

    loaded = pretrained.load(net, top=True, weights="course")
    found = {}
    for name, plain in (("plain ground", 1.0), ("scenes", 0.0)):
        images, labels = Scenes(bank, SEED, plain).batch(pictures, loaded.input_size)
        order = np.argsort(-loaded.predict(images), axis=1)[:, :3] == labels[:, None]
        found[name] = float(order[:, 0].mean()), float(order.any(axis=1).mean())
    return found
