"""The nets that the course loads: what `keras.applications` calls them, their sizes and their official files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import keras

WEIGHTS = ("auto", "imagenet", "course", "random")
CLASS_INDEX = "imagenet_class_index.json"


@dataclass(frozen=True)
class Net:
    """One net: its name, its module of `keras.applications`, its picture size in pixels, its files of weights."""

    name: str
    module: str
    size: int
    whole: str
    without_top: str

    @property
    def asset(self) -> str:
        """Its ImageNet weights in the registry."""
        return f"{self.name.lower()}-imagenet"

    def file(self, top: bool) -> str:
        """The official name of its file of weights."""
        return self.whole if top else self.without_top

    def build(self, **options) -> keras.Model:
        """The stock model; `options` go to `keras.applications`."""
        import keras

        return getattr(keras.applications, self.name)(**options)

    def preprocess(self, images):
        """`keras.applications`' own preprocessing of the net; it may change the array it is given."""
        import keras

        module = getattr(keras.applications, self.module)
        return module.preprocess_input(images, data_format="channels_last")


def _kernels(stem: str) -> tuple[str, str]:
    name = f"{stem}_weights_tf_dim_ordering_tf_kernels"
    return f"{name}.h5", f"{name}_notop.h5"


_MOBILE = "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224"
NETS = {
    net.name: net
    for net in (
        Net("VGG16", "vgg16", 224, *_kernels("vgg16")),
        Net("Xception", "xception", 299, *_kernels("xception")),
        Net("ResNet50", "resnet50", 224, *_kernels("resnet50")),
        Net("InceptionV3", "inception_v3", 299, *_kernels("inception_v3")),
        Net("MobileNetV2", "mobilenet_v2", 224, f"{_MOBILE}.h5", f"{_MOBILE}_no_top.h5"),
    )
}
