"""What learners read and see in a test, as a whole, beside what somebody once read and approved.

Most tests look for what matters: a name in a hint, a number in an alt text. While a test runs, every hint, every
error that it expects and every figure is written down here as a whole, and compared with tests/unit/approved/ at its
end. A sentence that lost its end, a title outside of its figure or a map with another range of colours is noticed
that way. After a change on purpose, COURSE_APPROVE=1 before a run of the file writes what is now: read the difference.

Approved files belong to the lock's versions on Linux and Python 3.11; with others the tests hold without them. Numbers
may differ in their last places. Where a net was trained, numbers don't count at all, since no two machines find the same ones.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import functools
import hashlib
import importlib.metadata
import inspect
import json
import os
import re
import sys
import tempfile
import traceback
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from course_utils.foundation import config

FOLDER = Path(__file__).parent / "approved"
APPROVING = os.environ.get("COURSE_APPROVE", "") == "1"
OFF = os.environ.get("COURSE_APPROVE", "") == "0"  # to see what the tests notice without these files
ASKED_OF_THE_LOCK = ("keras", "matplotlib", "numpy")
NUMBER = re.compile(r"-?\d+(?:[.,]\d+)*(?:e[+-]?\d+)?")
# Layers that nobody named: Keras counts them through the whole process.
COUNTED = re.compile(
    r"\b(activation|adam|(?:for|back)ward_lstm|add|average_pooling[123]d|batch_normalization|bidirectional|concatenate|conv[12]d|conv2d_transpose"
    r"|dense|depthwise_conv2d|dropout|embedding|flatten|functional|global_(?:average|max)_pooling[12]d|gru|input_layer"
    r"|layer_normalization|lstm|masking|max_pooling[12]d|multiply|re_lu|rescaling|reshape|sequential|simple_rnn|softmax"
    r"|spatial_dropout[12]d|text_vectorization|time_distributed|up_sampling2d|zero_padding2d)_\d+\b"
)
LONGEST = 600  # characters of a text that is written out
MOST_ARTISTS, MOST_PLACES = 6, 10  # of one kind on one pair of axes, and of numbers that are written out
# Files of tests whose sentences hold what a training found.
TRAINED = ("test_checks_text_lstm", "test_checks_transfer_learning", "test_training_fitting")
CHANGED: set[Path] = set()  # files in which something was approved
WATCHED: list[list[str]] = []  # what the test saw that is watched just now


@functools.cache
def comparable() -> bool:
    """Whether approved files hold here: on Linux and Python 3.11, with TensorFlow, in the lock's versions."""
    lock = (config.repository_root() / "requirements" / "lab.txt").read_text(encoding="utf-8")
    try:
        versions = [f"{name}=={importlib.metadata.version(name)} " for name in ASKED_OF_THE_LOCK]
    except importlib.metadata.PackageNotFoundError:
        return False
    return (
        not OFF
        and sys.platform == "linux"
        and sys.version_info[:2] == (3, 11)
        and os.environ.get("KERAS_BACKEND", "tensorflow") == "tensorflow"
        and all(version in lock for version in versions)
    )


def path_of(module: str) -> Path:
    return FOLDER / f"{module.rpartition('.')[2].removeprefix('test_')}.json"


@functools.cache
def approved(path: Path) -> dict[str, list[str]]:
    content = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return {test: [COUNTED.sub(r"\1", line) for line in lines] for test, lines in content.items()}


def compare(module: str, test: str, seen: list[str]) -> None:
    """Raise AssertionError when a test saw something else than what is approved, or write it down when asked to."""
    path = path_of(module)
    if module.rpartition(".")[2] in TRAINED:
        seen = [NUMBER.sub("#", line) for line in seen]
    if APPROVING:
        _approve(path, test, seen)
    # A test without a list of its own is not compared: a figure that several tests share is that of the first of them.
    if APPROVING or test not in approved(path):
        return
    expected = approved(path)[test]
    for place, (now, once) in enumerate(zip(seen, expected, strict=False)):
        assert same(now, once), (
            f"number {place} is not as approved in {path.name}:\n  {now}\nbut once:\n  {once}"
        )
    assert len(seen) == len(expected), (
        f"{len(seen)} things seen, {len(expected)} approved; read {path.name}, or write it with COURSE_APPROVE=1"
    )


def same(now: str, once: str) -> bool:
    """Whether two lines say the same, but for the last places of their numbers; `once` may leave numbers out as #."""
    if now == once or once == "...":
        return True
    if "#" in once and NUMBER.sub("#", now) == once:
        return True
    if NUMBER.sub("#", now) != NUMBER.sub("#", once):
        return False
    pairs = zip(NUMBER.findall(now), NUMBER.findall(once), strict=True)
    return all(a == b or close(a, b) for a, b in pairs)


def close(one: str, other: str) -> bool:
    if not set(".e") & set(one + other):
        return False  # whole numbers are exact
    try:
        return bool(np.isclose(float(one), float(other), rtol=2e-3, atol=2e-6))
    except ValueError:
        return False


def _approve(path: Path, test: str, seen: list[str]) -> None:
    content = approved(path)
    if not seen:
        content.pop(test, None)
        return
    old = content.get(test, [])
    if os.environ.get("COURSE_APPROVE_STEADY") == "1" and len(old) == len(seen):
        seen = [steady(a, b) for a, b in zip(seen, old, strict=True)]
    content[test] = seen
    CHANGED.add(path)


def write_down() -> None:
    """Keep what was approved: at the end of a run, when no test has made a disk that nobody can write to."""
    for path in CHANGED:
        path.parent.mkdir(exist_ok=True)
        text = json.dumps(approved(path), indent=0, ensure_ascii=False, sort_keys=True) + "\n"
        path.write_text(text, encoding="utf-8", newline="\n")
    CHANGED.clear()


def steady(now: str, once: str) -> str:
    """What two runs agree in."""
    if same(now, once):
        return once
    without = NUMBER.sub("#", now)
    return without if without == NUMBER.sub("#", once) else "..."


@contextlib.contextmanager
def watching() -> Iterator[tuple[list[str], list]]:
    """A list that fills with what a learner would read while it is open, and one of the figures; drawn at its end."""
    import pytest

    from course_utils.plots import picture

    seen: list[str] = []
    figures: list[tuple[int, object]] = []
    plain_init, plain_raises, before = picture.Picture.__init__, pytest.raises, WATCHED[:]

    def remember(self, *arguments, **options):
        plain_init(self, *arguments, **options)
        figures.append((len(seen), self))
        seen.append("")

    def raises(*arguments, **options):
        context = plain_raises(*arguments, **options)
        return Remembered(context, seen) if hasattr(context, "__exit__") else context

    picture.Picture.__init__, pytest.raises, WATCHED[:] = remember, raises, [seen]
    try:
        yield seen, figures
    finally:
        picture.Picture.__init__, pytest.raises, WATCHED[:] = plain_init, plain_raises, before
    for place, one in reversed(figures):
        with picture._course_style():
            one.figure.draw_without_rendering()
        seen[place : place + 1] = described(one)


def note(hints: list[str] | None) -> None:
    """Write down the first hint of a check while a test is watched, and how many of the exercise's own follow."""
    if hints is not None:
        first, *more = hints or [""]
        write(f"hint: {first}{f' (+{len(more)})' if more else ''}")


def see(**values: object) -> None:
    """Write down values by name while a test is watched: from then on they are to be as approved."""
    for name, value in values.items():
        write(f"{name}: {told(value)}")


def write(line: str) -> None:
    """Write down a line of text while a test is watched."""
    for seen in WATCHED:
        seen.append(plain(line))


class Remembered:
    """A `pytest.raises` that keeps the words of what the course raised."""

    def __init__(self, context: object, seen: list[str]) -> None:
        self.context, self.seen = context, seen

    def __enter__(self) -> object:
        return self.context.__enter__()

    def __exit__(self, kind: object, problem: BaseException | None, trace: object) -> bool:
        expected = self.context.__exit__(kind, problem, trace)
        if expected and isinstance(problem, Exception):
            said = error(problem)
            if said:
                self.seen.append(said)
        return expected


def error(problem: Exception) -> str:
    """The words of an error that the course raised itself, without those of another one that it quotes."""
    frames = list(traceback.walk_tb(problem.__traceback__))
    where = Path(frames[-1][0].f_code.co_filename) if frames else Path()
    if "course_utils" not in where.parts:
        return ""
    said = str(problem)
    for other in (problem.__cause__, problem.__context__):
        if other is not None and len(str(other)) > 3:
            said = said.replace(str(other), "<its words>")
    return plain(f"{type(problem).__name__}: {said}")


def plain(said: str) -> str:
    """A text without what differs between machines: folders, ports, addresses in memory."""
    for folder, name in (
        (config.repository_root(), "<course>"),
        (Path(tempfile.gettempdir()), "<temporary>"),
        (Path(sys.prefix), "<python>"),
        (Path.home(), "<home>"),
    ):
        said = said.replace(str(folder), name)
    said = re.sub(r"pytest-of-\w+/pytest-\d+(/popen-gw\d+)?/[\w-]+", "pytest/<test>", said)
    said = re.sub(r"(localhost|127\.0\.0\.1):\d+", r"\1:<port>", said)
    return COUNTED.sub(r"\1", re.sub(r"0x[0-9a-f]{6,}", "<address>", said))


# ------------------------------------------------------------------------------------------------- values


def told(value: object) -> str:
    """A value in words: texts and whole numbers exactly, others in five places, tables by column, sets in order."""
    import pandas as pd

    if value is None or isinstance(value, bool | int | str | bytes | dt.date):
        said = repr(value)
        return said if len(said) <= LONGEST else f"{said[:40]}... {hashlib.sha256(said.encode()).hexdigest()}"
    if isinstance(value, float | np.floating):
        return written(float(value))
    if isinstance(value, np.generic):
        return told(value.item())
    if isinstance(value, np.ndarray):
        return f"{value.dtype}{numbers(value)}"
    if isinstance(value, pd.DataFrame):
        return f"{len(value)} rows {told({str(name): value[name] for name in value})}"
    if isinstance(value, pd.Series):
        return told(value.tolist()) if len(value) <= MOST_PLACES else numbers(value.to_numpy())
    if isinstance(value, dict):
        return "{" + ", ".join(f"{told(key)}: {told(one)}" for key, one in value.items()) + "}"
    if isinstance(value, set | frozenset):
        return "{" + ", ".join(sorted(map(told, value))) + "}"
    if isinstance(value, list | tuple):
        return f"{type(value).__name__}({', '.join(map(told, value))})"
    if isinstance(value, re.Pattern):
        return f"pattern {value.pattern!r} {value.flags}"
    if isinstance(value, Path):
        return value.as_posix()
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
        return f"{type(value).__name__}{told(fields)}"
    return getattr(value, "__qualname__", type(value).__qualname__)


# Settings of layers that are as Keras has them unless told otherwise, and are left out.
USUAL = [
    ("trainable", True), ("data_format", "channels_last"), ("dilation_rate", (1, 1)), ("dilation_rate", (1,)),
    ("groups", 1), ("use_bias", True), ("sparse", False), ("ragged", False), ("optional", False), ("axis", -1),
    ("strides", (1, 1)), ("strides", (1,)), ("padding", "valid"), ("activation", "linear"), ("seed", None),
    ("go_backwards", False), ("stateful", False), ("unroll", False), ("zero_output_for_mask", False),
    ("renorm", False), ("renorm_momentum", 0.99), ("recurrent_dropout", 0.0), ("unit_forget_bias", True),
    ("use_ema", False), ("ema_momentum", 0.99), ("amsgrad", False), ("run_eagerly", False), ("jit_compile", False),
    ("steps_per_execution", 1), ("center", True), ("scale", True), ("synchronized", False), ("negative_slope", 0.0), ("threshold", 0.0),
]  # fmt: skip
USUAL_STARTS = re.compile(
    r", (kernel_initializer=GlorotUniform|(bias|beta|moving_mean)_initializer=Zeros|dtype=DTypePolicy"
    r"|(gamma|moving_variance)_initializer=Ones)\((name='float32')?\)"
)


def layers_of(net: object) -> list[str]:
    """A Keras net in lines: each layer with its settings, inputs and shape of outputs, and how it was compiled."""
    operations = list(getattr(net, "operations", None) or net.layers)
    numbered = {one.name: f"{type(one).__name__}-{place}" for place, one in enumerate(operations)}
    own = {one.name: one.name for one in operations if not re.fullmatch(_counted_name(one), one.name)}
    names = numbered | own
    lines = []
    for one in operations:
        settings = {
            key: value
            for key, value in (one.get_config() if hasattr(one, "weights") else {}).items()
            if key not in ("name", "dtype", "layers", "build_config") and (key, value) not in USUAL
        }
        inputs = [names.get(before.operation.name, "?") for before in one._inbound_nodes[0].parent_nodes]
        shapes = [tuple(weight.shape) for weight in getattr(one, "weights", [])]
        output = getattr(getattr(one, "output", None), "shape", "")
        said = USUAL_STARTS.sub("", _settings(settings))
        lines.append(f"{names[one.name]} {type(one).__name__} {said} of {inputs} {output} {shapes}")
    if getattr(net, "optimizer", None) is not None:
        compiled = net.get_compile_config() or {}
        lines.append(f"compiled {_settings(compiled)}")
    return lines


def _counted_name(operation: object) -> str:
    """A pattern of the names that Keras gives to what nobody named."""
    name = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", type(operation).__name__)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower() + r"(_\d+)?"


def _settings(value: object) -> str:
    """Settings of a layer without what Keras adds to say where a class is."""
    if isinstance(value, dict):
        inner = {
            key: one for key, one in value.items() if key not in ("module", "registered_name", "build_config")
        }
        if set(inner) == {"class_name", "config"}:
            return f"{inner['class_name']}{_settings(inner['config'])}"
        said = {
            key: _settings(one) for key, one in inner.items() if one is not None and (key, one) not in USUAL
        }
        return f"({', '.join(f'{key}={one}' for key, one in said.items())})"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_settings, value)) + "]"
    return told(value)


def promised(module: object) -> Iterator[str]:
    """What a module settles: its constants, and the names and defaults of what its public functions are given."""
    for name, value in vars(module).items():
        own = getattr(value, "__module__", None) == module.__name__
        if name.isupper() and not name.startswith("__"):
            yield f"{name} = {told(value)}"
        elif inspect.isfunction(value) and own and not name.startswith("_"):
            yield f"{name}{parameters(value)}"
        elif inspect.isclass(value) and own:
            for part, one in vars(value).items():
                one = getattr(one, "__func__", one)
                if inspect.isfunction(one) and (part == "__init__" or not part.startswith("_")):
                    yield f"{name}.{part}{parameters(one)}"
                elif isinstance(one, str | int | float | tuple | dict) and not part.startswith("__"):
                    yield f"{name}.{part} = {told(one)}"


def parameters(function: object) -> str:
    given = inspect.signature(function).parameters.values()
    texts = [
        f"{'*' if one.kind is one.VAR_POSITIONAL else '**' if one.kind is one.VAR_KEYWORD else ''}{one.name}"
        + ("" if one.default is one.empty else f"={told(one.default)}")
        for one in given
    ]
    return f"({', '.join(texts)})"


# ------------------------------------------------------------------------------------------------ figures


def described(picture: object) -> list[str]:
    """A figure in lines of text: its alt text, its size, and on each pair of axes all that was drawn."""
    figure = picture.figure
    lines = [f"figure {numbers(figure.get_size_inches())}", f"alt: {plain(picture.alt)}"]
    lines += [artist(text) for text in figure.texts if text.get_text()]
    lines += [artist(legend) for legend in figure.legends]
    if figure._suptitle is not None:
        lines.append(f"title {artist(figure._suptitle)}")
    last = []
    for axes in figure.axes:
        now = described_axes(axes)
        lines += ["same axes"] if now[1:] == last else now
        last = now[1:]
    return lines


def described_axes(axes: object) -> list[str]:
    """The lines of one pair of axes."""
    from matplotlib.axis import Axis
    from matplotlib.spines import Spine

    box = " ".join(f"{value:.2f}" for value in axes.get_position().bounds)
    lines = [f"axes at {re.sub(NUMBER, lambda found: str(round(float(found[0]), 1)), box)}"]
    if not axes.axison:
        lines.append("off")
    else:
        for name, axis in (("x", axes.xaxis), ("y", axes.yaxis)):
            lines.append(
                f"{name} {axis.get_scale()} {numbers(getattr(axes, f'get_{name}lim')())} "
                f"label {text_of(axis.label)} ticks {numbers(axis.get_majorticklocs())} "
                f"{[label.get_text() for label in axis.get_ticklabels()][:MOST_PLACES]} "
                f"{looks(axis.get_ticklabels()[0]) if axis.get_ticklabels() else ''} "
                f"minor {len(axis.get_minorticklocs())} {axis.get_ticks_position()} {axis.get_visible()} "
                f"grid {bool(axis._major_tick_kw.get('gridOn'))}"
            )
        shown = [side for side, spine in axes.spines.items() if spine.get_visible()]
        lines.append(f"spines {shown} aspect {axes.get_aspect()}")
    lines += [
        f"{side} {text_of(text)}"
        for side, text in (("title", axes.title), ("left", axes._left_title), ("right", axes._right_title))
        if text.get_text()
    ]
    kinds: dict[str, int] = {}
    for child in axes.get_children():
        if isinstance(child, Axis | Spine) or child is axes.patch:
            continue
        if child in (axes.title, axes._left_title, axes._right_title):
            continue
        kind = type(child).__name__
        kinds[kind] = kinds.get(kind, 0) + 1
        if kinds[kind] <= MOST_ARTISTS:
            said = artist(child)
            lines.append(said if not lines or lines[-1] != said else "the same")
    lines += [f"{count} {kind}" for kind, count in kinds.items() if count > MOST_ARTISTS]
    return lines


def text_of(text: object) -> str:
    return f"{text.get_text()!r} {looks(text)}" if text.get_text() else "''"


def looks(text: object) -> str:
    return (
        f"{text.get_fontsize():g} {text.get_fontweight()} {text.get_fontstyle()} {colour(text.get_color())} "
        f"{text.get_ha()} {text.get_va()} {text.get_rotation():g}"
    )


def artist(child: object) -> str:
    """One thing that was drawn, with its places and its looks."""
    from matplotlib import collections, image, legend, lines, patches, text

    kind, alpha = type(child).__name__, child.get_alpha()
    alpha = numbers(alpha) if isinstance(alpha, np.ndarray) else alpha
    common = f"{kind} {alpha} {child.get_zorder():g} {'' if child.get_visible() else 'hidden '}"
    label = child.get_label()
    if label and not str(label).startswith("_"):
        common += f"{label!r} "
    if child.get_clip_on() is False:
        common += "unclipped "
    if isinstance(child, text.Annotation):
        arrow = child.arrowprops and sorted(map(str, child.arrowprops.items()))
        return common + (
            f"{text_of(child)} at {numbers(child.xy)} {child.xycoords} from {numbers(child.xyann)} "
            f"{child.anncoords} {arrow}"
        )
    if isinstance(child, text.Text):
        around = child.get_bbox_patch()
        box = f" in {colour(around.get_facecolor())}" if around else ""
        return common + f"{text_of(child)} at {numbers(child.get_unitless_position())}{box}"
    if isinstance(child, lines.Line2D):
        return common + (
            f"{colour(child.get_color())} {child.get_linewidth():g} {child.get_linestyle()} {child.get_marker()} "
            f"{child.get_markersize():g} {colour(child.get_markerfacecolor())} {child.get_drawstyle()} "
            f"{numbers(child.get_xdata())} {numbers(child.get_ydata())}"
        )
    if isinstance(child, patches.Patch):
        path = child.get_path().transformed(child.get_patch_transform())
        style = getattr(child, "get_arrowstyle", lambda: "")() or getattr(child, "get_boxstyle", lambda: "")()
        return common + (
            f"{colour(child.get_facecolor())} {colour(child.get_edgecolor())} {child.get_linewidth():g} "
            f"{child.get_linestyle()} {child.get_hatch()} {type(style).__name__} {numbers(path.vertices)}"
        )
    if isinstance(child, image.AxesImage):
        return common + (
            f"{numbers(child.get_array())} {child.get_cmap().name} {numbers(child.get_clim())} "
            f"{numbers(child.get_extent())} {child.get_interpolation()} {child.origin}"
        )
    if isinstance(child, collections.Collection):
        paths = [path.vertices for path in child.get_paths()]
        shape = numbers(np.concatenate(paths)) if paths else ""
        values = child.get_array()
        return common + (
            f"{colours(child.get_facecolor())} {colours(child.get_edgecolor())} {numbers(child.get_linewidth())} "
            f"{numbers(child.get_offsets())} {shape} {numbers(child.get_sizes()) if hasattr(child, 'get_sizes') else ''} "
            f"{'' if values is None else f'{numbers(values)} {child.get_cmap().name} {numbers(child.get_clim())}'}"
        )
    if isinstance(child, legend.Legend):
        names = [entry.get_text() for entry in child.get_texts()]
        anchor = child.get_bbox_to_anchor()
        where = numbers(child.axes.transAxes.inverted().transform(anchor)) if child.axes else ""
        size = child.get_texts()[0].get_fontsize() if names else ""
        return common + f"{names} {child._loc} {where} {child._ncols} {child.get_title().get_text()!r} {size}"
    return common


def colour(value: object) -> str:
    from matplotlib import colors

    if isinstance(value, str) and value in ("none", "auto"):
        return value
    return colors.to_hex(value, keep_alpha=True)


def colours(values: object) -> str:
    return " ".join(colour(value) for value in np.atleast_2d(values)[:4]) if len(values) else "none"


def numbers(values: object) -> str:
    """A few numbers, or of many their shape, the first ones, and two sums that notice a change of any of them."""
    array = np.ma.filled(np.ma.asarray(values), np.nan) if np.ma.isMaskedArray(values) else np.asarray(values)
    if array.dtype.kind not in "fiub":
        return str([str(each) for each in array.reshape(-1)[:MOST_PLACES]])
    flat = array.astype(float).reshape(-1)
    said = " ".join(written(value) for value in flat[:MOST_PLACES])
    if len(flat) <= MOST_PLACES:
        return f"[{said}]"
    known = np.nan_to_num(flat, posinf=0, neginf=0)
    weights = 1 + np.arange(len(flat)) % 7
    sums = f"{written(known.mean())} {written((known * weights).mean())}"
    return f"{array.shape}[{said} ...] {sums}"


def written(value: float) -> str:
    """A number in five places; always with a point, as one that may differ in its last place."""
    said = f"{value + 0.0:.5g}"
    return "0.0" if abs(value) < 1e-9 else said if set(said) & set(".en") else f"{said}.0"
