"""What a machine brings along for Keras never reaches a notebook's nets, and is said once."""

import json
import subprocess
import sys

import pytest
from started import started

from course_utils import session
from course_utils.foundation import keras_settings

FINE = {"floatx": "float32", "epsilon": 1e-07, "backend": "tensorflow", "image_data_format": "channels_last"}


@pytest.fixture
def keras_json(monkeypatch, tmp_path):
    """Writes Keras's file as it would lie in a learner's home; gives its path."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))

    def write(**settings):
        (tmp_path / "keras.json").write_text(json.dumps(FINE | settings), encoding="utf-8")
        return tmp_path / "keras.json"

    return write


@pytest.fixture
def keras_as_it_was():
    import keras

    before = {name: getattr(keras.config, name)() for name in keras_settings.WANTED}
    policy = keras.config.dtype_policy()
    yield keras
    for name, value in before.items():
        getattr(keras.config, f"set_{name}")(value)
    keras.config.set_dtype_policy(policy)
    keras.config.set_max_epochs(None)


def test_a_machine_as_keras_leaves_it_needs_no_word(keras_json):
    keras_json()
    assert keras_settings.problem() == ""
    assert keras_settings.put_right() == []


@pytest.mark.parametrize(
    ("name", "value"), [("image_data_format", "channels_first"), ("floatx", "float16"), ("epsilon", 1e-3)]
)
def test_a_setting_of_the_file_is_put_right_and_said_once(keras_json, keras_as_it_was, name, value):
    place = keras_json(**{name: value})
    getattr(keras_as_it_was.config, f"set_{name}")(value)
    (line,) = keras_settings.put_right()
    assert line.startswith(f"{name} {value} ({place})")
    assert getattr(keras_as_it_was.config, name)() == keras_settings.WANTED[name]
    assert keras_settings.put_right() == []


def test_mixed_precision_set_before_the_first_cell_is_put_right(keras_json, keras_as_it_was):
    keras_json()
    keras_as_it_was.config.set_dtype_policy("mixed_float16")
    (line,) = keras_settings.put_right()
    assert line == "dtype policy mixed_float16 (set before this cell), here float32"
    assert keras_as_it_was.layers.Dense(1).compute_dtype == "float32"
    assert keras_settings.put_right() == []


def test_float16_of_the_file_leaves_no_policy_behind(keras_json, keras_as_it_was):
    keras_json(floatx="float16")
    keras_as_it_was.config.set_floatx("float16")
    keras_as_it_was.config.set_dtype_policy("float16")
    assert len(keras_settings.put_right()) == 1
    assert keras_as_it_was.layers.Dense(1).dtype == "float32"


def test_a_limit_on_epochs_is_lifted_and_its_variable_named(keras_json, keras_as_it_was, monkeypatch):
    keras_json()
    monkeypatch.setenv("KERAS_MAX_EPOCHS", "1")
    keras_as_it_was.config.set_max_epochs(1)
    assert keras_settings.put_right() == ["max_epochs 1 (KERAS_MAX_EPOCHS), here no limit"]
    assert keras_as_it_was.config.max_epochs() is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"floatx": "bfloat16"}', "floatx is 'bfloat16'; Keras takes float16 or float32 or float64"),
        ('{"image_data_format": "th"}', "image_data_format is 'th'"),
        ('{"epsilon": 1}', "epsilon is 1"),
        ("[]", "holds no settings, but list"),
        ("{half a file", ""),
        (json.dumps(FINE), ""),
    ],
)
def test_a_file_that_keras_cannot_take_is_known_before_keras_fails(monkeypatch, tmp_path, text, said):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    (tmp_path / "keras.json").write_text(text, encoding="utf-8")
    problem = keras_settings.problem()
    assert said in problem and bool(problem) == bool(said)
    keras = subprocess.run([sys.executable, "-c", CONFIG_OF_KERAS], capture_output=True, text=True)
    assert bool(keras.returncode) == bool(said), f"Keras itself thinks otherwise: {keras.stderr}"


# Keras's own reading of the file, without the rest of Keras, which takes seconds.
CONFIG_OF_KERAS = """
import importlib.util, sys, types
from pathlib import Path
folder = Path(importlib.util.find_spec("keras").origin).parent
export = types.ModuleType("keras.src.api_export")
export.keras_export = lambda *names: lambda thing: thing
for name, module in {"keras": types.ModuleType("keras"), "keras.src": types.ModuleType("keras.src"), export.__name__: export}.items():
    sys.modules[name] = module
reading, _, rest = (folder / "src/backend/config.py").read_text(encoding="utf-8").partition("# Save config file")
assert rest
exec(reading)
"""


def test_a_broken_file_is_a_sentence_with_what_to_do(monkeypatch, tmp_path):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    (tmp_path / "keras.json").write_text('{"floatx": "bfloat16"}', encoding="utf-8")
    monkeypatch.delitem(sys.modules, "keras", raising=False)
    monkeypatch.setenv("KERAS_BACKEND", "tensorflow")
    with pytest.raises(session.SessionError, match=r"bfloat16.*Delete that file"):
        session._load_backend("tensorflow")


def test_the_place_is_that_of_keras_and_shown_without_the_name_of_the_user(monkeypatch, tmp_path):
    monkeypatch.delenv("KERAS_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert keras_settings.place() == tmp_path / ".keras" / "keras.json"
    assert keras_settings.spoken_place() == "~/.keras/keras.json"


def test_start_says_it_in_the_banner_and_nets_are_those_of_the_course(tmp_path_factory):
    done = started(tmp_path_factory)
    assert done.returncode == 0, done.stderr
    assert "image_data_format channels_first" in done.stdout and "floatx float16" in done.stdout
    assert done.stdout.splitlines()[-1] == "(None, 6, 7, 4) 112 float32"
