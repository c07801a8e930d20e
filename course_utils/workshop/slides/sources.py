"""Where numbers come from: executed notebooks, their measured bands and the recorded tables of the benchmarks.

Each look-up gives a value and a `Use`: what was taken from where, with a digest of the value and of what it
was measured with. Two machines agree on it, and running a notebook again with equal results changes nothing.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NamedTuple

from course_utils.foundation import config, records

from .errors import SourceError

RESULTS_MIME = "application/vnd.course.results+json"


@dataclass(frozen=True)
class Use:
    """Something a deck uses: `asked` as the deck types it, `source`, `digest` of what was taken, `label`.

    `label` is the line at the foot of the slide; `shown` the text put in, empty for figures and tables.
    """

    kind: str
    asked: str
    source: str
    digest: str
    shown: str = ""
    label: str = ""

    def record(self) -> dict:
        """As plain values, for the manifest; what is empty is left out."""
        return {name: value for name, value in asdict(self).items() if value and name != "label"}


def digest_of(value: object) -> str:
    """The sha256 of something JSON can hold, or of bytes; its first 16 digits."""
    data = (
        value if isinstance(value, bytes) else json.dumps(value, sort_keys=True, ensure_ascii=False).encode()
    )
    return hashlib.sha256(data).hexdigest()[:16]


def digest_of_text(path: Path) -> str:
    """The digest of a text file, the same whatever its line ends."""
    return digest_of(path.read_bytes().replace(b"\r\n", b"\n"))


def notebook_name(name: str) -> str:
    """The full name of a notebook of course.toml; raises SourceError naming those there are."""
    try:
        return config.notebook_path(name).stem
    except config.ConfigurationError as error:
        raise SourceError(str(error)) from None


def _cells(name: str) -> tuple[Path, list[dict]]:
    path = config.repository_root() / "notebooks" / f"{notebook_name(name)}.ipynb"
    if not path.is_file():
        raise SourceError(f"notebooks/{path.name} is not there. `git checkout -- notebooks` gets it back")
    return path, json.loads(path.read_text(encoding="utf-8"))["cells"]


def record_of(name: str) -> dict:
    """What a committed notebook stored of its last run: profile, data, weights and results."""
    return _record(name)[0]


def _record(name: str) -> tuple[dict, str]:
    """The same, and the id of the cell that shows it."""
    path, cells = _cells(name)
    for cell in reversed(cells):
        for output in cell.get("outputs", []):
            if found := output.get("data", {}).get(RESULTS_MIME):
                return found, cell["id"]
    raise SourceError(f"notebooks/{path.name} holds no results. Type: make notebooks NAMES={path.stem}")


def made_with(record: dict) -> str:
    """In words, what a run was made with: 'class profile, bundled data'."""
    words = [f"{record['profile']} profile", f"{record['data']} data"]
    weights = record.get("weights", "none")
    if weights != "none":
        words.append({"course": "course weights", "imagenet": "ImageNet weights"}.get(weights, weights))
    if not record.get("device", "CPU").startswith("CPU"):
        words.append(record["device"])
    return ", ".join(words)


def result(name: str, key: str, field: str = "value") -> tuple[float, Use]:
    """A result of a committed notebook; `field` is value or chance. Raises SourceError listing its results."""
    record, cell = _record(name)
    entry = record["results"].get(key)
    if entry is None:
        raise SourceError(
            f"{record['notebook']} has no result {key!r}. It has: {', '.join(record['results'])}"
        )
    if entry.get(field) is None:
        raise SourceError(f"{record['notebook']} gives no {field} for {key}")
    what = made_with(record)
    taken = {"value": entry[field], "made with": what}
    source = f"notebooks/{record['notebook']}.ipynb#{cell}/{key}/{field}"
    return entry[field], Use("number", "", source, digest_of(taken), label=f"{record['notebook']}: {what}")


def band(name: str, key: str, profile: str = "", data: str = "") -> tuple[tuple[float, float] | None, Use]:
    """What is usual for a result, from benchmarks/expected: (low, high), or None where it was never measured.

    By default for the profile and the data of the committed notebook. Raises SourceError listing the results.
    """
    record = record_of(name)
    profile, data = profile or record["profile"], data or record["data"]
    expected = config.course()["notebooks"][record["notebook"]].get("expected", {})
    table = expected.get(profile, {}).get(data, {})
    if key not in table and key not in record["results"]:
        raise SourceError(
            f"{record['notebook']} has no result {key!r}. It has: {', '.join(record['results'])}"
        )
    entry = table.get(key)
    bounds = (entry["low"], entry["high"]) if entry else None
    source = f"benchmarks/expected/{record['notebook']}.json#{profile}/{data}/{key}"
    label = f"{record['notebook']}: usual in the {profile} profile on {data} data"
    return bounds, Use("number", "", source, digest_of({"band": bounds}), label=label)


class Kept(NamedTuple):
    """A result over the kept runs: mean, standard deviation, and how many runs there are."""

    mean: float
    sd: float
    runs: int


def kept(name: str, key: str) -> tuple[Kept, Use]:
    """Mean and spread of a result over the kept runs, for the profile and the data of the committed notebook.

    Raises SourceError naming the command where none are kept.
    """
    record = record_of(name)
    notebook, profile, data = record["notebook"], record["profile"], record["data"]
    entry = config.course()["notebooks"][notebook].get("expected", {}).get(profile, {}).get(data, {}).get(key)
    if entry is None:
        raise SourceError(f"{notebook} keeps no runs of {key!r}. Type: course bands {notebook}")
    found = Kept(entry["mean"], entry["sd"], entry["runs"])
    source = f"benchmarks/expected/{notebook}.json#{profile}/{data}/{key}"
    label = f"{notebook}: mean ± sd of {found.runs} runs, {made_with(record)}"
    return found, Use("number", "", source, digest_of({"kept": list(found)}), label=label)


def recorded(name: str, path: list[str]) -> tuple[object, Use]:
    """One value of a recorded table: `column=value` for each column that picks the row, then the column wanted.

    A path of one word with a dot before it, such as `.machine`, is a field of the record itself.
    Raises SourceError naming the columns, or the rows that fit, unless exactly one fits; FileNotFoundError where
    nothing was recorded.
    """
    record = records.load(name)
    source = f"benchmarks/recorded/{name}.json"
    label = f"benchmark {name}, recorded {record.recorded} on {record.machine}"
    if len(path) == 1 and path[0].startswith("."):
        whole = {key: getattr(record, key) for key in ("title", "recorded", "machine", "note")}
        if path[0][1:] not in whole:
            raise SourceError(
                f"{name} has no field {path[0]}. It has: {', '.join('.' + key for key in whole)}"
            )
        value: object = whole[path[0][1:]]
    else:
        value = _value(name, record, path)
    taken = {"value": value, "machine": record.machine}
    return value, Use("number", "", f"{source}#{'/'.join(path)}", digest_of(taken), label=label)


def _value(name: str, record: records.Record, path: list[str]) -> object:
    columns = list(dict.fromkeys(key for row in record.rows for key in row))
    conditions = [part.partition("=")[::2] for part in path[:-1]]
    for column in [*(key for key, _ in conditions), *path[-1:]]:
        if column not in columns:
            raise SourceError(f"{name} has no column {column!r}. It has: {', '.join(map(repr, columns))}")
    rows = [row for row in record.rows if all(_same(row.get(key), wanted) for key, wanted in conditions)]
    if len(rows) != 1:
        choice = "; ".join(
            f"{key}: {', '.join(dict.fromkeys(str(row.get(key)) for row in record.rows))}"
            for key in columns
            if not isinstance(record.rows[0].get(key), (float, list, dict))
        )
        raise SourceError(
            f"{len(rows)} rows of {name} match, not one. Choose with column=value out of {choice}"
        )
    if path[-1] not in rows[0]:
        raise SourceError(f"The row of {name} has no {path[-1]!r}")
    return rows[0][path[-1]]


def _same(value: object, wanted: str) -> bool:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        try:
            return float(wanted) == value
        except ValueError:
            return False
    return str(value) == wanted


@dataclass(frozen=True)
class CellFigure:
    """A figure a notebook shows: PNG or WebP bytes, which of them, its alt text, its width in pixels as shown there."""

    image: bytes
    kind: str
    alt: str
    width: int
    use: Use


def cell_figure(name: str, cell_id: str, number: int = 1) -> CellFigure:
    """The figure a cell of a committed notebook shows; `number` counts where a cell shows several.

    Raises SourceError listing the cells with figures.
    """
    path, cells = _cells(name)
    found = {cell["id"]: figures for cell in cells if (figures := _figures_of(cell))}
    if cell_id not in found:
        raise SourceError(
            f"{path.stem} has no figure in a cell {cell_id!r}. There are: {', '.join(found) or 'none'}"
        )
    if not 1 <= number <= len(found[cell_id]):
        raise SourceError(
            f"The cell {cell_id} of {path.stem} shows {len(found[cell_id])} figure(s), not {number}"
        )
    image, kind, alt, width = found[cell_id][number - 1]
    label = f"{path.stem}: {made_with(record_of(name))}"
    source = f"notebooks/{path.name}#{cell_id}/{number}"
    return CellFigure(image, kind, alt, width, Use("figure", "", source, digest_of(image), label=label))


def _figures_of(cell: dict) -> list[tuple[bytes, str, str, int]]:
    figures = []
    for output in cell.get("outputs", []):
        shown = "".join(output.get("data", {}).get("text/html", ""))
        for tag in re.findall(r"<img\b[^>]*>", shown):
            data = re.search(r'src="data:image/(png|webp);base64,([^"]+)"', tag)
            alt = re.search(r'alt="([^"]*)"', tag)
            width = re.search(r'width="(\d+)"', tag)
            if data:
                text = html.unescape(alt[1]) if alt else ""
                figures.append((base64.b64decode(data[2]), data[1], text, int(width[1]) if width else 0))
    return figures
