"""Graders of the exercises in `01-eda`."""

from __future__ import annotations

import tempfile
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np

from course_utils.checks.common import UNFINISHED, unfinished

HINTS = {
    1: [
        "An image array is indexed image[row, column]: slice both, and keep all channels.",
        "The first row to keep is (height - side) // 2; the height is image.shape[0], the width image.shape[1].",
        "Convert to float before you scale: crop.astype('float32') / 255.",
    ],
    2: [
        "Count how often each label occurs: np.unique(labels, return_counts=True) gives labels and counts.",
        "The most frequent label is right counts.max() times out of counts.sum().",
    ],
    3: [
        "Choose among the names of the groups, np.unique(groups), not among the pictures.",
        "random = np.random.default_rng(seed), then random.choice(names, how_many, replace=False) draws some names; "
        "how_many is max(1, round(share * len(names))).",
        "np.isin(groups, held_out) is True for each picture whose group is held out.",
    ],
    4: [
        "Equal files have equal bytes, and equal bytes have equal digests: read path.read_bytes().",
        "hashlib.sha256(path.read_bytes()).hexdigest() is a short name for the content of a file.",
        "Collect the paths in a dictionary, digest -> list of paths, and return the lists that hold more than one.",
    ],
}


def centre_crop(function: Callable[[np.ndarray, int], np.ndarray]) -> list[str] | None:
    """Grade `centre_crop(image, side)`: the middle of an image as float32 (side, side, 3) in 0-1."""
    random = np.random.default_rng(1)
    for height, width, side in ((100, 100, 50), (60, 90, 20), (41, 33, 10)):
        image = random.integers(0, 256, (height, width, 3), dtype=np.uint8)
        got = function(image.copy(), side)
        if unfinished(got):
            return [UNFINISHED, *HINTS[1]]
        got = np.asarray(got)
        what = f"For a picture of shape {image.shape} and side {side}"
        if got.shape != (side, side, 3):
            return [f"{what} the result has shape {got.shape}; expected {(side, side, 3)}.", *HINTS[1]]
        if got.dtype != np.float32:
            return [
                f"{what} the result is {got.dtype}; expected float32, the type that nets compute with.",
                HINTS[1][2],
            ]
        if got.max() > 1:
            return [
                f"{what} the highest value is {got.max():.0f}; expected values between 0 and 1.",
                HINTS[1][2],
            ]
        row, column = (height - side) // 2, (width - side) // 2
        wanted = image[row : row + side, column : column + side].astype("float32") / 255
        if np.allclose(got, wanted, atol=1e-6):
            continue
        swapped = image[column : column + side, row : row + side]
        if swapped.shape == got.shape and np.allclose(got, swapped / 255, atol=1e-6):
            return [f"{what} rows and columns are swapped: the first axis is the row.", *HINTS[1]]
        return [
            f"{what} the values are not those of the middle, rows from {row}, columns from {column}.",
            *HINTS[1],
        ]
    return None


def majority_share(function: Callable[[np.ndarray], float]) -> list[str] | None:
    """Grade `majority_share(labels)`: the accuracy of always answering the most frequent class."""
    cases = {
        "eight of class 0 and two of class 1": (np.repeat([0, 1], [8, 2]), 0.8),
        "three classes, 1, 6 and 3 times": (np.repeat([0, 1, 2], [1, 6, 3]), 0.6),
        "classes 4 and 9 only, 1 and 3 times": (np.array([9, 4, 9, 9]), 0.75),
        "sixteen classes, ten times each": (np.repeat(np.arange(16), 10), 1 / 16),
    }
    for what, (labels, right) in cases.items():
        got = function(labels)
        if unfinished(got):
            return [UNFINISHED, *HINTS[2]]
        if np.ndim(got) != 0:
            return [f"For {what} it gives {np.shape(got)} values; expected one number.", *HINTS[2]]
        if np.isclose(float(got), right):
            continue
        classes = len(np.unique(labels))
        first = f"For {what} it gives {float(got):.3g}; expected {right:.3g}."
        if np.isclose(float(got), right * len(labels)):
            return [f"{first} That is a count: divide it by the number of labels.", *HINTS[2]]
        if np.isclose(float(got), 1 / classes):
            return [f"{first} 1 / {classes} is right only if all classes are equally frequent.", *HINTS[2]]
        return [first, *HINTS[2]]
    return None


def group_split(function: Callable[[np.ndarray, float, int], np.ndarray]) -> list[str] | None:
    """Grade `group_split(groups, share, seed)`: True for the pictures of the held-out groups."""
    groups = np.repeat([f"Plum a{number}" for number in range(12)], np.arange(12) + 4)
    for share, wanted in ((0.25, 3), (0.5, 6)):
        first = function(groups, share, 0)
        if unfinished(first):
            return [UNFINISHED, *HINTS[3]]
        first = np.asarray(first)
        if first.shape != groups.shape or first.dtype != bool:
            return [
                f"The result is {first.dtype} of shape {first.shape}; expected bool of shape {groups.shape}: "
                "True for a picture in the test part, False for one in the training part.",
                *HINTS[3],
            ]
        both = set(groups[first]) & set(groups[~first])
        if both:
            return [
                f"{sorted(both)[0]!r} has pictures on both sides of the split: that is the leak.",
                *HINTS[3],
            ]
        held_out = len(set(groups[first]))
        if held_out == 12 - wanted and held_out != wanted:
            return [f"With share {share} it holds out {held_out} of 12 groups: True and False are swapped."]
        if held_out != wanted:
            return [
                f"With share {share} of 12 groups it holds out {held_out} groups; expected {wanted}.",
                *HINTS[3][1:],
            ]
        if not np.array_equal(first, function(groups, share, 0)):
            return ["The same seed gives two different splits: draw with the generator made from `seed`."]
        others = [set(groups[np.asarray(function(groups, share, seed))]) for seed in range(1, 6)]
        if all(other == set(groups[first]) for other in others):
            return ["Every seed gives the same split: draw the held-out groups at random.", *HINTS[3][1:]]
        if _depends_on_the_process(function, groups, share):
            return [
                "After a restart of Python the same seed would give another split: the order of a set of texts "
                "changes each time. Draw from sorted names: np.unique(groups), or sorted(set(groups)).",
            ]
    alone = np.asarray(function(np.array(["a", "a", "b", "b"]), 0.1, 0))
    if alone.sum() != 2:
        return [
            f"With share 0.1 of two groups it holds out {len(set(np.array(['a', 'a', 'b', 'b'])[alone]))} groups; "
            "expected one: an empty test part measures nothing. max(1, ...) helps."
        ]
    return None


def _name_of_a_process(turn: int) -> type[str]:
    """Texts that hash, and so stand in a set, as a new Python process would have it: in another order each turn."""

    class Name(str):
        __slots__ = ()

        def __hash__(self) -> int:
            return zlib.crc32(f"{turn} {str(self)}".encode())

    return Name


def _depends_on_the_process(function: Callable, groups: np.ndarray, share: float) -> bool:
    """Whether the split changes with the order of a set of names, which is another one in each Python process."""
    splits = []
    for turn in range(4):
        kind = _name_of_a_process(turn)
        names = {name: kind(name) for name in dict.fromkeys(groups.tolist())}
        turned = np.array([names[name] for name in groups.tolist()], dtype=object)
        try:
            splits.append(np.asarray(function(turned, share, 0), dtype=bool))
        except Exception:  # noqa: BLE001 - an answer for arrays of texts need not bear objects
            return False
    return any(not np.array_equal(splits[0], other) for other in splits[1:])


def same_files(function: Callable[[list[Path]], list[list[Path]]]) -> list[str] | None:
    """Grade `same_files(paths)`: lists of paths whose files hold the same bytes."""
    contents = {
        "apple.jpg": b"red" * 20,
        "apple-again.jpg": b"red" * 20,
        "copy of apple.jpg": b"red" * 20,
        "pear.jpg": b"green" * 12,
        "pear.png": b"green" * 12,
        "same-size.jpg": b"der" * 20,
        "lonely.jpg": b"blue",
    }
    wanted = {frozenset(list(contents)[:3]), frozenset(list(contents)[3:5])}
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / name for name in contents]
        for path in paths:
            path.write_bytes(contents[path.name])
        got = function(paths)
        if unfinished(got):
            return [UNFINISHED, *HINTS[4]]
        got = got.values() if isinstance(got, dict) else got
        found = [frozenset(Path(path).name for path in group) for group in got]
    if set(found) == wanted and len(found) == len(wanted):
        return None
    named = [name for group in found for name in group]
    if any(named.count(name) > 1 for name in named):
        return [
            "A file is in more than one list: make one list per content, with all its paths.",
            *HINTS[4],
        ]
    if any(len(group) == 1 for group in found):
        return [
            "A file without a twin is in the answer: keep only lists with more than one path.",
            HINTS[4][2],
        ]
    if any("same-size.jpg" in group for group in found):
        return [
            "Two files of the same size but with different bytes were called equal: compare contents.",
            *HINTS[4],
        ]
    told = " and ".join(", ".join(sorted(group)) for group in sorted(wanted, key=min))
    return [
        f"It finds {len(found)} lists of equal files; the test folder has {len(wanted)}: {told}.",
        *HINTS[4],
    ]


EXERCISES = {1: centre_crop, 2: majority_share, 3: group_split, 4: same_files}
