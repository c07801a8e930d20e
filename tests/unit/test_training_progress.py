"""Beside plain `model.fit`: a callback that says little, and the history as a table."""

import subprocess
import sys

import keras
import numpy as np
import pytest

from course_utils.training import QuietProgress, history_table

X = np.random.default_rng(1).random((16, 4), dtype="float32")
Y = X.sum(axis=1)


def net():
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse", run_eagerly=True)  # nothing to trace
    return model


def lines(capsys):
    return [line.split(" · ")[0] for line in capsys.readouterr().out.splitlines()]


def train(epochs, **options):
    return net().fit(X, Y, epochs=epochs, verbose=0, callbacks=[QuietProgress()], **options)


@pytest.mark.parametrize(
    ("epochs", "said"),
    [(1, [1]), (3, [1, 2, 3]), (10, range(1, 11)), (25, [1, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 25])],
)
def test_it_says_the_first_epoch_the_last_and_about_ten_in_all(capsys, epochs, said):
    train(epochs)
    assert lines(capsys) == [f"epoch {epoch}/{epochs}" for epoch in said]


def test_the_last_epoch_is_said_too_when_training_stops_early(capsys):
    stop = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: setattr(model, "stop_training", epoch == 6)
    )
    model = net()
    model.fit(X, Y, epochs=40, verbose=0, callbacks=[stop, QuietProgress()])
    assert lines(capsys) == ["epoch 1/40", "epoch 4/40", "epoch 7/40"]


def test_training_that_goes_on_says_where_it_began(capsys):
    train(44, initial_epoch=41)
    assert lines(capsys) == ["epoch 42/44", "epoch 44/44"]


def test_one_callback_serves_two_trainings(capsys):
    quiet, model = QuietProgress(), net()
    for _ in range(2):
        model.fit(X, Y, epochs=1, verbose=0, callbacks=[quiet])
    assert lines(capsys) == ["epoch 1/1", "epoch 1/1"]


def test_a_line_has_the_metrics_and_no_timing(capsys):
    train(1, validation_split=0.25)
    assert capsys.readouterr().out.count(" · ") == 2


def test_it_is_a_keras_callback_that_can_be_read():
    assert issubclass(QuietProgress, keras.callbacks.Callback)
    assert QuietProgress.__module__ == "course_utils.training.progress"


def test_the_history_of_plain_model_fit_is_a_table_from_epoch_one():
    history = net().fit(X, Y, epochs=3, verbose=0)
    table = history_table(history)
    assert table["epoch"].tolist() == [1, 2, 3]
    assert table["loss"].tolist() == history.history["loss"]


@pytest.mark.parametrize(("freq", "rows"), [(2, [2, 4]), ([1, 3], [1, 3])])
def test_values_of_some_epochs_find_their_rows_when_told_which(freq, rows):
    history = net().fit(X, Y, epochs=4, verbose=0, validation_split=0.25, validation_freq=freq)
    table = history_table(history, validation_freq=freq)
    assert table.loc[table["val_loss"].notna(), "epoch"].tolist() == rows
    with pytest.raises(ValueError, match="validation_freq"):
        history_table(history)


def test_rows_are_found_where_training_went_on_from_an_epoch():
    history = net().fit(X, Y, epochs=6, initial_epoch=3, verbose=0, validation_split=0.25, validation_freq=2)
    table = history_table(history, validation_freq=2)
    assert table.loc[table["val_loss"].notna(), "epoch"].tolist() == [4, 6]


def test_importing_the_room_loads_no_framework():
    code = "import sys, course_utils.training; print('keras' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_a_name_that_is_not_there_is_an_attribute_error():
    from course_utils import training
    from course_utils.training import progress

    for module in (training, progress):
        with pytest.raises(AttributeError, match="Loud"):
            _ = module.LoudProgress
