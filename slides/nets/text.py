"""Nets of deck 05: Kim's CNN for sentences and the two sizes of Crepe.

Only shapes and counts are taken from them, so the large layers begin with zeros: 70 million random numbers take long.
"""

ALPHABET = 69  # Crepe's different characters: 26 letters, 10 digits, 32 other marks, the new line
CHARACTERS = 1014  # of a text that Crepe reads


def KimRand():
    """Kim's CNN-rand (2014): 300 numbers per word, windows of 3, 4 and 5 words with 100 maps each."""
    import keras
    from keras import layers

    words = keras.Input((56,), dtype="int32")
    vectors = layers.Embedding(18_765, 300, embeddings_initializer="zeros")(words)
    best = []
    for width in (3, 4, 5):
        maps = layers.Conv1D(100, width, activation="relu")(vectors)
        best.append(layers.GlobalMaxPooling1D()(maps))
    features = layers.Dropout(0.5)(layers.Concatenate()(best))
    return keras.Model(words, layers.Dense(2, activation="softmax")(features))


def _crepe(maps: int, units: int):
    import keras
    from keras import layers

    sizes = ((7, 3), (7, 3), (3, None), (3, None), (3, None), (3, 3))
    stack = [keras.Input((CHARACTERS, ALPHABET))]
    for kernel, pool in sizes:
        stack.append(layers.Conv1D(maps, kernel, activation="relu"))
        if pool:
            stack.append(layers.MaxPooling1D(pool))
    stack.append(layers.Flatten())
    for _ in range(2):
        stack += [layers.Dense(units, activation="relu", kernel_initializer="zeros"), layers.Dropout(0.5)]
    stack.append(layers.Dense(4, activation="softmax"))  # AG's News has four classes
    return keras.Sequential(stack)


def CrepeSmall():
    """Zhang, Zhao and LeCun (2015), small: 256 maps, 1,024 units."""
    return _crepe(256, 1024)


def CrepeLarge():
    """Zhang, Zhao and LeCun (2015), large: 1,024 maps, 2,048 units."""
    return _crepe(1024, 2048)
