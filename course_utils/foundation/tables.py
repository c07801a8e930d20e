"""Files of tables that people write (TOML) or that the course writes (JSON), read against a schema.

A slip in one of them is a sentence: which file, which line, what stands there and what was expected. The schemas are
JSON Schema, in schemas/, so that an editor can use them too; fastjsonschema compares, because it comes with nbformat
and is loaded in a fraction of the time that jsonschema takes.
"""

from __future__ import annotations

import difflib
import functools
import json
import re
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

SCHEMAS = Path(__file__).parent / "schemas"
KINDS = {
    "string": "a text in quotes",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list in [ ]",
    "object": "a table",
}
_KEY = r"""(?:[\w-]+|"[^"]*"|'[^']*')"""
_KEYS = rf"{_KEY}(?:\s*\.\s*{_KEY})*"
_HEADER = re.compile(rf"\s*(\[\[?)\s*({_KEYS})\s*\]\]?\s*(?:#.*)?")
_FIELD = re.compile(rf"\s*({_KEYS})\s*=")


class ConfigurationError(ValueError):
    """Something the course cannot work with, in a setting or in a file; the message says what was expected."""


class Table(dict):
    """A table of a file; a field that it lacks is an error that names the file and the table."""

    def __init__(self, content: dict, place: str) -> None:
        super().__init__(content)
        self.place = place

    def __missing__(self, field: str) -> None:
        raise ConfigurationError(f"{self.place} lacks the field {field!r}")


def read_toml(path: Path, schema: str) -> Table:
    """A TOML file as tables. Raises ConfigurationError naming the line, and what was expected there."""
    text = _text(path)
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as problem:
        words = re.fullmatch(r"(.*) \(at (?:line (\d+), column (\d+)|end of document)\)", str(problem))
        where = f", line {words[2]}, column {words[3]}" if words and words[2] else ", at its end"
        said = words[1] if words else problem
        raise ConfigurationError(f"{path}{where} is not TOML: {said}. See https://toml.io") from None
    _compare(path, content, schema, functools.partial(line_in_toml, text))
    return _tables(content, str(path))


def read_json(path: Path, schema: str) -> dict:
    """A JSON file that the course writes. Raises ConfigurationError, as `read_toml` does."""
    text = _text(path)
    try:
        content = json.loads(text)
    except json.JSONDecodeError as problem:
        where = f"{path}, line {problem.lineno}, column {problem.colno}"
        raise ConfigurationError(
            f"{where} is not JSON: {problem.msg}. Get it back: git checkout -- {path}"
        ) from None
    _compare(path, content, schema, lambda keys: None)
    return content


def line_in_toml(text: str, keys: list[str]) -> int | None:
    """The line in which a value, named by the keys that lead to it, is written; None where no line names it.

    A list's members have numbers as keys. Where a member has no line of its own, the line of the list counts.
    """
    best, best_line = 0, None
    for found, number in _named_lines(text):
        common = 0
        while common < min(len(found), len(keys)) and found[common] == keys[common]:
            common += 1
        if common in (len(found), len(keys)) and common > best:  # [a.b] is also where a begins
            best, best_line = common, number
    return best_line


def _named_lines(text: str) -> Iterator[tuple[list[str], int]]:
    """(keys, line) of each header and each field, in the order of the file."""
    table: list[str] = []
    members: dict[tuple[str, ...], int] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if header := _HEADER.fullmatch(line):
            names, place = _keys(header[2]), ()
            for name in names[:-1]:
                place = (*place, name)
                place = (*place, str(members[place])) if place in members else place
            place = (*place, names[-1])
            if header[1] == "[[":
                members[place] = members.get(place, -1) + 1
                place = (*place, str(members[place]))
            table = list(place)
            yield table, number
        elif field := _FIELD.match(line):
            yield [*table, *_keys(field[1])], number


def _keys(written: str) -> list[str]:
    return [key if key[0] not in "'\"" else key[1:-1] for key in re.findall(_KEY, written)]


def _text(path: Path) -> str:
    try:
        content = path.read_bytes()
    except OSError as problem:
        raise ConfigurationError(f"{path} can't be read: {problem.strerror or problem}") from None
    try:
        return content.decode("utf-8").replace("\r\n", "\n")
    except UnicodeDecodeError as problem:
        line = content.count(b"\n", 0, problem.start) + 1
        raise ConfigurationError(
            f"{path}, line {line} can't be read: it is not UTF-8; save the file as UTF-8"
        ) from None


@functools.cache
def _validator(schema: str) -> Callable[[dict], object]:
    import fastjsonschema

    rules = json.loads((SCHEMAS / f"{schema}.json").read_text(encoding="utf-8"))
    return fastjsonschema.compile(rules, use_default=False)


def _compare(path: Path, content: object, schema: str, line_of: Callable[[list[str]], int | None]) -> None:
    from fastjsonschema import JsonSchemaValueException

    try:
        _validator(schema)(content)
    except JsonSchemaValueException as problem:
        keys, said = _explained(problem)
        line = line_of(keys)
        where = f"{path}, line {line}" if line else str(path)
        raise ConfigurationError(f"{where}: {said}") from None


def _explained(problem) -> tuple[list[str], str]:
    """The keys that lead to what is wrong, and a sentence on it."""
    keys, rule, value, definition = problem.path[1:], problem.rule, problem.value, problem.definition
    name = _name(keys)
    known = definition.get("properties", {})
    unknown = sorted(set(value) - set(known)) if isinstance(value, dict) and known else []
    if rule in ("required", "additionalProperties") and (unknown or rule == "required"):
        lacking = [field for field in definition.get("required", ()) if field not in value]
        said = [f"lacks {', '.join(lacking)}"] if lacking else []
        if unknown:
            close = difflib.get_close_matches(unknown[0], known, 1)
            meant = f"did you mean {close[0]}?" if close else f"known are {', '.join(known)}"
            said.append(f"has the unknown field {unknown[0]!r}; {meant}")
            keys = [*keys, unknown[0]]
        return keys, f"{name or 'the file'} {' and '.join(said)}"
    kinds = definition.get("type", ())
    expected = " or ".join(KINDS[kind] for kind in ([kinds] if isinstance(kinds, str) else kinds))
    described = definition.get("description", "")
    if rule != "type" and not described:
        described = problem.message.removeprefix(problem.name).strip()
    expected = ": ".join(filter(None, [expected, described])) or str(definition.get("enum"))
    shown = repr(value) if len(repr(value)) <= 60 else f"{repr(value)[:60]}…"
    return keys, f"{name or 'the file'} is {shown}; expected {expected}"


def _name(keys: list[str]) -> str:
    """`late, item 2, minutes` of [late, 1, minutes]: lists are counted as people count."""
    words = [f"item {int(key) + 1}" if key.isdecimal() else key for key in keys]
    return re.sub(r"\.(item \d+)", r", \1", re.sub(r"(item \d+)\.", r"\1, ", ".".join(words)))


def _tables(content: object, place: str) -> object:
    if isinstance(content, dict):
        inside = {key: _tables(value, f"{place}: {key}" if ": " not in place else f"{place}.{key}")
                  for key, value in content.items()}  # fmt: skip
        return Table(inside, place)
    if isinstance(content, list):
        return [_tables(member, f"{place}, item {number}") for number, member in enumerate(content, 1)]
    return content
