"""Texts to sort by subject: what market reviews are about, reviews of many products, news, questions on programming.

`load_topics` gives a `Topics`: texts and the number of their class as one table per split, and parts of it in which
every class is equally frequent.
"""

from __future__ import annotations

import csv
import html
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from .common import DataError, need_split
from .reviews import load_reviews

if TYPE_CHECKING:
    from pandas import DataFrame

REAL_TOPICS = ("ag-news", "stackoverflow")
DESKS = {
    "fruit": ("fresh fruit", "dried fruit"),
    "jam and juice": ("jam", "juice"),
    "delivery": (),
    "service": (),
}
CATEGORIES = {
    "film": (),
    "clothing": (),
    "book": (),
    "daily life": ("household", "meal", "trip", "app", "market stall"),  # too few of each to stand alone
}
AG_NEWS = ("World", "Sports", "Business", "Sci/Tech")
TAGS = (
    "wordpress oracle svn apache excel matlab visual-studio cocoa osx bash spring hibernate scala sharepoint ajax qt drupal "
    "linq haskell magento"
).split()
SPLIT_SEED = 2015
_AG_TEST_SHARE, _TAGS_TEST_SHARE = 1_600 / 7_600, 0.1
_ENTITY_WITHOUT_AMPERSAND = re.compile(r" ?(?:#(\d{2,4})|\b(amp|lt|gt|quot));")


@dataclass(frozen=True, eq=False)
class Topics:
    """One set of texts by subject: two tables with the columns text (str) and label (int), and the names of the labels."""

    name: str
    source: str  # bundled or real
    training: DataFrame = field(repr=False)
    test: DataFrame = field(repr=False)
    label_names: tuple[str, ...]

    def table(self, split: str) -> DataFrame:
        """All texts of a split, classes mixed. `split`: Training or Test."""
        need_split(split)
        return (self.training if split == "Training" else self.test).copy()

    def part(self, split: str, each: int | None, seed: int = 0) -> DataFrame:
        """`each` random texts of every class, mixed, so that always naming one class is right once in as many classes.

        None, or more than the rarest class has, gives as many of each as that class has. A smaller part lies within
        a larger one of the same seed, but not in the same order. Raises ValueError for a number below 1.
        """
        if each is not None and each < 1:
            raise ValueError(f"each is the number of texts of every class, 1 or more, or None; got {each}")
        table = self.table(split)
        random = np.random.RandomState(seed)  # unlike default_rng, its numbers are the same in each NumPy
        drawn = [
            random.permutation(np.flatnonzero(table["label"] == label))
            for label in range(len(self.label_names))
        ]
        each = min([len(places) for places in drawn] + [each or len(table)])
        chosen = random.permutation(np.concatenate([places[:each] for places in drawn]))
        return table.iloc[chosen].reset_index(drop=True)


def load_topics(which: str = "bundled") -> Topics:
    """A set of texts by subject.

    `bundled`: the controlled market reviews by what they are about (fruit, jam and juice, delivery, service).
    `written`: reviews written one by one, the understated ones among them, by product (film, clothing, book, daily life).
    Once fetched: `ag-news`, four kinds of news, split 6,000 to 1,600 at random, as only the 7,600 test rows of
    Zhang and others are fetched, and all 120,000 for training if `ag-news-train` is there too; `stackoverflow`,
    question titles with one of 20 tags, 18,000 to 2,000. `real` is ag-news.
    Raises DataError when the set is not there or damaged, with the command to type.
    """
    name = "ag-news" if which == "real" else which
    if name in _BUNDLED:
        return _BUNDLED[name]()
    if name not in REAL_TOPICS:
        raise DataError(
            f"No set of topics called {which!r}; there are {', '.join((*_BUNDLED, *REAL_TOPICS))}"
        )
    folder = _folder(name)
    try:
        return _READERS[name](folder)
    except FileNotFoundError as problem:
        missing = Path(problem.filename).name
        raise DataError(f"{name} lacks {missing}. Type: course data fetch {name}") from None
    except (OSError, ValueError, csv.Error) as problem:
        raise DataError(
            f"The texts of {name} in {folder} are damaged ({problem}). Type: course data verify {name}"
        ) from problem


def _controlled() -> Topics:
    controlled = load_reviews("controlled")
    return _by_category("bundled", controlled.training, controlled.test, DESKS)


def _written() -> Topics:
    import pandas as pd

    bundled, understated = load_reviews("bundled"), load_reviews("understated")
    training = pd.concat([bundled.training, understated.training], ignore_index=True)
    return _by_category("written", training, bundled.test, CATEGORIES)


def _by_category(
    name: str, training: DataFrame, test: DataFrame, groups: dict[str, tuple[str, ...]]
) -> Topics:
    """Reviews by groups of categories; a group without categories is one itself."""
    import pandas as pd

    label = {one: place for place, (group, parts) in enumerate(groups.items()) for one in parts or (group,)}
    tables = (
        _mixed(pd.DataFrame({"text": table["text"], "label": table["category"].map(label)}))
        for table in (training, test)
    )
    return Topics(name, "bundled", *tables, tuple(groups))


def _read_ag_news(folder: Path) -> Topics:
    test = _mixed(_ag_rows(folder / "test.csv"))
    try:
        training = _ag_rows(_folder("ag-news-train") / "train.csv")
        return Topics("ag-news", "real", _mixed(training), test, AG_NEWS)
    except (DataError, FileNotFoundError):
        pass
    held_out = np.arange(len(test)) < round(_AG_TEST_SHARE * len(test))
    parts = (test[chosen].reset_index(drop=True) for chosen in (~held_out, held_out))
    return Topics("ag-news", "real", *parts, AG_NEWS)


def _ag_rows(path: Path) -> DataFrame:
    """class (1 to 4), title, description: the two texts joined, line breaks written as a backslash undone."""
    import pandas as pd

    with path.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.reader(file) if row]
    if any(len(row) != 3 or row[0] not in set("1234") for row in rows):
        raise ValueError(f"{path.name} has rows that are not class, title, description")
    texts = [_plain(f"{title}. {description}") for _, title, description in rows]
    return pd.DataFrame({"text": texts, "label": [int(row[0]) - 1 for row in rows]})


def _plain(text: str) -> str:
    """Without the remains of HTML: in `St. Bears #39;` and `lt;b gt;` a blank stands for each ampersand."""
    text = _ENTITY_WITHOUT_AMPERSAND.sub(lambda match: f"&{match[0].lstrip()}", text.replace("\\", " "))
    return " ".join(re.sub(r"<[^<>]*>", " ", html.unescape(html.unescape(text))).split())


def _read_stackoverflow(folder: Path) -> Topics:
    import pandas as pd

    titles = (folder / "title_StackOverflow.txt").read_text(encoding="utf-8").split("\n")
    labels = (folder / "label_StackOverflow.txt").read_text(encoding="utf-8").split()
    titles = titles[: len(labels)]
    if len(titles) != len(labels) or set(labels) != {str(number) for number in range(1, 21)}:
        raise ValueError(f"{len(titles)} titles and {len(labels)} labels of {len(set(labels))} kinds")
    table = _mixed(pd.DataFrame({"text": titles, "label": [int(label) - 1 for label in labels]}))
    held_out = np.arange(len(table)) < round(_TAGS_TEST_SHARE * len(table))
    parts = (table[chosen].reset_index(drop=True) for chosen in (~held_out, held_out))
    return Topics("stackoverflow", "real", *parts, tuple(TAGS))


def _mixed(table: DataFrame) -> DataFrame:
    order = np.random.RandomState(SPLIT_SEED).permutation(len(table))
    return table.iloc[order].astype({"label": np.int64}).reset_index(drop=True)


def _folder(asset: str) -> Path:
    from course_utils.foundation import assets

    found = assets.resolve(asset)
    if found.origin == "bundled" or found.path is None:
        raise DataError(f"{asset} is not on this machine. Type: course data fetch {asset} ({found.message})")
    return Path(found.path)


_READERS: dict[str, Callable[[Path], Topics]] = {
    "ag-news": _read_ag_news,
    "stackoverflow": _read_stackoverflow,
}
_BUNDLED: dict[str, Callable[[], Topics]] = {"bundled": _controlled, "written": _written}
