"""Nets that have already learned: stock `keras.applications` models, with a word on where their weights are from.

    from course_utils import pretrained
    net = pretrained.load("VGG16", top=True)
    net.decode(net.predict(pictures))

Weights are ImageNet's where they are on this machine or on the mirror, else the bundled course weights.
"""

from .loading import find, load
from .model import Pretrained
from .nets import NETS, WEIGHTS

__all__ = ["NETS", "WEIGHTS", "Pretrained", "find", "load"]
