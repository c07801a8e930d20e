"""Stacks of convolutions and dense layers: LeNet-5 (1998), AlexNet (2012), VGG16 (2014)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import keras

LARGE = "zeros"
"""How the two large dense layers of AlexNet and VGG16 begin, unless asked otherwise.

Random numbers for 103 million weights are drawn in one piece and then copied: VGG16 needs 1.9 GB that way and 1.3 GB
with zeros, and a kernel with 2 GB dies. Zeros are enough to count, to time, and to load weights into. To train, pass
`large="glorot_uniform"`.
"""

# The maps that each filter of the second convolution looks at: LeCun and others (1998), table I.
_SEEN = (
    (0, 1, 2), (1, 2, 3), (2, 3, 4), (3, 4, 5), (0, 4, 5), (0, 1, 5),
    (0, 1, 2, 3), (1, 2, 3, 4), (2, 3, 4, 5), (0, 3, 4, 5), (0, 1, 4, 5), (0, 1, 2, 5),
    (0, 1, 3, 4), (1, 2, 4, 5), (0, 2, 3, 5),
    (0, 1, 2, 3, 4, 5),
)  # fmt: skip


def lenet5(activation: str = "tanh", pooling: str = "average", classes: int = 10) -> keras.Model:
    """LeNet-5 for pictures of (32, 32, 1): 61,706 parameters with ten classes.

    `activation`, `pooling`: tanh and average, as in 1998, or relu and max. Every filter sees all maps, and the output
    is a softmax; `lenet5_of_the_paper` has the connections of 1998. Raises ValueError for another pooling.
    Source: Y. LeCun and others (1998), Gradient-based learning applied to document recognition.
    """
    import keras
    from keras import layers

    pools = {"average": layers.AveragePooling2D, "max": layers.MaxPooling2D}
    if pooling not in pools:
        raise ValueError(f"pooling is {pooling!r}; expected average or max")
    return keras.Sequential(
        [
            keras.Input((32, 32, 1)),
            layers.Conv2D(6, 5, activation=activation, name="C1"),
            pools[pooling](2, name="S2"),
            layers.Conv2D(16, 5, activation=activation, name="C3"),
            pools[pooling](2, name="S4"),
            layers.Conv2D(120, 5, activation=activation, name="C5"),
            layers.Flatten(name="flat"),
            layers.Dense(84, activation=activation, name="F6"),
            layers.Dense(classes, activation="softmax", name="output"),
        ]
    )


def lenet5_of_the_paper() -> keras.Model:
    """LeNet-5 as trained in 1998, (32, 32, 1) to 84 units: 60,000 parameters.

    Each filter of the second convolution sees some of the six maps only, and each pooled map has a learned factor and
    bias. The ten outputs were distances to fixed codes, which are not learned. The scale of the activations is left out.
    """
    import keras
    from keras import layers

    def pooled(x: keras.KerasTensor) -> keras.KerasTensor:
        return layers.DepthwiseConv2D(1, activation="sigmoid")(layers.AveragePooling2D(2)(x))

    picture = keras.Input((32, 32, 1))
    x = pooled(layers.Conv2D(6, 5, activation="tanh")(picture))
    maps = [x[..., index : index + 1] for index in range(6)]
    filters = [
        layers.Conv2D(1, 5, activation="tanh")(layers.Concatenate()([maps[index] for index in seen]))
        for seen in _SEEN
    ]
    x = layers.Conv2D(120, 5, activation="tanh")(pooled(layers.Concatenate()(filters)))
    return keras.Model(picture, layers.Dense(84, activation="tanh")(layers.Flatten()(x)))


def alexnet(streams: int = 1, classes: int = 1000, large: str = LARGE) -> keras.Model:
    """AlexNet for pictures of (227, 227, 3): 62,378,344 parameters in one stream, 60,965,224 in two.

    `streams`: 2 is the net of 2012, on two graphics processors: convolutions 2, 4 and 5 see only the half of the maps on
    their own (`groups=2`). `large`: how the two large dense layers begin. Local response normalisation, which has no
    parameters, is left out. Raises ValueError for other than one or two streams.
    Source: A. Krizhevsky, I. Sutskever, G. Hinton (2012), ImageNet classification with deep convolutional neural networks.
    """
    import keras
    from keras import layers

    if streams not in (1, 2):
        raise ValueError(f"streams is {streams!r}; expected 1 or 2")

    def convolution(filters: int, side: int, **options) -> layers.Layer:
        return layers.Conv2D(filters, side, activation="relu", **options)

    return keras.Sequential(
        [
            keras.Input((227, 227, 3)),
            convolution(96, 11, strides=4, name="conv1"),
            layers.MaxPooling2D(3, strides=2, name="pool1"),
            convolution(256, 5, padding="same", groups=streams, name="conv2"),
            layers.MaxPooling2D(3, strides=2, name="pool2"),
            convolution(384, 3, padding="same", name="conv3"),
            convolution(384, 3, padding="same", groups=streams, name="conv4"),
            convolution(256, 3, padding="same", groups=streams, name="conv5"),
            layers.MaxPooling2D(3, strides=2, name="pool5"),
            layers.Flatten(name="flat"),
            layers.Dropout(0.5, name="dropout6"),
            layers.Dense(4096, activation="relu", kernel_initializer=large, name="fc6"),
            layers.Dropout(0.5, name="dropout7"),
            layers.Dense(4096, activation="relu", kernel_initializer=large, name="fc7"),
            layers.Dense(classes, activation="softmax", name="classes"),
        ]
    )


def vgg16(side: int = 224, classes: int = 1000, large: str = LARGE) -> keras.Model:
    """VGG16 for pictures of (side, side, 3): 138,357,544 parameters at 224 with 1,000 classes.

    Names and order of the layers are those of `keras.applications.VGG16`, so weights fit both ways. `side`: 32 or
    more, because five poolings halve it. `large`: how the two large dense layers begin.
    Source: K. Simonyan, A. Zisserman (2014), Very deep convolutional networks for large-scale image recognition.
    """
    import keras
    from keras import layers

    stack = [keras.Input((side, side, 3))]
    for block, (count, filters) in enumerate(((2, 64), (2, 128), (3, 256), (3, 512), (3, 512)), start=1):
        for number in range(1, count + 1):
            name = f"block{block}_conv{number}"
            stack.append(layers.Conv2D(filters, 3, padding="same", activation="relu", name=name))
        stack.append(layers.MaxPooling2D(2, name=f"block{block}_pool"))
    stack.append(layers.Flatten(name="flatten"))
    for name in ("fc1", "fc2"):
        stack.append(layers.Dense(4096, activation="relu", kernel_initializer=large, name=name))
    return keras.Sequential([*stack, layers.Dense(classes, activation="softmax", name="predictions")])
