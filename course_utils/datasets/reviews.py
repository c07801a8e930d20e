"""The text sets of the course behind one interface: bundled reviews, or real ones once they are fetched.

`load_reviews` gives a `Reviews`: its texts and labels as one table per split, and seeded parts of it.
"""

from __future__ import annotations

import csv
import html
import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from course_utils.foundation import config

from .common import SPLITS, DataError, need_split

if TYPE_CHECKING:
    from pandas import DataFrame

BUNDLED = "bundled"
BUNDLED_REVIEWS = (BUNDLED, "understated", "controlled")
REAL_REVIEWS = ("imdb", "mr", "clothing", "sarcasm")
SENTIMENTS = ("negative", "positive")
SPLIT_SEED = 2018  # of the sets that come without a split: never changed, so that results can be compared

_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
# Some texts were written on Windows and passed on as latin-1: 0x80 to 0x9f are dashes and quotation marks.
_WINDOWS = {
    code: bytes([code]).decode("cp1252", errors="replace").replace("�", " ") for code in range(128, 160)
}


@dataclass(frozen=True, eq=False)
class Reviews:
    """One set of labelled texts: two tables, what their labels mean, and how many texts were unusable.

    source: `bundled` or `real`. dropped: texts left out because they were empty or could not be read.
    middle: texts that are neither, such as reviews of three stars: a table like the others, without labels, or None.
    """

    name: str
    source: str
    training: DataFrame = field(repr=False)
    test: DataFrame = field(repr=False)
    label_names: tuple[str, str] = SENTIMENTS
    dropped: int = 0
    middle: DataFrame | None = field(default=None, repr=False)

    def table(self, split: str) -> DataFrame:
        """The texts of a split, one row each. `split`: Training or Test.

        Columns: text (str), label (0 or 1, which label_names names); rating, category, title, tone, hard and
        writer where the set has them. The classes are mixed: a validation part may be cut off at the end.
        """
        need_split(split)
        return (self.training if split == "Training" else self.test).copy()

    def part(self, split: str, count: int | None, seed: int = 0) -> DataFrame:
        """`count` random rows of a split, in table order, with the split's shares of the labels.

        None, or more than there are, gives the whole split. A smaller part lies within a larger one of the
        same seed. Raises ValueError for a count below 1.
        """
        table = self.table(split)
        if count is not None and count < 1:
            raise ValueError(f"count is the number of texts, 1 or more, or None for all; got {count}")
        if count is None or count >= len(table):
            return table
        counts = _in_proportion(count, table["label"].value_counts().sort_index().to_dict())
        chosen = _choose(table["label"].to_numpy(), counts, seed)
        return table[chosen].reset_index(drop=True)

    def skewed(self, split: str, share: float = 0.82, seed: int = 0) -> DataFrame:
        """A split with so many texts of label 0 left out at random that label 1 has this `share`; table order.

        Raises ValueError where the share is not above that of the whole split and below 1.
        """
        table = self.table(split)
        labels = table["label"].to_numpy()
        now = labels.mean()
        if not now < share < 1:
            raise ValueError(f"share is between {now:.2f}, that of all {split} texts, and 1; got {share}")
        ones = int(labels.sum())
        kept = _choose(labels, {0: round(ones * (1 - share) / share), 1: ones}, seed)
        return table[kept].reset_index(drop=True)

    def majority_share(self, split: str = "Test") -> float:
        """The accuracy of always answering the more frequent label: the chance level of this split."""
        return float(self.table(split)["label"].value_counts(normalize=True).max())

    def duplicates(self) -> dict[str, int]:
        """How many texts repeat another one; case and white space do not count.

        within_training and within_test: texts that repeat an earlier one of their split; across: test texts
        that also stand in the training split, where a model may have learned them by heart.
        """
        training, test = (
            self.table(split)["text"].map(lambda text: " ".join(text.casefold().split())) for split in SPLITS
        )
        return {
            "within_training": int(training.duplicated().sum()),
            "within_test": int(test.duplicated().sum()),
            "across": int(test.isin(set(training)).sum()),
        }


def load_reviews(which: str = BUNDLED) -> Reviews:
    """A set of labelled texts by name.

    `which`, with the course: `bundled` (written by the authors, one by one), `understated` (reviews that hardly say
    what they think, written likewise; the test part is a quarter of the bundled test), `controlled` (put together by a program, so
    that a single word is only a hint and order often decides). Once fetched: `imdb` (movie reviews, the publisher's split),
    `mr` (sentences of movie reviews, 90/10), `clothing` (women's clothing, 80/20, label 1 = recommended), `sarcasm`
    (headlines, 80/20, label 1 = sarcastic). `real` is imdb, so `load_reviews(session.data)` follows the session.
    The splits are the same in each run.
    Raises DataError when the set is not there or damaged, with the command to type.
    """
    name = "imdb" if which == "real" else which
    if name in BUNDLED_REVIEWS:
        folder = config.repository_root() / "data" / "reviews"
        return _guarded(name, folder, "git checkout -- data/reviews", _BUNDLED_READERS[name])
    if name not in REAL_REVIEWS:
        raise DataError(
            f"No text set called {which!r}; there are {', '.join((*BUNDLED_REVIEWS, *REAL_REVIEWS))}"
        )
    from course_utils.foundation import assets

    asset, read = _READERS[name]
    found = assets.resolve(asset)
    if found.origin == "bundled":
        raise DataError(f"{name} is not on this machine. Type: course data fetch {asset} ({found.message})")
    return _guarded(name, found.path, f"course data verify {asset}", read)


def clean(text: str) -> str:
    """A text without HTML line breaks and entities, on one line, with blanks between its words."""
    text = _BREAK.sub(" ", html.unescape(text))
    if not text.isascii():
        text = text.translate(_WINDOWS)
    return " ".join(text.split())


# One reader a set: folder -> Reviews


def _read_bundled(folder: Path) -> Reviews:
    return _hand_written(BUNDLED, *(_written(folder / f"{split}.csv") for split in ("train", "test")))


def _read_understated(folder: Path) -> Reviews:
    """Training reviews of their own; the test reviews are those of the bundled test that came from such a writer."""
    test = [row for row in _written(folder / "test.csv") if row["writer"] == "understated"]
    return _hand_written("understated", _written(folder / "understated.csv"), test)


def _written(path: Path) -> list[dict]:
    """The rows of a file of reviews written one by one; label 1 for 4 and 5 stars, 0 for 1 and 2."""
    columns = ("id", "text", "stars", "category", "tone", "habit", "hard", "writer")
    return [
        {"text": row["text"], "label": int(int(row["stars"]) > 3), "rating": int(row["stars"])}
        | {column: row[column] for column in columns[3:]}
        for row in _csv_rows(path, columns)
    ]


def _hand_written(name: str, *splits: list[dict]) -> Reviews:
    """Three stars go into the middle, which has no label."""
    tables = [_table(row for row in rows if row["rating"] != 3) for rows in splits]
    middle = [row for rows in splits for row in rows if row["rating"] == 3]
    between = _table(middle)[0].drop(columns="label") if middle else None
    dropped = sum(unusable for _, unusable in tables)
    return Reviews(name, "bundled", *(table for table, _ in tables), dropped=dropped, middle=between)


def _read_controlled(folder: Path) -> Reviews:
    tables, dropped = [], 0
    for split in ("train", "test"):
        rows = _csv_rows(
            folder / "controlled" / f"{split}.csv", ("id", "text", "sentiment", "rating", "category")
        )
        table, unusable = _table(
            {
                "text": row["text"],
                "label": SENTIMENTS.index(row["sentiment"]),
                "rating": int(row["rating"]),
                "category": row["category"],
            }
            for row in rows
        )
        tables.append(table)
        dropped += unusable
    return Reviews("controlled", "bundled", *tables, dropped=dropped)


def _read_imdb(folder: Path) -> Reviews:
    """{train,test}/{neg,pos}/<number>_<rating>.txt, in the order of the numbers, so that labels alternate."""
    training, dropped_training = _table(_imdb_files(folder / "train"))
    test, dropped_test = _table(_imdb_files(folder / "test"))
    return Reviews("imdb", "real", training, test, dropped=dropped_training + dropped_test)


def _imdb_files(folder: Path) -> list[dict]:
    # One after the other: 25,000 small files take two seconds, and threads only stood in each other's way.
    rows = []
    for label, side in enumerate(("neg", "pos")):
        for path in (folder / side).iterdir():
            if path.suffix == ".txt":
                number, rating = map(int, path.stem.split("_"))
                text = path.read_bytes().decode("utf-8")
                rows.append((number, label, {"text": text, "label": label, "rating": rating}))
    rows.sort(key=lambda row: row[:2])
    return [row for _, _, row in rows]


def _read_mr(folder: Path) -> Reviews:
    """rt-polarity.{neg,pos}: one sentence per line in latin-1; line by line from both, so that labels alternate."""
    lines = [
        # Not splitlines(): in latin-1 it would also cut at 0x85, which is an ellipsis here.
        (folder / f"rt-polarity.{side}").read_bytes().decode("latin-1").rstrip("\n").split("\n")
        for side in ("neg", "pos")
    ]
    rows = (
        {"text": side[number], "label": label}
        for number in range(max(map(len, lines)))
        for label, side in enumerate(lines)
        if number < len(side)
    )
    return _split_in_two("mr", rows, test_share=0.1)


def _read_clothing(folder: Path) -> Reviews:
    names = ("Review Text", "Recommended IND", "Rating", "Department Name", "Title")
    rows = (
        {
            "text": row["Review Text"],
            "label": int(row["Recommended IND"]),
            "rating": int(row["Rating"]),
            "category": clean(row["Department Name"]),
            "title": clean(row["Title"]),
        }
        for row in _csv_rows(folder / "Womens Clothing E-Commerce Reviews.csv", names)
    )
    return _split_in_two("clothing", rows, test_share=0.2, label_names=("not recommended", "recommended"))


def _read_sarcasm(folder: Path) -> Reviews:
    """One JSON object a line; a line that is none counts as dropped."""
    lines = (folder / "Sarcasm_Headlines_Dataset.json").read_bytes().decode("utf-8").split("\n")
    rows = (_headline(line) for line in lines if line.strip())
    return _split_in_two("sarcasm", rows, test_share=0.2, label_names=("serious", "sarcastic"))


def _headline(line: str) -> dict:
    try:
        found = json.loads(line)
        return {"text": str(found["headline"] or ""), "label": int(found["is_sarcastic"])}
    except (ValueError, KeyError, TypeError):
        return {"text": "", "label": 0}  # without a text, it is left out


_BUNDLED_READERS: dict[str, Callable[[Path], Reviews]] = {
    BUNDLED: _read_bundled,
    "understated": _read_understated,
    "controlled": _read_controlled,
}
_READERS: dict[str, tuple[str, Callable[[Path], Reviews]]] = {
    "imdb": ("imdb", _read_imdb),
    "mr": ("mr", _read_mr),
    "clothing": ("womens-clothing", _read_clothing),
    "sarcasm": ("sarcasm", _read_sarcasm),
}


# What the readers share


def _guarded(name: str, folder: Path, command: str, read: Callable[[Path], Reviews]) -> Reviews:
    what = f"The {name} reviews" if name in BUNDLED_REVIEWS else f"The texts of {name}"
    try:
        return read(folder)
    except FileNotFoundError as problem:
        missing = Path(problem.filename).name
        raise DataError(f"{what} are missing from {folder} (no {missing}). Type: {command}") from None
    except (OSError, ValueError, csv.Error) as problem:
        raise DataError(f"{what} in {folder} are damaged ({problem}). Type: {command}") from problem


def _csv_rows(path: Path, columns: tuple[str, ...]) -> Iterator[dict[str, str]]:
    """The rows of a table as dictionaries; fields in quotation marks may hold line breaks."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file, restval="")
        missing = [column for column in columns if column not in (reader.fieldnames or ())]
        if missing:
            raise ValueError(f"{path.name} has no column {', '.join(missing)}")
        yield from reader


def _table(rows: Iterable[dict]) -> tuple[DataFrame, int]:
    """Rows as a table of clean texts, and how many were dropped because nothing was left of their text."""
    import pandas as pd

    rows = [{**row, "text": clean(row["text"])} for row in rows]
    kept = [row for row in rows if row["text"]]
    if not kept:
        raise ValueError("no texts in it")
    return pd.DataFrame(kept).astype({"label": np.int64}), len(rows) - len(kept)


def _split_in_two(
    name: str, rows: Iterable[dict], test_share: float, label_names: tuple[str, str] = SENTIMENTS
) -> Reviews:
    """Reviews of a set without a split of its own: the same share of each label goes to the test split."""
    table, dropped = _table(rows)
    labels = table["label"].to_numpy()
    counts = {label: round(test_share * int((labels == label).sum())) for label in (0, 1)}
    held_out = _choose(labels, counts, SPLIT_SEED)
    training, test = (table[chosen].reset_index(drop=True) for chosen in (~held_out, held_out))
    return Reviews(name, "real", training, test, label_names, dropped)


def _choose(labels: np.ndarray, counts: dict[int, int], seed: int) -> np.ndarray:
    """Which rows are drawn, bool (N,): `counts[label]` random ones of each label."""
    random = np.random.RandomState(seed)  # unlike default_rng, its numbers are the same in each NumPy
    chosen = np.zeros(len(labels), dtype=bool)
    for label, count in sorted(counts.items()):
        chosen[random.permutation(np.flatnonzero(labels == label))[:count]] = True
    return chosen


def _in_proportion(count: int, sizes: dict[int, int]) -> dict[int, int]:
    """`count` shared out among labels in proportion to their sizes; what rounding leaves goes by remainder."""
    total = sum(sizes.values())
    exact = {label: count * size / total for label, size in sizes.items()}
    shares = {label: int(value) for label, value in exact.items()}
    by_remainder = sorted(sizes, key=lambda label: (shares[label] - exact[label], label))
    for label in by_remainder[: count - sum(shares.values())]:
        shares[label] += 1
    return shares
