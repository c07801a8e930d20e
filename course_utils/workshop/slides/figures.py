"""Figures of decks: taken from a cell of an executed notebook, or drawn by a function of slides/figures/.

A drawing function takes nothing, or one argument, a `Reader`, through which it reads pictures, results and
recorded tables; what it read is remembered, so that the figure is known to be stale when one of them changes.
"""

from __future__ import annotations

import ast
import contextlib
import functools
import importlib.util
import inspect
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from course_utils.foundation import config
from course_utils.plots import Picture
from course_utils.plots import picture as plot_style

from . import nets, projection, sources
from .errors import SourceError
from .sources import Use, digest_of, digest_of_text

_FORMAT = 1


@dataclass(frozen=True)
class Figure:
    """A figure ready for a page: its bytes, their type (`image/png`, `image/svg+xml`), alt text and width."""

    data: bytes
    mime: str
    alt: str
    width: int
    uses: tuple[Use, ...]


class Reader:
    """What a drawing function reads through; each look-up is remembered in `uses`."""

    def __init__(self) -> None:
        self.uses: list[Use] = []

    def result(self, notebook: str, key: str) -> float:
        """A result of a committed notebook."""
        value, use = sources.result(notebook, key)
        self.uses.append(replace(use, asked=f"result {notebook} {key}"))
        return value

    def recorded(self, name: str):  # noqa: ANN201 - a pandas data frame, not imported here
        """A recorded table as a data frame; FileNotFoundError naming the command where there is none."""
        from course_utils.foundation import records

        record = records.load(name)
        self.uses.append(_recorded_use(name))
        return record.table()

    def picture(self, path: str):  # noqa: ANN201 - a NumPy array, not imported here
        """A picture of the repository as uint8 (H, W, 3); `path` counts from the repository's root."""
        import numpy as np
        from PIL import Image

        self.uses.append(_file_use(path))
        with Image.open(config.repository_root() / path) as image:
            return np.asarray(image.convert("RGB"))

    def net(self, name: str, top: bool = True) -> dict:
        """Layers, shapes and parameters of a net, as `nets.facts` gives them."""
        found, use = nets.facts(name, top)
        self.uses.append(replace(use, asked=f"net {name} {'' if top else nets.WITHOUT_TOP}".strip()))
        return found


def figure(name: str) -> Figure:
    """The figure a deck names `cell/NOTEBOOK/CELL[/N]` or `drawn/FUNCTION`; raises SourceError if there is none."""
    kind, _, rest = name.partition("/")
    if kind == "cell" and rest.count("/") in (1, 2):
        notebook, cell, *number = rest.split("/")
        if number and not number[0].isdigit():
            raise SourceError(f"{number[0]!r} is no number; type figure:cell/{notebook}/{cell}/2")
        found = sources.cell_figure(notebook, cell, int(number[0]) if number else 1)
        return Figure(
            found.png, "image/png", found.alt, found.width, (replace(found.use, asked=f"figure:{name}"),)
        )
    if kind == "drawn" and rest:
        return _drawn(rest)
    raise SourceError("type figure:cell/05-fruit-cnn/confusion or figure:drawn/convolution_steps")


def current_uses(name: str, remembered: list[dict]) -> list[dict]:
    """What the manifest would say of a figure now, without drawing it.

    `remembered`: its entries in the manifest; what a drawing function reads is only known from the last time.
    """
    kind, _, rest = name.partition("/")
    if kind != "drawn":
        return [use.record() for use in figure(name).uses]
    uses = [_code_use(rest).record()]
    for entry in remembered[1:]:
        uses.append(_again(entry))
    return uses


def _again(entry: dict) -> dict:
    """The entry of something a drawing function read, with today's digest."""
    asked = entry.get("asked", "")
    words = asked.split()
    if words[:1] == ["result"]:
        return replace(sources.result(words[1], words[2])[1], asked=asked).record()
    if words[:1] == ["net"]:
        return replace(nets.use_of(words[1], nets.WITHOUT_TOP not in words), asked=asked).record()
    if words[:1] == ["recorded"]:
        return _recorded_use(words[1]).record()
    return _file_use(asked.removeprefix("picture ")).record()


def _recorded_use(name: str) -> Use:
    from course_utils.foundation import records

    record = records.load(name)
    label = f"benchmark {name}, recorded {record.recorded} on {record.machine}"
    taken = {"rows": list(record.rows), "machine": record.machine}
    return Use("table", f"recorded {name}", f"benchmarks/recorded/{name}.json", digest_of(taken), label=label)


def _file_use(path: str) -> Use:
    file = config.repository_root() / path
    if not file.is_file():
        raise SourceError(f"{path} is not there; a drawing function names files from the repository's root")
    return Use("file", f"picture {path}", path, digest_of(file.read_bytes()), label=_file_label(path))


def _file_label(path: str) -> str:
    return (
        "picture: bundled with the course, rendered"
        if path.startswith("data/fruits/")
        else f"picture: {path}"
    )


def functions() -> dict[str, Path]:
    """The drawing functions there are: name -> the module of slides/figures/ that has it."""
    return _functions(sources.modules("figures"))


@functools.lru_cache(maxsize=4)  # asked for with every figure; reading all modules takes a while
def _functions(modules: tuple) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for path, *_ in modules:
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                if node.name in found:
                    raise SourceError(
                        f"{node.name} is in {found[node.name].name} and in {path.name}; rename one"
                    )
                found[node.name] = path
    return found


def _code_use(name: str) -> Use:
    place = functions().get(name)
    if place is None:
        raise SourceError(
            f"no function {name!r} in slides/figures/*.py. There are: {', '.join(functions()) or 'none'}"
        )
    # What all figures are drawn with counts as their code, too.
    code = [digest_of_text(path) for path in (place, Path(projection.__file__), Path(plot_style.__file__))]
    return Use("figure", f"figure:drawn/{name}", f"slides/figures/{place.name}#{name}", digest_of(code))


def to_draw(names: list[str]) -> list[str]:
    """Of figures named as in a deck those that have to be drawn: not kept, or what they read has changed."""
    drawn = [name.removeprefix("drawn/") for name in dict.fromkeys(names) if name.startswith("drawn/")]
    return [f"drawn/{name}" for name in drawn if name in functions() and _kept(name) is None]


def draw_beside(names: list[str]) -> subprocess.Popen:
    """Draw figures in a process beside this one, which then finds them kept; what fails is said by this one."""
    return subprocess.Popen(
        [sys.executable, "-m", "course_utils.workshop.slides.figures", json.dumps(names)],
        env=nets.environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def _place(name: str, code: Use) -> Path:
    """Where a drawn figure is kept: the file of its words; its picture lies beside it."""
    stem = f"drawn-{name}-{digest_of([_FORMAT, code.digest])}"
    return config.repository_root() / "slides" / "_build" / "cache" / f"{stem}.json"


def _kept(name: str) -> Figure | None:
    """A figure drawn before, if neither its code nor anything it read has changed."""
    code = _code_use(name)
    kept = _place(name, code)
    picture = kept.with_suffix(".svg")
    if kept.is_file() and picture.is_file():
        content = json.loads(kept.read_text(encoding="utf-8"))
        uses = tuple(Use(**entry) for entry in content["uses"])
        try:
            unchanged = all(_again(use.record()) == use.record() for use in uses)
        except (SourceError, FileNotFoundError):
            unchanged = False
        if unchanged:
            return Figure(
                picture.read_bytes(), "image/svg+xml", content["alt"], content["width"], (code, *uses)
            )
    return None


def _drawn(name: str) -> Figure:
    """A drawn figure, kept from before or drawn now."""
    code = _code_use(name)
    if found := _kept(name):
        return found
    reader = Reader()
    drawn = _call(functions()[name], name, reader)
    if not isinstance(drawn, Picture):
        raise SourceError(f"{code.source} gave {type(drawn).__name__}; return plots.Picture(figure, alt=...)")
    data = _svg(drawn)
    width = round(drawn.figure.get_figwidth() * 100)
    uses = tuple(dict.fromkeys(reader.uses))
    kept = _place(name, code)
    kept.parent.mkdir(parents=True, exist_ok=True)
    content = {"alt": drawn.alt, "width": width, "uses": [vars(use) for use in uses]}
    _write(kept.with_suffix(".svg"), data)  # the words come last: with them the figure counts as kept
    _write(kept, (json.dumps(content, indent=1, ensure_ascii=False) + "\n").encode())
    return Figure(data, "image/svg+xml", drawn.alt, width, (code, *uses))


def _write(path: Path, data: bytes) -> None:
    """Whole or not at all: two builds may do it at once."""
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    part.write_bytes(data)
    os.replace(part, path)


def _call(path: Path, name: str, reader: Reader) -> object:
    function: Callable = getattr(_module(path), name)
    try:
        return function(reader) if inspect.signature(function).parameters else function()
    except FileNotFoundError as error:
        raise SourceError(str(error)) from None


def _module(path: Path):  # noqa: ANN202
    """The module, loaded anew where its text has changed in this process."""
    key = f"course_slide_figures_{path.stem}_{digest_of([str(path), digest_of_text(path)])}"
    if key not in sys.modules:
        spec = importlib.util.spec_from_file_location(key, path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        sys.modules[key] = module
    return sys.modules[key]


def _svg(drawn: Picture) -> bytes:
    """The figure as SVG: sharp at every size, text as outlines so that no font has to be there."""
    import matplotlib

    buffer = io.BytesIO()
    with matplotlib.rc_context({"svg.hashsalt": "course", "svg.fonttype": "path"}):
        drawn.figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    return buffer.getvalue()


if __name__ == "__main__":
    for name in json.loads(sys.argv[1]):
        with contextlib.suppress(Exception):  # drawn again, and said with deck and line, by who asked for it
            figure(name)
