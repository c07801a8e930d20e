"""`{{...}}` in a deck: what each word puts there, and from where.

A placeholder that is not understood stops the build with its deck, its line and what to type. None is ever
left as it is, and none is answered with an empty text.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from dataclasses import dataclass, replace

from course_utils.foundation import config

from . import nets, sources, tables
from .errors import SlideError, SourceError
from .sources import Use

PLACEHOLDER = re.compile(r"(?<!\\)\{\{(.+?)\}\}")
ESCAPED = re.compile(r"\\\{\{")
LEFT_OVER = re.compile(r"(?<!\\)\{\{|TODO|FIXME")


@dataclass(frozen=True)
class Filled:
    """The text that takes a placeholder's place, and what it was taken from."""

    text: str
    uses: tuple[Use, ...] = ()


def fill(text: str, place: str) -> Filled:
    """A line of a deck with its placeholders filled; `place` names deck and line for messages.

    Raises SlideError for a placeholder that is unknown, incomplete or without an answer.
    """
    uses: list[Use] = []

    def put(match: re.Match) -> str:
        answer = answer_to(match[1].strip(), place)
        uses.extend(answer.uses)
        return answer.text

    filled = PLACEHOLDER.sub(put, text)
    if left := LEFT_OVER.search(filled):
        raise SlideError(
            f"{place}: {left[0]!r} is left over; complete it, or type \\{{{{ for two braces as they are"
        )
    return Filled(ESCAPED.sub("{{", filled), tuple(uses))


def answer_to(asked: str, place: str) -> Filled:
    """What a placeholder stands for; `asked` is the text between its braces."""
    what, bar, instead = asked.partition("|")
    try:
        words = shlex.split(what)
    except ValueError as error:
        raise SlideError(f"{place}: {{{{{asked}}}}}: {error}; close the quotation mark") from None
    if not words or words[0] not in WORDS:
        raise SlideError(f"{place}: {{{{{asked}}}}} is not known. Type one of: {usage()}")
    known = WORDS[words[0]]
    try:
        filled = known.answer(words[1:])
    except FileNotFoundError as error:
        if bar and instead.strip():
            use = Use("number", asked, f"benchmarks/recorded/{words[1]}.json", "not there", instead.strip())
            return Filled(instead.strip(), (use,))
        raise SlideError(
            f"{place}: {{{{{asked}}}}}: {error}; or say what to show meanwhile: {{{{... | not yet run}}}}"
        ) from None
    except SourceError as error:
        raise SlideError(f"{place}: {{{{{asked}}}}}: {error}") from None
    except IndexError:
        raise SlideError(f"{place}: {{{{{asked}}}}}: a word is missing. Type: {known.usage}") from None
    except ValueError as error:
        raise SlideError(f"{place}: {{{{{asked}}}}}: {error}. Type: {known.usage}") from None
    shown = "" if known.block else filled.text
    return Filled(filled.text, tuple(replace(use, asked=asked, shown=shown) for use in filled.uses))


def nets_asked(text: str) -> list[tuple[str, bool]]:
    """The nets whose facts the placeholders of a text need, each with or without its top."""
    asked = []
    for match in PLACEHOLDER.finditer(text):
        words = match[1].split()
        if words and words[0] in ("parameters", "layer") and len(words) > 1:
            asked.append((words[1], nets.WITHOUT_TOP not in words))
        elif words[:1] == ["table"]:
            named = words[2:] if words[1:2] == ["nets"] else words[2:3]
            asked.extend((word, nets.WITHOUT_TOP not in words) for word in named)
    return asked


# Formats of a number: the word a deck types, and what it makes of a value.
FORMATS: dict[str, Callable[[float], str]] = {
    "percent": lambda value: f"{100 * value:.1f} %",
    "percent0": lambda value: f"{100 * value:.0f} %",
    "percent2": lambda value: f"{100 * value:.2f} %",
    "whole": lambda value: f"{value:,.0f}",
    "fixed1": lambda value: f"{value:,.1f}",
    "fixed2": lambda value: f"{value:,.2f}",
    "fixed3": lambda value: f"{value:,.3f}",
    "fixed4": lambda value: f"{value:,.4f}",
    "fixed7": lambda value: f"{value:,.7f}",
    "millions": lambda value: f"{value / 1e6:,.1f} million",
}


def _formatted(value: object, words: list[str]) -> str:
    if not words:
        if isinstance(value, float):
            raise ValueError(f"a number needs a format: {', '.join(FORMATS)}")
        return f"{value:,}" if isinstance(value, int) else str(value)
    if len(words) != 1 or words[0] not in FORMATS:
        raise ValueError(f"{' '.join(words)!r} is not a format: {', '.join(FORMATS)}")
    if not isinstance(value, (int, float)):
        raise ValueError(f"{value!r} is not a number; leave {words[0]!r} out")
    return FORMATS[words[0]](value)


def _number(found: tuple[object, Use], words: list[str]) -> Filled:
    value, use = found
    return Filled(_formatted(value, words), (use,))


def _band(words: list[str]) -> Filled:
    chosen, rest = _options(words[2:], "profile", "data")
    bounds, use = sources.band(words[0], words[1], **chosen)
    if bounds is None:
        return Filled("not measured", (use,))
    low, high = (_formatted(value, rest) for value in bounds)
    return Filled(f"{low.removesuffix(' %') if low.endswith(' %') else low} to {high}", (use,))


def _kept(words: list[str]) -> Filled:
    found, use = sources.kept(words[0], words[1])
    mean, sd = (_formatted(value, words[2:]) for value in found[:2])
    return Filled(f"{mean.removesuffix(' %') if mean.endswith(' %') else mean} ± {sd}", (use,))


def _options(words: list[str], *known: str) -> tuple[dict[str, str], list[str]]:
    """The `name=value` among some words, and the others; raises ValueError for a name that is not known."""
    found = dict(word.split("=", 1) for word in words if "=" in word)
    if unknown := set(found) - set(known):
        raise ValueError(f"{unknown.pop()!r} is neither {' nor '.join(known)}")
    return found, [word for word in words if "=" not in word]


def _source(words: list[str]) -> Filled:
    record = sources.record_of(words[0])
    what = sources.made_with(record)
    return Filled(what, (Use("text", "", f"notebooks/{record['notebook']}.ipynb", sources.digest_of(what)),))


def _recorded(words: list[str]) -> Filled:
    last = words[-1:] if words[-1] in FORMATS else []
    shape = words[1 : len(words) - len(last)]
    if not shape:
        raise IndexError
    return _number(sources.recorded(words[0], shape), last)


def _of_net(words: list[str]) -> tuple[dict, Use, list[str]]:
    """What is known of the net that the first word names, and the words after it."""
    found, use = nets.facts(words[0], nets.WITHOUT_TOP not in words)
    return found, use, [word for word in words[1:] if word != nets.WITHOUT_TOP]


def _parameters(words: list[str]) -> Filled:
    found, use, rest = _of_net(words)
    return _number((found["parameters"], use), rest)


def _layer(words: list[str]) -> Filled:
    found, use, rest = _of_net(words)
    return Filled(tables.one_layer(found, words[0], rest[0], rest[1]), (use,))


def _table(words: list[str]) -> Filled:
    kind = words.pop(0)
    options, names = _options(words, "columns", "rows")
    if kind == "nets" and names and not options:
        found = [(name, *nets.facts(name)) for name in names]
        return Filled(tables.nets([pair[:2] for pair in found]), tuple(use for *_, use in found))
    facts, use, more = _of_net(names or [""])
    if kind not in ("layers", "blocks") or more:
        raise ValueError("a table is layers, blocks (of one net) or nets (of several)")
    columns = options["columns"].split(",") if "columns" in options else None
    first, _, last = options.get("rows", "").partition("-")
    rows = slice(int(first) - 1, int(last or first)) if first else None
    return Filled(tables.layers(facts, columns, merge=kind == "blocks", rows=rows), (use,))


def _of_course(words: list[str], key: str, shown: str) -> Filled:
    """Something course.toml says of a notebook."""
    (name,) = words
    name = sources.notebook_name(name)
    value = config.course()["notebooks"][name][key]
    text = shown.format(name=name, value=value, address=notebook_address(name))
    return Filled(text, (Use("text", "", f"course.toml#{name}/{key}", sources.digest_of(value)),))


def notebook_address(name: str) -> str:
    """Where a deck in slides/_build finds a notebook: beside it, or at the public address once there is one."""
    repository = config.course().get("repository", "")
    if repository:
        return f"https://github.com/{repository}/blob/main/notebooks/{name}.ipynb"
    return f"../../notebooks/{name}.ipynb"


@dataclass(frozen=True)
class Word:
    """A kind of placeholder: what answers it, how it is typed, whether it needs lines of its own."""

    answer: Callable[[list[str]], Filled]
    usage: str
    block: bool = False


WORDS = {
    "result": Word(
        lambda words: _number(sources.result(words[0], words[1]), words[2:]),
        "{{result 05-fruit-cnn test_accuracy percent}}",
    ),
    "chance": Word(
        lambda words: _number(sources.result(words[0], words[1], "chance"), words[2:]),
        "{{chance 05-fruit-cnn test_accuracy percent}}",
    ),
    "band": Word(_band, "{{band 05-fruit-cnn test_accuracy percent}} (then profile=full data=real)"),
    "kept": Word(_kept, "{{kept 05-fruit-cnn test_accuracy percent}}"),
    "source": Word(_source, "{{source 05-fruit-cnn}}"),
    "recorded": Word(
        _recorded, '{{recorded transfer data=market "a class=20" "option=from scratch" accuracy percent}}'
    ),
    "parameters": Word(_parameters, "{{parameters VGG16}} or {{parameters VGG16 without-top millions}}"),
    "layer": Word(_layer, "{{layer VGG16 block1_conv1 parameters}}"),
    "table": Word(
        _table, "{{table layers VGG16}}, {{table blocks VGG16}} or {{table nets VGG16 Xception}}", block=True
    ),
    "notebook": Word(
        lambda words: _of_course(words, "title", "[{name}: {value}]({address})"), "{{notebook 05-fruit-cnn}}"
    ),
    "minutes": Word(lambda words: _of_course(words, "minutes", "{value}"), "{{minutes 05-fruit-cnn}}"),
}


def usage() -> str:
    """How each placeholder is typed, in one line."""
    return ", ".join(word.usage for word in WORDS.values())
