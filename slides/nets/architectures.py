"""Nets of deck 03: the famous ones that keras.applications has not, and single layers to count."""


def LeNet5():
    """LeNet-5 with the layers, sizes and activations of the Vietnamese talk's table; names as in the paper."""
    import keras
    from keras import layers

    return keras.Sequential(
        [
            keras.Input((32, 32, 1)),
            layers.Conv2D(6, 5, activation="tanh", name="C1"),
            layers.AveragePooling2D(2, name="S2"),
            layers.Conv2D(16, 5, activation="tanh", name="C3"),
            layers.AveragePooling2D(2, name="S4"),
            layers.Conv2D(120, 5, activation="tanh", name="C5"),
            layers.Flatten(name="flat"),
            layers.Dense(84, activation="tanh", name="F6"),
            layers.Dense(10, activation="softmax", name="output"),
        ]
    )


def LeNet5OfThePaper():
    """LeNet-5 as it was trained in 1998, up to the 84 units whose distances to fixed codes were the answer.

    Poolings with a learned factor and bias a map; in the second convolution each filter looks at some of the six
    maps only. The squashed layers' scale is left out: it has no parameters.
    """
    import keras
    from keras import layers

    def pooled(x):
        x = layers.AveragePooling2D(2)(x)
        return layers.DepthwiseConv2D(1, activation="sigmoid")(x)  # a factor and a bias for each map

    picture = keras.Input((32, 32, 1))
    x = pooled(layers.Conv2D(6, 5, activation="tanh")(picture))
    maps = [x[..., index : index + 1] for index in range(6)]
    filters = [
        layers.Conv2D(1, 5, activation="tanh")(layers.Concatenate()([maps[index] for index in seen]))
        for seen in _lenet_scheme()
    ]
    x = pooled(layers.Concatenate()(filters))
    x = layers.Conv2D(120, 5, activation="tanh")(x)
    x = layers.Dense(84, activation="tanh")(layers.Flatten()(x))
    return keras.Model(picture, x)


def _lenet_scheme() -> tuple[tuple[int, ...], ...]:
    """The maps each filter of LeNet-5's second convolution looks at (LeCun and others, 1998, table I)."""
    return (
        (0, 1, 2), (1, 2, 3), (2, 3, 4), (3, 4, 5), (0, 4, 5), (0, 1, 5),
        (0, 1, 2, 3), (1, 2, 3, 4), (2, 3, 4, 5), (0, 3, 4, 5), (0, 1, 4, 5), (0, 1, 2, 5),
        (0, 1, 3, 4), (1, 2, 4, 5), (0, 2, 3, 5),
        (0, 1, 2, 3, 4, 5),
    )  # fmt: skip


def AlexNet():
    """AlexNet in one stream, with the sizes of the Vietnamese talk's table."""
    return _alexnet(groups=1)


def AlexNetOnTwoGPUs():
    """AlexNet as it was trained in 2012: convolutions 2, 4 and 5 see only the half of the maps on their own GPU."""
    return _alexnet(groups=2)


def _alexnet(groups: int):  # noqa: ANN202 - a Keras model; the framework is not imported here
    import keras
    from keras import layers

    # Left out: local response normalisation behind the first two convolutions; it has no parameters.
    return keras.Sequential(
        [
            keras.Input((227, 227, 3)),
            layers.Conv2D(96, 11, strides=4, activation="relu", name="conv1"),
            layers.MaxPooling2D(3, strides=2, name="pool1"),
            layers.Conv2D(256, 5, padding="same", groups=groups, activation="relu", name="conv2"),
            layers.MaxPooling2D(3, strides=2, name="pool2"),
            layers.Conv2D(384, 3, padding="same", activation="relu", name="conv3"),
            layers.Conv2D(384, 3, padding="same", groups=groups, activation="relu", name="conv4"),
            layers.Conv2D(256, 3, padding="same", groups=groups, activation="relu", name="conv5"),
            layers.MaxPooling2D(3, strides=2, name="pool5"),
            layers.Flatten(name="flat"),
            layers.Dropout(0.5, name="dropout6"),
            layers.Dense(4096, activation="relu", name="fc6"),
            layers.Dropout(0.5, name="dropout7"),
            layers.Dense(4096, activation="relu", name="fc7"),
            layers.Dense(1000, activation="softmax", name="classes"),
        ]
    )


def GoogLeNet():
    """GoogLeNet, layer by layer, without the two auxiliary classifiers that only training uses."""
    return _googlenet(by_module=False)


def GoogLeNetByModule():
    """The same net with each Inception module as one layer: a table of it fits on a slide."""
    return _googlenet(by_module=True)


def _googlenet_modules() -> dict[str, tuple[int, ...]]:
    """GoogLeNet's modules (Szegedy and others, 2015, table 1): filters of 1×1; before 3×3 and of 3×3; before 5×5
    and of 5×5; behind the pooling."""
    return {
        "inception_3a": (64, 96, 128, 16, 32, 32),
        "inception_3b": (128, 128, 192, 32, 96, 64),
        "inception_4a": (192, 96, 208, 16, 48, 64),
        "inception_4b": (160, 112, 224, 24, 64, 64),
        "inception_4c": (128, 128, 256, 24, 64, 64),
        "inception_4d": (112, 144, 288, 32, 64, 64),
        "inception_4e": (256, 160, 320, 32, 128, 128),
        "inception_5a": (256, 160, 320, 32, 128, 128),
        "inception_5b": (384, 192, 384, 48, 128, 128),
    }


def _googlenet(by_module: bool):  # noqa: ANN202 - a Keras model
    import keras
    from keras import layers

    def convolution(x, filters: int, side: int, name: str, strides: int = 1):  # noqa: ANN001, ANN202
        return layers.Conv2D(
            filters, side, strides=strides, padding="same", activation="relu", name=name
        )(x)  # fmt: skip

    def module(x, name: str):  # noqa: ANN001, ANN202
        narrow, before3, of3, before5, of5, behind_pool = _googlenet_modules()[name]
        branches = [
            convolution(x, narrow, 1, f"{name}_1x1"),
            convolution(convolution(x, before3, 1, f"{name}_3x3_reduce"), of3, 3, f"{name}_3x3"),
            convolution(convolution(x, before5, 1, f"{name}_5x5_reduce"), of5, 5, f"{name}_5x5"),
            convolution(
                layers.MaxPooling2D(3, strides=1, padding="same", name=f"{name}_pool")(x),
                behind_pool,
                1,
                f"{name}_pool_proj",
            ),
        ]
        return layers.Concatenate(name=f"{name}_output")(branches)

    def placed(x, name: str):  # noqa: ANN001, ANN202
        if not by_module:
            return module(x, name)
        inside = keras.Input(x.shape[1:])
        return keras.Model(inside, module(inside, name), name=name[-2:])(x)

    def pooled(x, name: str):  # noqa: ANN001, ANN202
        return layers.MaxPooling2D(3, strides=2, padding="same", name=name)(x)

    modules = _googlenet_modules()
    # Left out: local response normalisation behind the first two stages; it has no parameters.
    picture = keras.Input((224, 224, 3), name="picture")
    x = pooled(convolution(picture, 64, 7, "conv1", strides=2), "pool1")
    x = convolution(convolution(x, 64, 1, "reduce2"), 192, 3, "conv2")
    x = pooled(x, "pool2")
    for name in modules:
        x = placed(x, name)
        if name in ("inception_3b", "inception_4e"):
            x = pooled(x, f"pool{name[-2]}")
    x = layers.GlobalAveragePooling2D(name="mean")(x)
    x = layers.Dropout(0.4, name="dropout")(x)
    return keras.Model(picture, layers.Dense(1000, activation="softmax", name="classes")(x))


def OrdinaryConvolution():
    """One 3×3 convolution from 64 to 128 channels, at the place of Xception's first separable one."""
    import keras
    from keras import layers

    return keras.Sequential(
        [keras.Input((147, 147, 64)), layers.Conv2D(128, 3, padding="same", use_bias=False)]
    )


def SeparableInTwo():
    """The same place, separable, its two halves as layers of their own."""
    import keras
    from keras import layers

    return keras.Sequential(
        [
            keras.Input((147, 147, 64)),
            layers.DepthwiseConv2D(3, padding="same", use_bias=False, name="depthwise"),
            layers.Conv2D(128, 1, use_bias=False, name="pointwise"),
        ]
    )


def TwoConvolutions():
    """Two 3×3 convolutions of 256 channels: they see 5×5."""
    return _stack(2, 3)


def OneWideConvolution():
    """One 5×5 convolution of 256 channels: it sees as much as two of 3×3."""
    return _stack(1, 5)


def _stack(layers_: int, side: int):  # noqa: ANN202 - a Keras model
    import keras
    from keras import layers

    stacked = [layers.Conv2D(256, side, padding="same", activation="relu") for _ in range(layers_)]
    return keras.Sequential([keras.Input((56, 56, 256)), *stacked])
