"""The IMDB CNN of the 2018 workshop and today's, side by side on the same reviews in the same run.

    python benchmarks/imdb_cnn_2018.py                # three seeds of each, about ten minutes on 2 cores
    python benchmarks/imdb_cnn_2018.py --validation   # on the last 5,000 of Training: Test is left alone
    python benchmarks/imdb_cnn_2018.py --record       # and keep the table in benchmarks/recorded/

Needs IMDB (`course data fetch imdb`). The nets take turns, seed by seed, so that whatever else the machine does
hits them alike; what counts is the ratio. TF-IDF with logistic regression stands beside them.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))  # text_recipes also when a test loads this file

import text_recipes
from text_recipes import Recipe

NAME = "imdb_cnn_2018"
TITLE = "IMDB CNN: the recipe of 2018 and today's"
NOTE = (
    "Accuracy on the 25,000 test reviews, mean of the seeds; low and high are Wilson's 95 % interval at that "
    "number. The recipe of 2018 (5,000 words, the last 400 of a review, 250 filters of width 3, Adam at 0.001 in "
    "batches of 32, 2 epochs) reported 0.8800; its Keras encoding is made anew here from the raw reviews, and "
    "its look at Test after each epoch is left out, which only spares it time. Today's settings were chosen on "
    "5,000 random reviews held out of Training, and the choice confirmed on its last 5,000, of other films; Test "
    "was met only here. Seconds are training with the graph's "
    "compilation; making numbers out of the training texts, seconds_preparing, comes before it. Ratios are to "
    "the recipe of 2018, in the same run; cpu_seconds counts all threads. The two baselines have no seed."
)
THEN, TODAY = "2018: CNN, 5,000 words", "today: CNN, 20,000 words"


def build_2018():
    """The net of 2018, 350,751 parameters."""
    import keras
    from keras import layers

    return keras.Sequential(
        [
            keras.Input((400,), dtype="int32"),
            layers.Embedding(5000, 50),
            layers.Dropout(0.2),
            layers.Conv1D(250, 3, padding="valid", activation="relu"),
            layers.GlobalMaxPooling1D(),
            layers.Dense(250),
            layers.Dropout(0.2),
            layers.Activation("relu"),
            layers.Dense(1, activation="sigmoid"),
        ]
    )


def build_today():
    """Half the filters on a narrower embedding of more words."""
    import keras
    from keras import layers

    return keras.Sequential(
        [
            keras.Input((400,), dtype="int32"),
            layers.Embedding(20_000, 32),
            layers.Conv1D(128, 3, activation="relu"),
            layers.GlobalMaxPooling1D(),
            layers.Dropout(0.5),
            layers.Dense(64, activation="relu"),
            layers.Dense(1, activation="sigmoid"),
        ]
    )


RECIPES = {
    THEN: Recipe(build_2018, vocabulary=5000, batch=32, learning_rate=None),
    TODAY: Recipe(build_today),
}


def digest() -> str:
    """Changes with this script, with what the text benchmarks share, and with the data."""
    return text_recipes.digest(__file__, "imdb")


def main(arguments: Sequence[str] | None = None) -> int:
    return text_recipes.main(
        arguments, name=NAME, title=TITLE, note=NOTE, recipes=RECIPES, digest=digest, reference=THEN
    )


if __name__ == "__main__":
    sys.exit(main())
