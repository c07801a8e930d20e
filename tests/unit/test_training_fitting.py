"""`fit` takes what `Model.fit` takes, shows as much, and gives the history as a table."""

import inspect
import warnings

import keras
import numpy as np
import pytest

from course_utils.training import fit, history_table

X = np.random.default_rng(1).random((64, 8), dtype="float32")
Y = (X.sum(axis=1) > 4).astype("int32")


class Batches(keras.utils.PyDataset):
    """A data set in batches that remembers the order in which they were asked for."""

    def __init__(self):
        super().__init__()
        self.asked = []

    def __len__(self):
        return 8

    def __getitem__(self, index):
        self.asked.append(index)
        return X[8 * index : 8 * index + 8], Y[8 * index : 8 * index + 8]


def net(inputs=8):
    keras.utils.set_random_seed(3)
    model = keras.Sequential([keras.Input((inputs,)), keras.layers.Dense(1, activation="sigmoid")])
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"], run_eagerly=True)  # nothing to trace
    return model


def seen(table, name):
    """The values of a column where there are any."""
    return table[name].dropna().tolist()


def stop_after(epochs):
    """A person who presses the square after so many epochs."""

    def press(epoch, logs):
        if epoch + 1 > epochs:
            raise KeyboardInterrupt

    return keras.callbacks.LambdaCallback(on_epoch_begin=lambda epoch, logs=None: press(epoch, logs))


@pytest.fixture(autouse=True)
def automatic(monkeypatch):
    monkeypatch.setenv("COURSE_AUTOMATIC", "1")


@pytest.mark.parametrize(
    "options",
    [
        dict,
        lambda: {"validation_data": (X, Y), "validation_freq": 2},
        lambda: {"validation_data": (X, Y), "validation_freq": [1, 4]},
        lambda: {"callbacks": None},
        lambda: {"callbacks": keras.callbacks.TerminateOnNaN()},
        lambda: {"callbacks": (keras.callbacks.TerminateOnNaN(),)},
        lambda: {"callbacks": keras.callbacks.History()},
        lambda: {"initial_epoch": 2, "shuffle": False},
        lambda: {"class_weight": {0: 1.0, 1: 3.0}, "validation_split": 0.25},
        lambda: {"sample_weight": np.linspace(0, 1, 64), "steps_per_epoch": 2},
    ],
    ids=lambda options: "-".join(options()) or "plain",
)
def test_the_table_has_the_values_of_model_fit(options):
    expected = net().fit(X, Y, epochs=4, verbose=0, **options())
    table = fit(net(), X, Y, epochs=4, progress="none", **options())
    assert table["epoch"].tolist() == [epoch + 1 for epoch in expected.epoch]
    assert set(table.columns) == {"epoch", *expected.history}
    for name, values in expected.history.items():
        assert seen(table, name) == values, name
    assert table.attrs["seconds"] > 0


def test_values_of_some_epochs_stand_in_the_rows_of_those_epochs():
    table = fit(net(), X, Y, epochs=4, progress="none", validation_data=(X, Y), validation_freq=[1, 4])
    assert table.loc[table["val_loss"].notna(), "epoch"].tolist() == [1, 4]


def test_a_value_that_a_callback_adds_now_and_then_costs_no_training():
    def add(epoch, logs):
        if epoch == 2:
            logs["bleu"] = 0.5

    odd = keras.callbacks.LambdaCallback(on_epoch_end=add)
    table = fit(net(), X, Y, epochs=4, progress="none", callbacks=odd)
    assert table.loc[table["bleu"].notna(), "epoch"].tolist() == [3]


def test_arguments_may_be_given_by_their_place_as_in_keras():
    named = fit(net(), X, Y, batch_size=16, epochs=2, verbose=0, callbacks=None, validation_split=0.25)
    placed = fit(net(), X, Y, 16, 2, 0, None, 0.25)
    assert placed.equals(named)


def test_it_takes_its_arguments_in_the_order_of_model_fit():
    theirs = list(inspect.signature(keras.Model.fit).parameters)[1:]
    ours = [
        name
        for name, parameter in inspect.signature(fit).parameters.items()
        if parameter.kind is parameter.POSITIONAL_OR_KEYWORD
    ][1:]
    assert theirs[: len(ours)] == ours


@pytest.mark.parametrize("shuffle", [None, True, False])
def test_pictures_without_labels_are_shuffled_as_keras_does(shuffle):
    """An autoencoder's loss is its own: only inputs are given."""
    options = {} if shuffle is None else {"shuffle": shuffle}
    losses = []
    for train in (
        lambda model, x, **rest: model.fit(x, **rest).history["loss"],
        lambda *a, **k: fit(*a, **k)["loss"].tolist(),
    ):
        keras.utils.set_random_seed(3)
        inputs = keras.Input((8,))
        model = keras.Model(
            inputs, keras.layers.ActivityRegularization(l2=1.0)(keras.layers.Dense(2)(inputs))
        )
        model.compile("sgd", run_eagerly=True)
        losses.append(train(model, X * np.arange(64)[:, None], epochs=2, batch_size=8, verbose=0, **options))
    assert losses[0] == losses[1]


@pytest.mark.parametrize("options", [{}, {"shuffle": False}], ids=["plain", "unshuffled"])
def test_batches_of_a_data_set_come_in_the_order_of_model_fit(options):
    theirs, ours = Batches(), Batches()
    net().fit(theirs, epochs=2, verbose=0, **options)
    fit(net(), ours, epochs=2, progress="none", **options)
    assert ours.asked == theirs.asked
    in_order = ours.asked[-8:] == list(range(8))
    assert in_order == (options == {"shuffle": False})


def test_a_tf_data_set_is_trained_on_without_a_warning_that_nobody_can_heed():
    tf = pytest.importorskip("tensorflow")
    stream = tf.data.Dataset.from_tensor_slices((X, Y)).batch(8)
    expected = net().fit(stream, epochs=2, verbose=0).history["loss"]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        table = fit(net(), stream, epochs=2, progress="none")
    assert table["loss"].tolist() == expected
    with pytest.warns(UserWarning, match="will be ignored"):
        fit(net(), stream, progress="none", shuffle=True)


def test_an_interrupt_is_an_interrupt_and_leaves_the_history():
    model = net()
    with pytest.raises(KeyboardInterrupt):
        fit(
            model,
            X,
            Y,
            epochs=9,
            progress="none",
            callbacks=[stop_after(3)],
            validation_split=0.25,
            validation_freq=2,
        )
    table = history_table(model.history)
    assert table["epoch"].tolist() == [1, 2, 3]
    assert table.loc[table["val_loss"].notna(), "epoch"].tolist() == [2]
    assert table.attrs["seconds"] > 0


def test_what_keras_refuses_is_refused_with_its_words():
    with pytest.raises(ValueError, match="compile"):
        fit(keras.Sequential([keras.Input((8,)), keras.layers.Dense(1)]), X, Y)
    with pytest.raises(TypeError, match="shuffel"):
        fit(net(), X, Y, shuffel=True)


def test_a_list_that_somebody_made_herself_is_used_as_it_is():
    model = net()
    own = keras.callbacks.CallbackList(add_history=True, model=model, epochs=2, verbose=0)
    assert fit(model, X, Y, epochs=2, callbacks=own)["epoch"].tolist() == [1, 2]


# ------------------------------------------------------------------------------------------- what is shown


@pytest.mark.parametrize(
    ("automatic", "options", "bar", "lines"),
    [
        ("", {}, True, False),
        ("1", {}, False, True),
        ("", {"progress": "lines"}, False, True),
        ("1", {"progress": "bar"}, True, False),
        ("1", {"progress": "none"}, False, False),
        ("1", {"verbose": 0}, False, False),
        ("", {"verbose": 0}, False, False),
        ("1", {"verbose": 1}, True, False),
        ("", {"verbose": "auto"}, True, False),
        ("1", {"verbose": 0, "progress": "lines"}, False, True),
        ("1", {"verbose": 0, "progress": "none"}, False, False),
    ],
)
def test_a_person_sees_a_bar_and_a_log_lines_unless_told_otherwise(
    monkeypatch, capsys, automatic, options, bar, lines
):
    monkeypatch.setenv("COURSE_AUTOMATIC", automatic)
    fit(net(), X, Y, epochs=2, **options)
    said = capsys.readouterr().out
    assert ("━" in said) == bar
    assert ("epoch 1/2 · " in said) == lines


def test_an_unknown_progress_is_refused_before_any_training():
    model = net()
    before = model.get_weights()[0].copy()
    with pytest.raises(ValueError, match="auto, bar, lines or none"):
        fit(model, X, Y, progress="dots")
    assert (model.get_weights()[0] == before).all()
