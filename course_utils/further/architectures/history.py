"""The famous nets on a line of years: what they cost, and what was published of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from . import classic
from .inception import googlenet
from .patches import vit
from .residual import resnet

if TYPE_CHECKING:
    import keras
    from pandas import DataFrame

KERAS_TABLE = "keras.io/api/applications"


@dataclass(frozen=True)
class Famous:
    """A net: its year, its costs for one picture, its published accuracy on ImageNet and where that stands.

    `top1`: share of ImageNet's validation pictures whose first guess is right, one net; None where nobody measured it.
    Chance is 0.001. `parameters` and `multiply_adds` with 1,000 classes; a test builds each net and counts again.
    """

    name: str
    year: int
    parameters: int
    multiply_adds: int
    top1: float | None
    source: str
    added: str


FAMOUS = (
    Famous("LeNet-5", 1998, 61_706, 416_520, None, "MNIST: 0.95 % errors, LeCun and others (1998)", "convolution and pooling, trained as one"),
    Famous("AlexNet", 2012, 60_965_224, 724_406_816, 0.593, "Krizhevsky and others (2012), table 2", "ReLU, dropout, two graphics processors"),
    Famous("VGG16", 2014, 138_357_544, 15_470_264_320, 0.713, KERAS_TABLE, "3×3 only, in blocks"),
    Famous("GoogLeNet", 2014, 6_998_552, 1_582_671_872, 0.698, "torchvision's table, with BatchNormalization", "branches, 1×1 first, a mean over places"),
    Famous("ResNet-50", 2015, 25_636_712, 3_857_973_248, 0.749, KERAS_TABLE, "a sum around each block"),
    Famous("ResNet-152", 2015, 60_419_944, 11_282_415_616, 0.766, KERAS_TABLE, "the same, three times as deep"),
    Famous("Xception", 2016, 22_910_480, 8_357_403_496, 0.790, KERAS_TABLE, "neighbours and channels apart"),
    Famous("MobileNet", 2017, 4_253_864, 568_740_352, 0.704, KERAS_TABLE, "the same, for telephones"),
    Famous("ViT-B/16", 2020, 86_566_120, 17_471_649_792, 0.811, "torchvision's table; 86,567,656 with a token", "attention between patches, no convolution"),
    Famous("ConvNeXt-T", 2022, 28_589_128, 4_455_531_264, 0.821, "Liu and others (2022), table 1", "convolutions again, taught by transformers"),
)  # fmt: skip
"""From 1998 to 2022. Recipes of training changed as well, so a difference of a point says little about architecture."""


def history() -> DataFrame:
    """The famous nets as a table, one row per net in the order of their years, named by `net`."""
    import pandas as pd

    rows = [
        {
            "net": one.name,
            "year": one.year,
            "parameters": one.parameters,
            "multiply-adds": one.multiply_adds,
            "ImageNet top 1": one.top1,
            "published in": one.source,
            "what it added": one.added,
        }
        for one in FAMOUS
    ]
    return pd.DataFrame(rows).set_index("net")


def build(name: str) -> keras.Model:
    """A famous net with random weights (zeros in the large dense layers of AlexNet and VGG16) and 1,000 classes.

    LeNet-5 has ten. Those that the course does not write out come from `keras.applications`. Raises ValueError for a
    name that FAMOUS does not have.
    """
    import keras

    known = {
        "LeNet-5": classic.lenet5,
        "AlexNet": lambda: classic.alexnet(streams=2),
        "VGG16": classic.vgg16,
        "GoogLeNet": googlenet,
        "ResNet-50": resnet,
        "ResNet-152": lambda: resnet(152),
        "Xception": lambda: keras.applications.Xception(weights=None),
        "MobileNet": lambda: keras.applications.MobileNet(weights=None),
        "ViT-B/16": vit,
        "ConvNeXt-T": lambda: keras.applications.ConvNeXtTiny(weights=None),
    }
    if name not in known:
        raise ValueError(f"No famous net called {name!r}; there are {', '.join(known)}")
    return known[name]()
