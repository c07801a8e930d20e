"""A slip in a file that people write is a sentence: file, line, what stands there, what was expected."""

from __future__ import annotations

import copy
import re

import pytest
from assets_support import fruit_table, write_registry

from course_utils.foundation import config, tables
from course_utils.foundation.assets import RegistryError, load_registry

COURSE = """\
title = "A course"        # line 1

[schedules.half-day]      # 3
title = "Half a day"
[[schedules.half-day.days]]   # 5
start = "09:00"
end = "13:00"
plan = [
  "15 Welcome",
  "01-eda",
]

[notebooks."01-eda"]      # 13
title = "Exploring the data"
minutes = 45
objectives = ["See"]
needs = "Python"
data = []
late = [                  # 19
  {section = "map", minutes = 4},
]
"""
SLIPS = {
    "no quotes": ('title = "A course"', "title = A course", 1, "not TOML"),
    "no equals sign": ("minutes = 45", "minutes 45", 15, "not TOML"),
    "an open list": ('needs = "Python"\n', 'needs = ["Python"\n', 18, "not TOML"),
    "twice": ("minutes = 45", "minutes = 45\nminutes = 45", 16, "not TOML"),
    "a text for a number": ("minutes = 45", 'minutes = "45"', 15, "is '45'; expected a whole number: the minutes"),
    "a part of a minute": ("minutes = 45", "minutes = 45.5", 15, "is 45.5; expected a whole number"),
    "no minutes": ("minutes = 45", "minutes = 0", 15, "is 0; expected a whole number"),
    "true for a number": ("minutes = 45", "minutes = true", 15, "is True; expected a whole number"),
    "a day for a text": ('needs = "Python"', "needs = 2018-07-01", 17, "expected a text in quotes"),
    "a text for a list": ('objectives = ["See"]', 'objectives = "See"', 16, "is 'See'; expected a list"),
    "a number in a list": ("data = []", "data = [3]", 18, "notebooks.01-eda.data, item 1 is 3; expected a text"),
    "a misspelt field": ("minutes = 45", "minuts = 45", 15, "unknown field 'minuts'; did you mean minutes?"),
    "a misspelt field in a list": ("minutes = 4}", "minuts = 4}", 19, "late, item 1 lacks minutes"),
    "a misspelt table": ("[schedules", "[schedule", 3, "unknown field 'schedule'; did you mean schedules?"),
    "an unknown accelerator": ("data = []", 'data = []\naccelerator = "tpu"', 19, "none, optional or required"),
    "no time": ('start = "09:00"', 'start = "9 am"', 6, "days, item 1, start is '9 am'; expected a text in quotes: a time"),
    "a missing field": ('end = "13:00"\n', "", 5, "schedules.half-day.days, item 1 lacks end"),
    "a number for a notebook": ('[notebooks."01-eda"]', '[notebooks]\n"00-a" = 3\n[notebooks."01-eda"]', 14, "00-a is 3"),
}  # fmt: skip


def read(folder, text: str | bytes):
    (folder / "course.toml").write_bytes(text if isinstance(text, bytes) else text.encode())
    return config.read_course(folder)


def refused(folder, text: str | bytes) -> str:
    with pytest.raises(config.ConfigurationError) as caught:
        read(folder, text)
    assert "\n" not in str(caught.value) and str(folder) in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["as on Unix", "as on Windows"])
@pytest.mark.parametrize("slip", SLIPS)
def test_a_slip_in_course_toml_is_named_with_its_line(tmp_path, slip, end):
    right, wrong, line, said = SLIPS[slip]
    assert COURSE.count(right) >= 1
    message = refused(tmp_path, COURSE.replace(right, wrong).replace("\n", end))
    assert f"course.toml, line {line}" in message, message
    assert said in message, message


def test_the_course_as_it_is_has_no_slip(tmp_path):
    assert read(tmp_path, COURSE)["notebooks"]["01-eda"]["minutes"] == 45


def test_a_file_that_ends_too_soon_is_named(tmp_path):
    assert "is not TOML" in refused(tmp_path, COURSE + 'needs = """')


def test_a_file_that_is_not_utf8_is_named_with_its_line(tmp_path):
    message = refused(tmp_path, COURSE.replace("Exploring", "Explorér").encode("latin-1"))
    assert "line 14" in message and "save the file as UTF-8" in message


def test_a_course_without_notebooks_is_named(tmp_path):
    assert "the file lacks notebooks" in refused(tmp_path, 'title = "A course"\n')


def test_a_field_that_is_missing_is_named_where_it_is_needed(tmp_path):
    notebook = read(tmp_path, '[notebooks."01-eda"]\nminutes = 45\n')["notebooks"]["01-eda"]
    with pytest.raises(
        config.ConfigurationError, match=r"course\.toml: notebooks\.01-eda lacks the field 'title'"
    ):
        notebook["title"]
    assert notebook.get("title") is None and copy.deepcopy(notebook) == {"minutes": 45}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "line 1, column 2 is not JSON"),
        ("[]", "the file is []; expected a table"),
        ('{"expected": 3}', "expected is 3; expected a table"),
        ('{"expected": {"fast": {}}}', "fast"),
        (
            '{"expected": {"class": {"bundled": {"a": {"low": "0.1", "high": 1}}}}}',
            "a.low is '0.1'; expected a number",
        ),
        ('{"expected": {"class": {"bundled": {"a": {"low": 0.1}}}}}', "a lacks high"),
        ('{"seconds": {"class": {"bundled": "fast"}}}', "is 'fast'; expected a number"),
        ('{"second": {}}', "did you mean seconds?"),
    ],
)
def test_a_slip_in_what_was_measured_is_named(tmp_path, text, said):
    path = config.measured_path("01-eda", tmp_path)
    path.parent.mkdir(parents=True)
    path.write_text(text, encoding="utf-8")
    message = refused(tmp_path, COURSE)
    assert str(path) in message and said in message, message


def test_what_was_measured_of_the_reference_is_read_with_care(tmp_path):
    path = config.measured_path("reference", tmp_path)
    path.parent.mkdir(parents=True)
    path.write_text('{"machine": 3}', encoding="utf-8")
    assert "reference.json" in refused(tmp_path, COURSE)


# The registry

FILE = {"name": "fruits.zip", "strip": "fruits", "bytes": 7, "sha256": "0" * 64}
WRONG_TYPES = {
    "a number for a digest": (
        {"addresses": [{"kind": "mirror", "files": [FILE | {"sha256": 12}]}]},
        "sha256 is 12",
    ),
    "a text for a size": (
        {"addresses": [{"kind": "mirror", "files": [FILE | {"bytes": "7"}]}]},
        "bytes is '7'",
    ),
    "no digits": (
        {"addresses": [{"kind": "mirror", "files": [FILE | {"sha256": "z" * 64}]}]},
        "64 hexadecimal",
    ),
    "a text for files": ({"addresses": [{"kind": "mirror", "files": "fruits.zip"}]}, "files is 'fruits.zip'"),
    "a table for a list": ({"addresses": {"kind": "mirror"}}, "expected a list"),
    "a number for a list": ({"addresses": 3}, "addresses is 3; expected a list"),
    "a text for true": ({"redistribute": "yes"}, "redistribute is 'yes'; expected true or false"),
    "a number for a title": ({"title": 7}, "title is 7; expected a text"),
    "a text for a tree": ({"tree": "0" * 64}, "expected a table"),
    "a text in a tree": ({"tree": {"files": "3", "bytes": 1, "sha256": "0" * 64}}, "files is '3'"),
    "a text for patterns": ({"include": "Training/*"}, "include is 'Training/*'; expected a list"),
    "a branch for a commit": (
        {"addresses": [{"kind": "git", "parts": [{"repository": "r", "commit": "main", "folder": "f"}]}]},
        "commit is 'main'; expected a text in quotes: 40 hexadecimal digits",
    ),
}


@pytest.mark.parametrize("case", WRONG_TYPES)
def test_a_value_of_another_type_is_refused_by_field(tmp_path, case):
    changes, said = WRONG_TYPES[case]
    path = write_registry(tmp_path / "registry.toml", fruits=fruit_table(), more=fruit_table(**changes))
    with pytest.raises(RegistryError) as caught:
        load_registry(path)
    message = str(caught.value)
    assert f"{path}, line 3: assets.more" in message and said in message, message


@pytest.mark.parametrize("text", ["assets = 3\n", "[assets]\nfruits = 3\n", "[asset]\n", "assets = [\n", ""])
def test_a_registry_without_assets_is_a_sentence(tmp_path, text):
    (tmp_path / "registry.toml").write_text(text, encoding="utf-8")
    with pytest.raises(RegistryError, match=re.escape(str(tmp_path))):
        load_registry(tmp_path / "registry.toml")


def test_a_registry_that_is_not_utf8_is_a_sentence(tmp_path):
    (tmp_path / "registry.toml").write_bytes(b"[assets]\n# caf\xe9\n")
    with pytest.raises(RegistryError, match="line 2 can't be read: it is not UTF-8"):
        load_registry(tmp_path / "registry.toml")


def test_the_line_of_a_registrys_address_is_found():
    text = (config.repository_root() / "data" / "registry.toml").read_text(encoding="utf-8")
    line = tables.line_in_toml(text, ["assets", "fruits-360", "addresses", "1", "parts", "1", "commit"])
    assert text.splitlines()[line - 1] == 'commit = "6d0ccbf9bc672a114cefba4b57edee880ce4b741"'


def test_editors_find_the_schemas():
    root = config.repository_root()
    for file in ("course.toml", "data/registry.toml"):
        first = (root / file).read_text(encoding="utf-8").splitlines()[0]
        named = re.fullmatch(r"#:schema (\S+)", first)
        assert named and (root / file).parent.joinpath(named[1]).is_file(), file
