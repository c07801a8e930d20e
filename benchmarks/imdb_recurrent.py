"""Recurrent nets on IMDB: SimpleRNN, LSTM, CNN before LSTM, a GRU in both directions; accuracy and cost.

    python benchmarks/imdb_recurrent.py                # three seeds of most, about ten minutes on 2 cores
    python benchmarks/imdb_recurrent.py --validation   # on the last 5,000 of Training: Test is left alone
    python benchmarks/imdb_recurrent.py --record       # and keep the table in benchmarks/recorded/

Needs IMDB (`course data fetch imdb`). The nets take turns, seed by seed. The SimpleRNN as it is often taught
(10 epochs on 500 words) and TF-IDF with logistic regression stand beside them.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))  # text_recipes also when a test loads this file

import text_recipes
from text_recipes import Recipe

NAME = "imdb_recurrent"
TITLE = "IMDB: recurrent nets, their accuracy and their cost"
NOTE = (
    "Accuracy on the 25,000 test reviews, mean of the seeds; low and high are Wilson's 95 % interval at that "
    "number. The first net is the SimpleRNN of the talks (10,000 words, the last 500 of a review, RMSprop at "
    "0.001 in batches of 128, 10 epochs; reported 0.8226 on a fifth of Training held out), here with all of "
    "Training. It and the GRU, the two slowest, have one seed (column runs). The others' settings were chosen on "
    "5,000 random reviews held out of Training; Test was met only here. Seconds are training with the graph's "
    "compilation; seconds_preparing is making numbers out of the training texts; ms_a_review is answering, from "
    "ids to probabilities, in batches of 256. cpu_seconds counts all threads."
)
TALK = "SimpleRNN of the talks, 500 words"
RNN, LSTM = "SimpleRNN, 200 words", "LSTM, 200 words"
CNN_LSTM, GRU = "CNN → LSTM, 400 words", "bidirectional GRU, 300 words"


def build_talk():
    """Embedding and SimpleRNN of 32 units each, the last state read out: 322,113 parameters."""
    import keras
    from keras import layers

    return keras.Sequential(
        [
            keras.Input((500,), dtype="int32"),
            layers.Embedding(10_000, 32),
            layers.SimpleRNN(32),
            layers.Dense(1, activation="sigmoid"),
        ]
    )


def _reads(length: int, *reader):
    """Embedding, the layers that read, dropout, one answer."""
    import keras
    from keras import layers

    return keras.Sequential(
        [
            keras.Input((length,), dtype="int32"),
            layers.Embedding(20_000, 32),
            *reader,
            layers.Dropout(0.5),
            layers.Dense(1, activation="sigmoid"),
        ]
    )


def build_rnn():
    """The same 32 units: what helps is a shorter text, a schedule, and steps that cannot explode."""
    from keras import layers

    return _reads(200, layers.SimpleRNN(32))


def build_lstm():
    """An LSTM of 32 units, the last state read out."""
    from keras import layers

    return _reads(200, layers.LSTM(32))


def build_cnn_lstm():
    """Convolution and pooling shorten 400 words to 99 steps before the LSTM reads them."""
    from keras import layers

    return _reads(400, layers.Conv1D(64, 3, activation="relu"), layers.MaxPooling1D(4), layers.LSTM(64))


def build_gru():
    """A GRU each way; of all its states the largest value of each unit."""
    from keras import layers

    both = layers.Bidirectional(layers.GRU(32, return_sequences=True))
    return _reads(300, both, layers.GlobalMaxPooling1D())


RECIPES = {
    TALK: Recipe(
        build_talk,
        vocabulary=10_000,
        length=500,
        epochs=10,
        learning_rate=None,
        optimizer="rmsprop",
        most_runs=1,
    ),
    RNN: Recipe(build_rnn, length=200, learning_rate=2e-3, clip=1.0),
    LSTM: Recipe(build_lstm, length=200),
    CNN_LSTM: Recipe(build_cnn_lstm, length=400),
    GRU: Recipe(build_gru, length=300, most_runs=1),
}


def digest() -> str:
    """Changes with this script, with what the text benchmarks share, and with the data."""
    return text_recipes.digest(__file__, "imdb")


def main(arguments: Sequence[str] | None = None) -> int:
    return text_recipes.main(arguments, name=NAME, title=TITLE, note=NOTE, recipes=RECIPES, digest=digest)


if __name__ == "__main__":
    sys.exit(main())
