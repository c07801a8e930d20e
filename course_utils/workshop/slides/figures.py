"""Figures of decks: taken from a cell of an executed notebook, drawn by a function of slides/figures/, or an SVG there.

A drawing function takes nothing, or one argument, a `Reader`, through which it reads pictures, results and
recorded tables; what it read is remembered, so that the figure is known to be stale when one of them changes.
"""

from __future__ import annotations

import contextlib
import inspect
import io
import json
import re
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from course_utils.foundation import config, records
from course_utils.plots import Picture
from course_utils.plots import picture as plot_style

from . import beside, nets, projection, sources
from .errors import SourceError
from .sources import Use, digest_of, digest_of_text

_FORMAT = 2
_ALT = re.compile(r"<desc>(.+?)</desc>", re.DOTALL)
_WIDTH = re.compile(r'<svg\b[^>]*\bwidth="(\d+)"')


@dataclass(frozen=True)
class Figure:
    """A figure ready for a page: its file, alt text, width in pixels (0: as it is), and whether themes colour it."""

    file: Path
    alt: str
    width: int
    uses: tuple[Use, ...]
    themed: bool = False


class Reader:
    """What a drawing function reads through; each look-up is remembered in `uses`."""

    def __init__(self) -> None:
        self.uses: list[Use] = []

    def _remember(self, value: object, use: Use, asked: str = "") -> object:
        self.uses.append(replace(use, asked=asked or use.asked))
        return value

    def result(self, notebook: str, key: str) -> float:
        """A result of a committed notebook."""
        return self._remember(*sources.result(notebook, key), f"result {notebook} {key}")

    def kept(self, notebook: str, key: str) -> sources.Kept:
        """Mean and spread of a result over the kept runs: where nets are compared, one run says too little."""
        return self._remember(*sources.kept(notebook, key), f"kept {notebook} {key}")

    def recorded(self, name: str):  # noqa: ANN201 - a pandas data frame, not imported here
        """A recorded table as a data frame; FileNotFoundError naming the command where there is none."""
        return self._remember(records.load(name).table(), _recorded_use(name))

    def picture(self, path: str):  # noqa: ANN201 - a NumPy array, not imported here
        """A picture of the repository as uint8 (H, W, 3); `path` counts from the repository's root."""
        import numpy as np
        from PIL import Image

        use = _file_use(path)
        with Image.open(config.repository_root() / path) as image:
            return self._remember(np.asarray(image.convert("RGB")), use)

    def net(self, name: str, top: bool = True) -> dict:
        """Layers, shapes and parameters of a net, as `nets.facts` gives them."""
        return self._remember(*nets.facts(name, top), f"net {name} {'' if top else nets.WITHOUT_TOP}".strip())


def figure(name: str) -> Figure:
    """The figure a deck names `cell/NOTEBOOK/CELL[/N]` or `drawn/NAME`; raises SourceError if there is none."""
    kind, _, rest = name.partition("/")
    if kind == "drawn" and rest:
        return _drawn(rest)
    if kind != "cell" or rest.count("/") not in (1, 2):
        raise SourceError("type figure:cell/05-fruit-cnn/confusion or figure:drawn/convolution_steps")
    notebook, cell, *number = rest.split("/")
    if number and not number[0].isdigit():
        raise SourceError(f"{number[0]!r} is not a number; type figure:cell/{notebook}/{cell}/2")
    found = sources.cell_figure(notebook, cell, int(number[0]) if number else 1)
    file = beside.kept_in() / f"cell-{found.use.digest}.{found.kind}"
    if not file.is_file():
        beside.write(file, found.image)
    return Figure(file, found.alt, found.width, (replace(found.use, asked=f"figure:{name}"),))


def current_uses(name: str, remembered: list[dict]) -> list[dict]:
    """What the manifest would say of a figure now, without drawing it.

    `remembered`: its entries in the manifest; what a drawing function reads is only known from the last time.
    """
    kind, _, rest = name.partition("/")
    if kind != "drawn":
        return [use.record() for use in figure(name).uses]
    return [use.record() for use in (_code_use(rest), *(_again(entry) for entry in remembered[1:]))]


def _again(entry: dict) -> Use:
    """Something a drawing function read, with today's digest."""
    asked = entry.get("asked", "")
    kind, *words = asked.split()
    if kind == "result":
        return replace(sources.result(*words)[1], asked=asked)
    if kind == "kept":
        return replace(sources.kept(*words)[1], asked=asked)
    if kind == "net":
        return replace(nets.use_of(words[0], nets.WITHOUT_TOP not in words), asked=asked)
    return _recorded_use(words[0]) if kind == "recorded" else _file_use(asked.removeprefix("picture "))


def _recorded_use(name: str) -> Use:
    record = records.load(name)
    label = f"benchmark {name}, recorded {record.recorded} on {record.machine}"
    taken = {"rows": list(record.rows), "machine": record.machine}
    return Use("table", f"recorded {name}", f"benchmarks/recorded/{name}.json", digest_of(taken), label=label)


def _file_use(path: str) -> Use:
    file = config.repository_root() / path
    if not file.is_file():
        raise SourceError(f"{path} is not there; a drawing function names files from the repository's root")
    where = "bundled with the course, rendered" if path.startswith("data/fruits/") else path
    return Use("file", f"picture {path}", path, digest_of(file.read_bytes()), label=f"picture: {where}")


def _own_svg(name: str) -> Path:
    return config.repository_root() / "slides" / "figures" / f"{name}.svg"


def _code_use(name: str) -> Use:
    """What draws a figure: its function with what that uses, and what all figures are drawn with; or the SVG."""
    asked = f"figure:drawn/{name}"
    if _own_svg(name).is_file():
        return Use("figure", asked, f"slides/figures/{name}.svg#svg", digest_of_text(_own_svg(name)))
    functions = beside.functions("figures")
    if name not in functions:
        drawn = sorted([*functions, *(path.stem for path in _own_svg("x").parent.glob("*.svg"))])
        raise SourceError(
            f"no function {name!r} in slides/figures/*.py, nor {name}.svg there. There are: {', '.join(drawn) or 'none'}"
        )
    path, text = functions[name]
    looks = [digest_of_text(Path(one.__file__)) for one in (projection, plot_style)]
    return Use("figure", asked, f"slides/figures/{path.name}#{name}", digest_of([text, *looks]))


def to_draw(names: list[str]) -> list[str]:
    """Of figures named as in a deck those that have to be drawn: not kept, or what they read has changed."""
    known = beside.functions("figures")
    drawn = [name.removeprefix("drawn/") for name in dict.fromkeys(names) if name.startswith("drawn/")]
    return [f"drawn/{name}" for name in drawn if name in known and _kept(name, _code_use(name)) is None]


def draw(name: str) -> None:
    """Draw a figure so that it is kept; what cannot be drawn is said, with deck and line, by who asks for it next."""
    with contextlib.suppress(Exception):
        figure(name)


def _place(name: str, code: Use) -> Path:
    """Where a drawn figure is kept: the file of its words; its picture lies beside it."""
    return beside.kept_in() / f"drawn-{name}-{digest_of([_FORMAT, code.digest])}.json"


def _kept(name: str, code: Use) -> Figure | None:
    """A figure drawn before, if neither its code nor anything it read has changed."""
    kept = _place(name, code)
    if not kept.is_file() or not kept.with_suffix(".svg").is_file():
        return None
    content = json.loads(kept.read_text(encoding="utf-8"))
    uses = tuple(Use(**entry) for entry in content["uses"])
    try:
        if any(_again(use.record()).record() != use.record() for use in uses):
            return None
    except (SourceError, FileNotFoundError):
        return None
    return Figure(kept.with_suffix(".svg"), content["alt"], content["width"], (code, *uses))


def _drawn(name: str) -> Figure:
    """A drawn figure: an SVG as it is, one kept from before, or drawn now."""
    code = _code_use(name)
    if (svg := _own_svg(name)).is_file():
        text = svg.read_text(encoding="utf-8")
        alt, width = _ALT.search(text), _WIDTH.search(text)
        if not alt or not width:
            raise SourceError(f'{code.source} needs <svg width="1140" ...> and <desc>What is seen.</desc>')
        return Figure(svg, " ".join(alt[1].split()), int(width[1]), (code,), themed=True)
    if found := _kept(name, code):
        return found
    reader = Reader()
    function = getattr(beside.module(beside.functions("figures")[name][0]), name)
    try:
        drawn = function(reader) if inspect.signature(function).parameters else function()
    except FileNotFoundError as error:
        raise SourceError(str(error)) from None
    if not isinstance(drawn, Picture):
        raise SourceError(f"{code.source} gave {type(drawn).__name__}; return plots.Picture(figure, alt=...)")
    width = round(drawn.figure.get_figwidth() * 100)
    uses = tuple(dict.fromkeys(reader.uses))
    kept = _place(name, code)
    content = {"alt": drawn.alt, "width": width, "uses": [asdict(use) for use in uses]}
    beside.write(
        kept.with_suffix(".svg"), _svg(drawn)
    )  # the words come last: with them the figure counts as kept
    beside.write(kept, (json.dumps(content, indent=1, ensure_ascii=False) + "\n").encode())
    return Figure(kept.with_suffix(".svg"), drawn.alt, width, (code, *uses))


def _svg(drawn: Picture) -> bytes:
    """The figure as SVG: sharp at every size, text as outlines so that no font has to be there."""
    import matplotlib
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    buffer = io.BytesIO()
    with matplotlib.rc_context({"svg.hashsalt": "course", "svg.fonttype": "path"}):
        # `savefig` would draw everything twice, the first time for the layout alone.
        FigureCanvasSVG(drawn.figure).print_svg(buffer, metadata={"Date": None, "Creator": None})
    return buffer.getvalue()
