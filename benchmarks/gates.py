"""Which gate keeps a memory? Recurrent nets with gates set in different ways: fresh gradients, and a memory test.

    python benchmarks/gates.py             # three seeds, about five minutes of one core
    python benchmarks/gates.py --record    # and keep the table in benchmarks/recorded/

Notebook 07 sets the forget gate and the input gate of an LSTM together. Here each is set alone, so that it shows which
of the two the memory test needs. The simple RNN, the GRU and the LSTM as Keras begins it stand beside them.
"""

from __future__ import annotations

import argparse
import hashlib
import logging
from pathlib import Path

import numpy as np

from course_utils.foundation import records
from course_utils.training import gradients
from course_utils.training.gradients import input_gradients

log = logging.getLogger("gates")

NAME = "gates"
TITLE = "Recurrent nets and their gates: what is left of a gradient, and a memory test"
NOTE = (
    "32 units each, three seeds for data and weights. `gradient, large inputs` and `gradient, small inputs`: in a fresh layer, the size of "
    "the last state's gradient 30 steps back as a share of that at the last step, mean of 16 texts of 60 steps, median of the "
    "seeds. Large inputs are normal with a standard deviation of 1, small ones lie between -0.05 and 0.05, as in a fresh Embedding of Keras. "
    "`memory`: accuracy on 1,000 rows of notebook 07's memory test, 100 steps, after 8 epochs on 1,500 rows (Adam at "
    "0.01, batches of 64, clipnorm 1), mean of the seeds; a coin gets 0.5. *long*: the biases of the forget gate (GRU: update gate) are ln s, with s "
    "between 1 and the number of steps, one per unit. *shut*: the input biases are -ln s. *Keras*: as Keras begins, LSTM with "
    "forget bias 1, all others 0."
)
SEEDS = (2018, 2019, 2020)
UNITS, BACK = 32, 30
SPAN, ROWS, TEST_ROWS = 100, 1_500, 1_000
NETS = {
    "SimpleRNN": ("-", "-"),
    "GRU": ("Keras", "-"),
    "GRU, update gate long": ("long", "-"),
    "LSTM, forget bias 0": ("bias 0", "Keras"),
    "LSTM": ("Keras", "Keras"),
    "LSTM, input gate shut": ("Keras", "shut"),
    "LSTM, forget gate long": ("long", "Keras"),
    "LSTM, both": ("long", "shut"),
}
"""Each net with its forget gate (the GRU's update gate) and its input gate."""


def layer_of(net: str, seed: int, steps: int, inputs: int):
    """A fresh recurrent layer of this net, built for `inputs` numbers per step."""
    from keras import layers

    forget, take_in = NETS[net]
    options = {"unit_forget_bias": False} if forget == "bias 0" else {}
    layer = getattr(layers, net.split(",")[0])(UNITS, **options)
    layer.build((None, steps, inputs))
    kernel, recurrent, bias = layer.get_weights()
    spans = np.random.default_rng(seed).uniform(1, steps, UNITS)
    if net == "GRU, update gate long":
        bias[0, :UNITS] = np.log(spans)
        layer.set_weights([kernel, recurrent, bias])
    if take_in == "-":
        return layer
    if take_in == "shut":
        bias[:UNITS] = -np.log(spans)
    if forget == "long":
        bias[UNITS : 2 * UNITS] = np.log(spans)
    layer.set_weights([kernel, recurrent, bias])
    return layer


def gradient_left(net: str, seed: int, scale: str) -> float:
    """What is left of the last state's gradient 30 steps back, with large or small inputs."""
    import keras

    random, shape = np.random.default_rng(seed), (16, 60, 16)
    texts = random.normal(size=shape) if scale == "large" else random.uniform(-0.05, 0.05, shape)
    keras.utils.set_random_seed(seed)
    found = input_gradients(layer_of(net, seed, *shape[1:]), texts.astype("float32"))
    sizes = np.linalg.norm(found, axis=-1).mean(axis=0)
    return float(sizes[-1 - BACK] / sizes[-1])


def recall_rows(count: int, random: np.random.Generator, span: int = SPAN) -> tuple[np.ndarray, np.ndarray]:
    """Rows of notebook 07's memory test: symbols with one mark, (count, span, 2), and the marked ones as 0 or 1."""
    symbols = random.choice([-1.0, 1.0], (count, span))
    marks = np.zeros_like(symbols)
    place = random.integers(0, 5, count)
    marks[np.arange(count), place] = 1
    rows = np.stack([symbols, marks], axis=-1).astype("float32")
    return rows, (symbols[np.arange(count), place] > 0).astype("int32")


def memory(net: str, seed: int, span: int = SPAN, rows: int = ROWS, epochs: int = 8) -> float:
    """Test accuracy of this net on the memory test."""
    import keras
    from keras import layers

    random = np.random.default_rng(seed)
    known, new = recall_rows(rows, random, span), recall_rows(TEST_ROWS, random, span)
    keras.utils.set_random_seed(seed)
    model = keras.Sequential([layer_of(net, seed, span, 2), layers.Dense(1, activation="sigmoid")])
    model.compile(keras.optimizers.Adam(0.01, clipnorm=1.0), "binary_crossentropy", metrics=["accuracy"])
    model.fit(*known, batch_size=64, epochs=epochs, verbose=0)
    accuracy = model.evaluate(*new, batch_size=250, verbose=0)[1]
    keras.backend.clear_session()
    return float(accuracy)


def row(net: str) -> dict:
    """The line of one net."""
    left = {scale: [gradient_left(net, seed, scale) for seed in SEEDS] for scale in ("large", "small")}
    found = [memory(net, seed) for seed in SEEDS]
    forget, take_in = NETS[net]
    return {
        "net": net,
        "forget gate": forget,
        "input gate": take_in,
        "gradient, large inputs": float(f"{np.median(left['large']):.2g}"),
        "gradient, small inputs": float(f"{np.median(left['small']):.2g}"),
        "gradient_large_runs": [float(f"{one:.2g}") for one in left["large"]],
        "gradient_small_runs": [float(f"{one:.2g}") for one in left["small"]],
        "memory": round(float(np.mean(found)), 4),
        "memory_sd": round(float(np.std(found, ddof=1)), 4),
        "memory_runs": [round(one, 4) for one in found],
    }


def digest() -> str:
    """sha256 over this script and the helper that takes the gradients."""
    state = hashlib.sha256(records.code_of(Path(__file__)).encode())
    state.update(records.code_of(Path(gradients.__file__)).encode())
    return state.hexdigest()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--record", action="store_true", help=f"keep the table as {NAME}")
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    state, table = digest(), []
    for net in NETS:
        table.append(row(net))
        log.info("%s", table[-1])
    if options.record:
        packages = ("keras", "tensorflow", "numpy")
        log.info("kept in %s", records.write(NAME, TITLE, NOTE, table, state, packages, seeds=list(SEEDS)))


if __name__ == "__main__":
    main()
