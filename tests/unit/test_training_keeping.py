"""A model that is kept instead of trained again; and a net that can't be kept is never lost."""

import json
import logging
import re

import numpy as np
import pandas as pd
import pytest

from course_utils import training


class Training:
    """Stands in for a long training: makes a small net, counts how often it was asked to."""

    def __init__(self):
        self.calls = 0

    def __call__(self):
        import keras

        self.calls += 1
        model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, name="head")])
        model.layers[-1].set_weights([np.full((3, 2), float(self.calls)), np.zeros(2)])
        model.compile("sgd", "mse")
        history = pd.DataFrame({"epoch": [1, 2], "loss": np.array([1.0, 0.5], "float32")})
        history.attrs["seconds"] = 41.0
        return model, history


@pytest.fixture
def watched(monkeypatch, caplog):
    """A person runs the notebook; what is said is in `caplog`."""
    monkeypatch.setenv("COURSE_AUTOMATIC", "")
    monkeypatch.setattr(logging.getLogger("course_utils"), "propagate", True)
    caplog.set_level(logging.INFO, logger="course_utils")
    return caplog


def test_what_was_trained_once_is_loaded_the_next_time(watched, tmp_path):
    train, settings = Training(), {"rate": 1e-5, "layers": ["block5"]}
    first, history = training.load_or_train("net", train, settings, tmp_path)
    again, kept_history = training.load_or_train("net", train, dict(reversed(settings.items())), tmp_path)
    assert train.calls == 1
    x = np.arange(6.0).reshape(2, 3)
    assert np.allclose(again.predict(x, verbose=0), first.predict(x, verbose=0))
    pd.testing.assert_frame_equal(kept_history, history, check_dtype=False)
    assert kept_history.attrs["seconds"] == 41
    assert "training it took 41 s" in watched.text
    assert sorted(path.name for path in tmp_path.iterdir()) == ["net.json", "net.keras"]


def test_other_settings_train_anew_and_replace_what_was_kept(watched, tmp_path):
    train = Training()
    training.load_or_train("net", train, {"rate": 1e-5}, tmp_path)
    training.load_or_train("net", train, {"rate": 1e-4}, tmp_path)
    assert train.calls == 2
    assert "other settings" in watched.text
    model, _ = training.load_or_train("net", train, {"rate": 1e-4}, tmp_path)
    assert train.calls == 2
    assert model.get_layer("head").get_weights()[0][0, 0] == 2


@pytest.mark.parametrize("damage", ["cut", "one byte", "note", "empty note"])
def test_a_damaged_file_is_trained_anew_with_a_line_that_says_so(watched, tmp_path, damage):
    train = Training()
    training.load_or_train("net", train, {}, tmp_path)
    kept, note = tmp_path / "net.keras", tmp_path / "net.json"
    whole = kept.read_bytes()
    if damage == "cut":
        kept.write_bytes(whole[: len(whole) // 2])
    elif damage == "one byte":
        kept.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    else:
        note.write_text("{}" if damage == "empty note" else "half a no", encoding="utf-8")
    training.load_or_train("net", train, {}, tmp_path)
    assert train.calls == 2
    assert "net.keras is damaged and is trained again" in watched.text
    training.load_or_train("net", train, {}, tmp_path)
    assert train.calls == 2, "the damaged file was replaced by a whole one"


def test_a_model_without_its_note_is_not_trusted(watched, tmp_path):
    train = Training()
    training.load_or_train("net", train, {}, tmp_path)
    (tmp_path / "net.json").unlink()
    training.load_or_train("net", train, {}, tmp_path)
    assert train.calls == 2


def test_an_automatic_run_trains_always_and_keeps_nothing(monkeypatch, watched, tmp_path):
    train = Training()
    training.load_or_train("net", train, {}, tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    monkeypatch.setenv("COURSE_AUTOMATIC", "1")
    training.load_or_train("net", train, {}, tmp_path)
    training.load_or_train("another", train, {}, tmp_path)
    assert train.calls == 3
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_it_is_kept_in_the_course_s_own_cache(monkeypatch, watched, tmp_path):
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path))
    training.load_or_train("net", Training(), {})
    assert json.loads((tmp_path / "trained" / "net.json").read_text())["history"]["loss"] == [1.0, 0.5]
    assert (tmp_path / "trained" / "net.keras").is_file()


def test_a_folder_that_cannot_be_written_costs_a_line_and_not_the_model(watched, tmp_path):
    (tmp_path / "file").write_text("in the way")
    model, _ = training.load_or_train("net", Training(), {}, tmp_path / "file")
    assert model.name
    assert "could not be kept" in watched.text


def test_a_failed_training_leaves_nothing_behind(watched, tmp_path):
    def fails():
        raise RuntimeError("out of memory")

    with pytest.raises(RuntimeError, match="out of memory"):
        training.load_or_train("net", fails, {}, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_unfit_names_and_settings_are_refused_before_any_training(watched, tmp_path):
    train = Training()
    for name in ("", "../net", "a/net"):
        with pytest.raises(ValueError, match="file name"):
            training.load_or_train(name, train, {}, tmp_path)
    with pytest.raises(ValueError, match="JSON"):
        training.load_or_train("net", train, {"rate": object()}, tmp_path)
    assert train.calls == 0


# ------------------------------------------------------------------------------------------- what can't be kept


def trained(layer, loss="mse"):
    """A net with this layer and its history, as a learner's `train` returns them."""
    import keras

    model = keras.Sequential([keras.Input((3,)), layer, keras.layers.Dense(1)])
    model.compile("sgd", loss, run_eagerly=True)
    return model, training.fit(model, np.ones((4, 3)), np.ones(4), progress="none")


def a_lambda_layer():
    import keras

    return trained(keras.layers.Lambda(lambda x: 2 * x))


def an_unknown_layer():
    import keras

    class Doubled(keras.layers.Layer):
        def call(self, x):
            return 2 * x

    return trained(Doubled())


def an_unknown_loss():
    import keras

    def far_off(y, p):
        return keras.ops.mean(keras.ops.abs(y - p))

    return trained(keras.layers.Dense(2), far_off)


def a_layer_that_fails_when_saved():
    import keras

    @keras.saving.register_keras_serializable()
    class Shy(keras.layers.Layer):
        def call(self, x):
            return x

        def get_config(self):
            raise RuntimeError("I say nothing")

    return trained(Shy())


@pytest.mark.parametrize(
    ("train", "said"),
    [
        (a_lambda_layer, "safe mode.*register_keras_serializable"),
        (an_unknown_layer, "does not know Doubled.*register_keras_serializable"),
        (an_unknown_loss, "does not know far_off.*register_keras_serializable"),
        (a_layer_that_fails_when_saved, "RuntimeError: I say nothing"),
    ],
)
def test_a_net_that_cannot_be_kept_is_returned_with_the_reason(watched, tmp_path, train, said):
    for _ in range(2):
        watched.clear()
        model, history = training.load_or_train("net", train, {}, tmp_path)
        assert model.predict(np.ones((1, 3)), verbose=0).shape == (1, 1)
        assert len(history) == 1
        (record,) = watched.records
        assert "trained but could not be kept" in record.message
        assert re.search(said, record.message)
        assert "damaged" not in watched.text
    assert list(tmp_path.iterdir()) == [], "nothing half-written stays"


@pytest.mark.parametrize(
    "error", [MemoryError("full"), NotImplementedError("no"), TypeError("?"), OSError(28, "full")]
)
def test_no_error_while_saving_costs_the_net(watched, tmp_path, monkeypatch, error):
    import keras

    def fails(*arguments, **options):
        raise error

    train = Training()
    monkeypatch.setattr(keras.Model, "save", fails)
    model, history = training.load_or_train("net", train, {}, tmp_path)
    assert model.get_layer("head") and len(history) == 2
    assert "could not be kept" in watched.text


@pytest.mark.parametrize("strange", [None, "a net", ("a", "b", "c")])
def test_what_is_not_a_net_and_its_history_comes_back_as_it_is(watched, tmp_path, strange):
    assert training.load_or_train("net", lambda: strange, {}, tmp_path) == strange
    assert "expected a model and its history" in watched.text


def test_keras_own_history_is_kept_too(watched, tmp_path):
    import keras

    def train():
        model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
        model.compile("sgd", "mse")
        return model, model.fit(np.ones((4, 3)), np.ones(4), epochs=2, verbose=0)

    training.load_or_train("net", train, {}, tmp_path)
    _, table = training.load_or_train("net", train, {}, tmp_path)
    assert table["epoch"].tolist() == [1, 2]


def test_a_whole_file_of_a_class_that_is_gone_is_not_called_damaged(watched, tmp_path, monkeypatch):
    """Kept where the class was registered, asked for where its cell was not run."""
    import keras

    @keras.saving.register_keras_serializable("mine")
    class Doubled(keras.layers.Layer):
        def call(self, x):
            return 2 * x

    training.load_or_train("net", lambda: trained(Doubled()), {}, tmp_path)
    assert (tmp_path / "net.json").is_file()
    monkeypatch.delitem(keras.saving.get_custom_objects(), "mine>Doubled")
    train = Training()
    training.load_or_train("net", train, {}, tmp_path)
    assert train.calls == 1
    assert "net.keras is whole, but it can't be loaded here" in watched.text
    assert "Doubled" in watched.text and "register_keras_serializable" in watched.text
    assert "damaged" not in watched.text
