"""Training for a person and for a log; its history as a table; a model that is kept instead of trained again."""

import json
import logging

import numpy as np
import pandas as pd
import pytest

from course_utils import training


class OneWeight:
    """Stands in for a compiled model: records how `fit` was called. No framework needed."""

    def fit(self, x, y, verbose, callbacks, epochs=1, **options):
        self.verbose, self.callbacks, self.options = verbose, callbacks, options

        class History:
            history = {"loss": [1.0 / (1 + epoch) for epoch in range(epochs)]}
            epoch = list(range(epochs))

        return History


def test_a_person_sees_a_bar_and_a_log_quiet_lines(monkeypatch):
    monkeypatch.setattr(training, "_epoch_lines", lambda epochs: "lines")
    model = OneWeight()
    monkeypatch.setenv("COURSE_AUTOMATIC", "")
    training.fit(model, np.zeros(3), np.zeros(3))
    assert (model.verbose, model.callbacks) == (1, [])
    monkeypatch.setenv("COURSE_AUTOMATIC", "1")
    training.fit(model, np.zeros(3), np.zeros(3))
    assert (model.verbose, model.callbacks) == (0, ["lines"])


def test_the_history_counts_epochs_from_one_and_knows_its_seconds():
    history = training.fit(OneWeight(), np.zeros(3), np.zeros(3), epochs=3, progress="none")
    assert history["epoch"].tolist() == [1, 2, 3]
    assert history["loss"].tolist() == [1.0, 0.5, 1 / 3]
    assert history.attrs["seconds"] >= 0


def test_a_data_set_keeps_its_own_order():
    model = OneWeight()
    training.fit(model, object(), progress="none")
    assert model.options["shuffle"] is False


def test_unknown_progress_is_refused():
    with pytest.raises(ValueError, match="auto, bar, lines or none"):
        training.fit(OneWeight(), None, progress="dots")


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
    assert "net.keras is damaged and is trained anew" in watched.text
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
