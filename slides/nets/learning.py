"""Nets of deck 01."""


def FirstDenseLayer():
    """The first dense layer on small colour pictures of 64×64, as counted in the Vietnamese talk: 1,000 neurons."""
    import keras
    from keras import layers

    return keras.Sequential([keras.Input((64, 64, 3)), layers.Flatten(), layers.Dense(1000)])


def DigitsMLP():
    """The net of the Keras slides: scikit-learn's digits, 8×8 pixels in a row, ten classes."""
    import keras
    from keras import layers

    return keras.Sequential(
        [
            keras.Input((64,)),
            layers.Dense(32, activation="relu"),
            layers.Dense(10, activation="softmax"),
        ]
    )


def TwoBranches():
    """The functional example of the Keras slides: a picture and three numbers beside it, joined, 16 classes."""
    import keras
    from keras import layers

    picture = keras.Input((32, 32, 3), name="picture")
    colour = keras.Input((3,), name="mean_colour")
    x = layers.Conv2D(16, 3, activation="relu")(picture)
    x = layers.GlobalAveragePooling2D()(x)
    x = layers.Concatenate()([x, colour])
    fruit = layers.Dense(16, activation="softmax")(x)
    return keras.Model([picture, colour], fruit)
