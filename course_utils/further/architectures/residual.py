"""Sums of what came in and what a branch adds: ResNets (2015), and small plain and residual stacks to train."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import keras

RESNETS = {
    18: ("basic", (2, 2, 2, 2)),
    34: ("basic", (3, 4, 6, 3)),
    50: ("bottleneck", (3, 4, 6, 3)),
    101: ("bottleneck", (3, 4, 23, 3)),
    152: ("bottleneck", (3, 8, 36, 3)),
}
"""Kind of block and blocks per stage, by the number of layers with weights."""


def _normalised(x, filters: int, side: int, strides: int, name: str, bias: bool):  # noqa: ANN001, ANN202
    """A convolution and its BatchNormalization."""
    from keras import layers

    x = layers.Conv2D(filters, side, strides, padding="same", use_bias=bias, name=f"{name}_conv")(x)
    return layers.BatchNormalization(epsilon=1.001e-5, name=f"{name}_bn")(x)


def _shortcut(x, filters: int, strides: int, name: str, bias: bool):  # noqa: ANN001, ANN202
    """What came in, by a 1×1 convolution where its shape does not fit the branch's."""
    if strides == 1 and x.shape[-1] == filters:
        return x
    return _normalised(x, filters, 1, strides, f"{name}_0", bias)


def basic_block(
    x: keras.KerasTensor, filters: int, strides: int = 1, name: str = "block", bias: bool = False
) -> keras.KerasTensor:
    """Two 3×3 convolutions and the shortcut: the block of ResNet-18 and ResNet-34.

    `x`: (N, H, W, channels); gives (N, H/strides, W/strides, filters).
    Source: K. He, X. Zhang, S. Ren, J. Sun (2016), Deep residual learning for image recognition, figure 5, left.
    """
    from keras import layers

    shortcut = _shortcut(x, filters, strides, name, bias)
    branch = layers.ReLU(name=f"{name}_1_relu")(_normalised(x, filters, 3, strides, f"{name}_1", bias))
    branch = _normalised(branch, filters, 3, 1, f"{name}_2", bias)
    return layers.ReLU(name=f"{name}_out")(layers.Add(name=f"{name}_add")([shortcut, branch]))


def bottleneck_block(
    x: keras.KerasTensor, filters: int, strides: int = 1, name: str = "block", bias: bool = True
) -> keras.KerasTensor:
    """1×1 to `filters` channels, 3×3 on these, 1×1 to four times as many, and the shortcut: ResNet-50 and deeper.

    `x`: (N, H, W, channels); gives (N, H/strides, W/strides, 4 * filters). The first convolution has the stride, as in
    the paper and in `keras.applications`; `bias`: with biases, as there, although BatchNormalization takes them away.
    Source: K. He and others (2016), figure 5, right.
    """
    from keras import layers

    shortcut = _shortcut(x, 4 * filters, strides, name, bias)
    branch = layers.ReLU(name=f"{name}_1_relu")(_normalised(x, filters, 1, strides, f"{name}_1", bias))
    branch = layers.ReLU(name=f"{name}_2_relu")(_normalised(branch, filters, 3, 1, f"{name}_2", bias))
    branch = _normalised(branch, 4 * filters, 1, 1, f"{name}_3", bias)
    return layers.ReLU(name=f"{name}_out")(layers.Add(name=f"{name}_add")([shortcut, branch]))


def resnet(depth: int = 50, side: int = 224, classes: int = 1000, bias: bool = True) -> keras.Model:
    """A ResNet for pictures of (side, side, 3) by its number of layers with weights: 18, 34, 50, 101 or 152.

    With 1,000 classes and biases the totals of 50, 101 and 152 are those of `keras.applications`: 25,636,712,
    44,707,176 and 60,419,944. Raises ValueError for another depth. Source: K. He and others (2016), table 1.
    """
    import keras
    from keras import layers

    if depth not in RESNETS:
        raise ValueError(f"No ResNet with {depth} layers; there are {', '.join(map(str, RESNETS))}")
    kind, stages = RESNETS[depth]
    block = {"basic": basic_block, "bottleneck": bottleneck_block}[kind]
    picture = keras.Input((side, side, 3))
    x = layers.ReLU(name="conv1_relu")(_normalised(picture, 64, 7, 2, "conv1", bias))
    x = layers.MaxPooling2D(3, strides=2, padding="same", name="pool1")(x)
    for stage, blocks in enumerate(stages):
        for number in range(blocks):
            halve = 2 if number == 0 and stage > 0 else 1
            x = block(x, 64 * 2**stage, halve, f"conv{stage + 2}_block{number + 1}", bias)
    x = layers.GlobalAveragePooling2D(name="mean")(x)
    return keras.Model(picture, layers.Dense(classes, activation="softmax", name="classes")(x))


def small_net(
    depth: int,
    residual: bool,
    normalise: bool = True,
    shape: tuple[int, int, int] = (8, 8, 1),
    filters: int = 16,
    classes: int = 10,
    momentum: float = 0.9,
) -> keras.Model:
    """A plain or a residual stack of `depth` layers with weights, all with the same number of filters.

    One 3×3 convolution, (depth - 2) / 2 pairs of them, the mean over all places, one dense layer. `residual`: each pair
    adds what came in, which costs no parameter. `normalise`: BatchNormalization after each convolution, with
    `momentum`. Raises ValueError for an odd depth or one below 4.
    Source: the nets for CIFAR-10 in K. He and others (2016), with one size of maps instead of three.
    """
    import keras
    from keras import layers

    if depth < 4 or depth % 2:
        raise ValueError(f"depth counts pairs of convolutions and two more layers: 4, 6, 8, ...; got {depth}")

    def convolution(x):  # noqa: ANN001, ANN202
        x = layers.Conv2D(filters, 3, padding="same", use_bias=not normalise, kernel_initializer="he_normal")(
            x
        )
        return layers.BatchNormalization(momentum=momentum)(x) if normalise else x

    picture = keras.Input(shape)
    x = layers.ReLU()(convolution(picture))
    for _ in range((depth - 2) // 2):
        branch = convolution(layers.ReLU()(convolution(x)))
        x = layers.ReLU()(layers.Add()([x, branch]) if residual else branch)
    x = layers.GlobalAveragePooling2D()(x)
    return keras.Model(picture, layers.Dense(classes, activation="softmax")(x))
