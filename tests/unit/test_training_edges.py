"""What is said while something is trained, kept and loaded, word for word, and the numbers behind a comparison."""

import json
import logging
from types import SimpleNamespace

import pandas as pd
import pytest

from course_utils.training import evaluation, keeping, progress


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (
            ValueError("Loading a  lambda: pass\nsafe_mode=False"),
            "it holds Python code (a Lambda layer, or a lambda as its loss), which Keras refuses to load in safe mode. "
            "Make it a class or function of its own with @keras.saving.register_keras_serializable() above it",
        ),
        (ValueError("call enable_unsafe_deserialization()"), None),
        (
            TypeError("Could not locate class 'Doubled'. Make sure"),
            "Keras does not know Doubled. Put @keras.saving.register_keras_serializable() above it, and run that cell first",
        ),
        (
            NotImplementedError("Object x must override get_config"),
            "one of your layers lacks get_config, which Keras needs to record how it was made (Object x must override get_config)",
        ),
        (OSError("disk  full"), "OSError: disk full"),
        (MemoryError(), "MemoryError: MemoryError"),
        (ValueError("x" * 300), "ValueError: " + "x" * 300),
        (ValueError("x" * 301), "ValueError: " + "x" * 300 + " ..."),
    ],
)  # fmt: skip
def test_why_a_net_is_not_kept_is_said_in_a_sentence(error, said):
    found = keeping._why(error)
    if said is None:
        assert found.startswith("it holds Python code")
    else:
        assert found == said


@pytest.mark.parametrize("kind", ["class", "layer", "object", "function"])
@pytest.mark.parametrize("first", ["Could not locate", "Unknown"])
def test_keras_has_eight_ways_to_say_what_it_does_not_know(kind, first):
    assert keeping._why(ValueError(f"{first} {kind} \"mine\" 'yours'")).startswith(
        "Keras does not know mine. "
    )


def test_a_net_is_told_apart_by_its_name_its_settings_and_the_course(monkeypatch):
    digest = keeping._digest_of("net", {"rate": 0.1, "seed": 1})
    assert digest == keeping._digest_of("net", {"seed": 1, "rate": 0.1}) and len(digest) == 64
    others = [
        keeping._digest_of("other", {"rate": 0.1, "seed": 1}),
        keeping._digest_of("net", {"rate": 0.1, "seed": 2}),
    ]
    monkeypatch.setattr(keeping, "__version__", "0")
    assert len({digest, *others, keeping._digest_of("net", {"rate": 0.1, "seed": 1})}) == 4


def net_and_history(**attributes):
    """A net that writes its name into its file, and two epochs."""
    history = pd.DataFrame({"epoch": [1, 2], "loss": [1.0, 0.5]})
    history.attrs.update(attributes)
    return SimpleNamespace(save=lambda path: path.write_text("a net")), history


@pytest.fixture
def keras(monkeypatch):
    keras = pytest.importorskip("keras")
    loaded = []
    monkeypatch.setattr(keras.models, "load_model", lambda path: loaded.append(path.name) or path.read_text())
    monkeypatch.setenv("COURSE_AUTOMATIC", "")
    return loaded


@pytest.fixture
def lines(monkeypatch, caplog):
    monkeypatch.setattr(logging.getLogger("course_utils"), "propagate", True)
    caplog.set_level(logging.INFO, logger="course_utils")
    return caplog


def test_each_line_about_a_kept_net_is_whole(keras, lines, tmp_path, monkeypatch):
    kept, note = tmp_path / "deep" / "net.keras", tmp_path / "deep" / "net.json"
    ticks = iter([10.0, 12.5])
    monkeypatch.setattr(keeping.time, "perf_counter", lambda: next(ticks, 0.0))

    def ask(**settings):
        lines.clear()
        found = keeping.load_or_train(
            "net", lambda: net_and_history(seconds=41.4), settings, str(tmp_path / "deep")
        )
        return found, [(record.levelname, record.getMessage()) for record in lines.records]

    stored = f"trained, and kept as {kept}: the next time it is loaded"
    assert ask(seed=1)[1] == [("INFO", stored)]
    about = json.loads(note.read_text(encoding="utf-8"))
    assert list(about) == ["settings", "sha256", "seconds", "history"] and about["seconds"] == 41.4
    assert about["history"] == {"epoch": [1, 2], "loss": [1.0, 0.5]}
    assert note.read_text(encoding="utf-8") == json.dumps(about, indent=1) + "\n"
    (model, history), said = ask(seed=1)
    assert said == [("INFO", f"{kept} loaded in 2.5 s; training it took 41 s. To train again, delete it")]
    assert (model, history.attrs["seconds"], history["loss"].tolist()) == ("a net", 41.4, [1.0, 0.5])
    other = ("INFO", "net.keras was kept with other settings; it is trained again")
    assert ask(seed=2)[1] == [other, ("INFO", stored)]
    kept.write_text("another net")
    damaged = (
        "WARNING",
        "net.keras is damaged and is trained again (its bytes have changed since it was written)",
    )
    assert ask(seed=2)[1] == [damaged, ("INFO", stored)]
    kept.unlink()
    assert ask(seed=2)[1] == [("INFO", stored)], "a note alone is nothing to load"
    assert sorted(path.name for path in kept.parent.iterdir()) == ["net.json", "net.keras"]


def test_a_history_without_its_seconds_took_none(keras, lines, tmp_path):
    keeping.load_or_train("net", net_and_history, {}, tmp_path)
    assert json.loads((tmp_path / "net.json").read_text(encoding="utf-8"))["seconds"] == 0.0
    assert all(name.startswith(".new-") and name.endswith("-net.keras") for name in keras), (
        "what is new is tried first"
    )


def test_a_net_that_keras_does_not_read_again_leaves_nothing_of_the_old_one(
    keras, lines, tmp_path, monkeypatch
):
    import keras as real

    keeping.load_or_train("net", net_and_history, {"seed": 1}, tmp_path)

    def refuse(path):
        raise ValueError("Unknown layer: 'Doubled'")

    monkeypatch.setattr(real.models, "load_model", refuse)
    lines.clear()
    keeping.load_or_train("net", net_and_history, {"seed": 1}, tmp_path)
    advice = f"Keras does not know Doubled. Put {keeping.REGISTER} above it, and run that cell first"
    assert [record.getMessage() for record in lines.records] == [
        f"net.keras is whole, but it can't be loaded here: {advice}. It is trained again",
        f"net.keras was trained but could not be kept, so the next time it is trained again: {advice}",
    ]
    assert {record.levelname for record in lines.records} == {"WARNING"}
    assert [path.name for path in tmp_path.iterdir()] == ["net.keras"], (
        "its note is gone, so nothing trusts it"
    )


def test_what_is_no_net_is_named(keras, lines, tmp_path):
    for strange, kind in (("a net", "str"), ((1, 2, 3), "tuple")):
        lines.clear()
        keeping.load_or_train("net", lambda strange=strange: strange, {}, tmp_path)
        said = f"TypeError: train() returned a {kind}; expected a model and its history"
        assert lines.records[0].getMessage().endswith(f"so the next time it is trained again: {said}")


# ------------------------------------------------------------------------------------------- progress


def said_by(capsys, epochs, logs, more=None):
    quiet = progress.QuietProgress()
    quiet.set_params({"epochs": epochs} if epochs else {})
    quiet.on_train_begin()
    for epoch in range(len(logs)):
        quiet.on_epoch_end(epoch, logs[epoch])
    quiet.on_train_end()
    return capsys.readouterr().out


def test_a_line_of_an_epoch_is_whole(capsys):
    logs = {"loss": 1.23456, "learning_rate": 0.1, "val_loss": 2.0}
    assert said_by(capsys, 1, [logs]) == "epoch 1/1 · loss 1.235 · val_loss 2.000\n"
    assert said_by(capsys, 2, [None, {}]) == "epoch 1/2 · \nepoch 2/2 · \n"
    assert said_by(capsys, None, [{"loss": 1}]) == "epoch 1/1 · loss 1.000\n", (
        "who calls it may not say how many"
    )


def test_a_history_with_its_rows_keeps_its_seconds_and_one_without_rows_is_empty():
    rows = SimpleNamespace(epoch=[3, 4], rows=[{"loss": 1.0}, {"loss": 0.5, "val_loss": 2.0}], seconds=7.5)
    table = progress.history_table(rows)
    assert table.columns.tolist() == ["epoch", "loss", "val_loss"] and table["epoch"].tolist() == [4, 5]
    assert table.attrs["seconds"] == 7.5 and table["loss"].tolist() == [1.0, 0.5]
    empty = progress.history_table(SimpleNamespace(epoch=[], rows=[], seconds=0.0))
    assert empty.columns.tolist() == ["epoch"] and len(empty) == 0 and empty["epoch"].dtype == float
    assert table["val_loss"].isna().tolist() == [True, False]


def test_the_watch_runs_from_the_making_to_the_last_epoch(monkeypatch):
    ticks = iter([1.0, 3.0, 6.0])
    timed = progress.TimedHistory()
    monkeypatch.setattr(progress.time, "perf_counter", lambda: next(ticks))
    assert (timed.rows, timed.seconds) == ([], 0.0)
    timed._begin = 1.0
    timed.set_model(SimpleNamespace())
    timed.on_train_begin()
    logs = {"loss": 1.0}
    before = timed._begin
    timed.on_epoch_end(0, logs)
    logs["loss"] = 9.0
    assert timed.rows == [{"loss": 1.0}] and timed.seconds == 1.0 - before
    timed.on_epoch_end(1, None)
    assert timed.rows[1] == {} and timed.epoch == [0, 1] and timed.seconds == 3.0 - before
    timed.on_train_end()
    assert timed.seconds == 6.0 - before
    assert (type(timed).__module__, type(timed).__qualname__) == (
        "course_utils.training.progress",
        "TimedHistory",
    )


# ------------------------------------------------------------------------------------------- evaluation


def test_the_interval_follows_wilson_s_formula_to_the_last_digit():
    # Computed by hand with z = 2: centre (0.9 + 4/20) / 1.4, half width 2 / 1.4 * sqrt(0.009 + 4/400).
    assert evaluation.wilson_interval(0.9, 10, z=2) == pytest.approx(
        (1.1 / 1.4 - 2 / 1.4 * 0.019**0.5, 1.1 / 1.4 + 2 / 1.4 * 0.019**0.5)
    )
    assert evaluation.wilson_interval(1, 1)[1] == 1.0 and evaluation.wilson_interval(0, 1)[0] == 0.0
    assert evaluation.Z_95 == pytest.approx(1.96, abs=1e-4)


def test_two_clusters_of_two_are_worth_two_items_or_up_to_four():
    # Kish: n over the design effect, which counts as at least 1.
    assert evaluation.effective_number([True, True, False, False], [1, 1, 2, 2]) == 1
    assert evaluation.effective_number([True, False, True, False], [1, 1, 2, 2]) == 4
    assert evaluation.effective_number([True, True, True, False, False, False], [1, 1, 2, 2, 3, 3]) == 3
    assert evaluation.cluster_interval([True, False] * 2, [1, 1, 2, 2], z=2) == evaluation.wilson_interval(
        0.5, 4, 2
    )
