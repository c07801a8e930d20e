"""Neighbours first, channels afterwards: the blocks of MobileNet (2017) and Xception (2016)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import keras


def mobilenet_block(
    x: keras.KerasTensor, filters: int, strides: int = 1, name: str = "block"
) -> keras.KerasTensor:
    """MobileNet's block: depthwise 3×3, BatchNormalization, ReLU6, then 1×1, BatchNormalization, ReLU6.

    `x`: (N, H, W, channels); gives (N, H/strides, W/strides, filters).
    Source: A. Howard and others (2017), MobileNets: efficient CNNs for mobile vision applications, figure 3.
    """
    from keras import layers

    x = layers.DepthwiseConv2D(3, strides, padding="same", use_bias=False, name=f"{name}_depthwise")(x)
    x = layers.ReLU(6.0, name=f"{name}_1_relu")(layers.BatchNormalization(name=f"{name}_1_bn")(x))
    x = layers.Conv2D(filters, 1, use_bias=False, name=f"{name}_pointwise")(x)
    return layers.ReLU(6.0, name=f"{name}_2_relu")(layers.BatchNormalization(name=f"{name}_2_bn")(x))


def xception_block(x: keras.KerasTensor, name: str = "block") -> keras.KerasTensor:
    """A module of Xception's middle flow: three times ReLU, separable 3×3, BatchNormalization; plus what came in.

    `x`: (N, H, W, channels); the result has the same shape. Nothing bends between the two halves of a separable
    convolution, unlike in MobileNet's block.
    Source: F. Chollet (2017), Xception: deep learning with depthwise separable convolutions, figure 5.
    """
    from keras import layers

    branch = x
    for number in (1, 2, 3):
        branch = layers.ReLU(name=f"{name}_{number}_relu")(branch)
        branch = layers.SeparableConv2D(
            x.shape[-1], 3, padding="same", use_bias=False, name=f"{name}_{number}_separable"
        )(branch)
        branch = layers.BatchNormalization(name=f"{name}_{number}_bn")(branch)
    return layers.Add(name=f"{name}_add")([x, branch])
