"""What the exercise checks of `01-eda` accept, and what they say to a near miss."""

import hashlib
import itertools
import random
from collections import Counter, defaultdict

import numpy as np
import pandas as pd
import pytest

from course_utils import checks


def hint(exercise, answer):
    hints = checks.grade("01-eda", exercise, answer)
    assert hints, "this answer should not pass"
    return hints[0]


def centre_crop(image, side):
    row, column = (image.shape[0] - side) // 2, (image.shape[1] - side) // 2
    return image[row : row + side, column : column + side].astype("float32") / 255


def majority_share(labels):
    _, counts = np.unique(labels, return_counts=True)
    return counts.max() / counts.sum()


def group_split(groups, share, seed):
    names = np.unique(groups)
    held_out = np.random.default_rng(seed).choice(names, max(1, round(share * len(names))), replace=False)
    return np.isin(groups, held_out)


def same_files(paths):
    by_digest = {}
    for path in paths:
        by_digest.setdefault(hashlib.sha256(path.read_bytes()).hexdigest(), []).append(path)
    return [group for group in by_digest.values() if len(group) > 1]


SOLUTIONS = {1: centre_crop, 2: majority_share, 3: group_split, 4: same_files}


@pytest.mark.parametrize("exercise", SOLUTIONS)
def test_a_solution_passes(exercise):
    assert checks.grade("01-eda", exercise, SOLUTIONS[exercise]) is None


def test_a_split_for_arrays_of_texts_need_not_bear_objects():
    def texts_only(groups, share, seed):
        if groups.dtype == object:
            raise TypeError("an array of texts, please")
        return group_split(groups, share, seed)

    assert checks.grade("01-eda", 3, texts_only) is None


def crop_with_ends(image, side):
    height, width, _ = image.shape
    top, left = (height - side) // 2, (width - side) // 2
    middle = np.float32(image)[top:, left:][:side, :side]
    return middle / np.float32(255)


def crop_by_deleting(image, side):
    rows = np.arange(image.shape[0])[(image.shape[0] - side) // 2 :][:side]
    columns = np.arange(image.shape[1])[(image.shape[1] - side) // 2 :][:side]
    return (image[np.ix_(rows, columns)] / 255).astype(np.float32)


def majority_by_counter(labels):
    return Counter(labels.tolist()).most_common(1)[0][1] / len(labels)


def majority_by_pandas(labels):
    return pd.Series(labels).value_counts(normalize=True).max()


def split_of_sorted_names(groups, share, seed):
    names = sorted(set(groups))
    np.random.default_rng(seed).shuffle(names)
    held_out = set(names[: max(1, round(share * len(names)))])
    return np.array([group in held_out for group in groups])


def split_by_pandas(groups, share, seed):
    names = pd.Series(groups).drop_duplicates()
    return (
        pd.Series(groups).isin(names.sample(max(1, round(share * len(names))), random_state=seed)).to_numpy()
    )


def split_in_order_of_appearance(groups, share, seed):
    names = list(dict.fromkeys(groups))
    return np.isin(groups, random.Random(seed).sample(names, max(1, round(share * len(names)))))


def twins_by_bytes(paths):
    found = defaultdict(list)
    for path in paths:
        found[path.read_bytes()].append(path)
    return (twins for twins in found.values() if len(twins) > 1)


def twins_by_sorting(paths):
    paths = sorted(paths, key=lambda path: path.read_bytes())
    groups = [list(group) for _, group in itertools.groupby(paths, lambda path: path.read_bytes())]
    return [group for group in groups if len(group) != 1]


@pytest.mark.parametrize(
    ("exercise", "answer"),
    [
        (1, crop_with_ends), (1, crop_by_deleting), (2, majority_by_counter), (2, majority_by_pandas),
        (3, split_of_sorted_names), (3, split_by_pandas), (3, split_in_order_of_appearance),
        (4, twins_by_bytes), (4, twins_by_sorting),
    ],
)  # fmt: skip
def test_a_right_answer_passes_however_it_is_written(exercise, answer):
    assert checks.grade("01-eda", exercise, answer) is None


@pytest.mark.parametrize("exercise", SOLUTIONS)
@pytest.mark.parametrize("returned", [None, ...])
def test_an_unfinished_function_is_told_to_return_something(exercise, returned):
    assert "nothing is returned" in hint(exercise, lambda *arguments: returned)


@pytest.mark.parametrize("exercise", SOLUTIONS)
def test_an_exception_in_the_answer_becomes_a_hint(exercise):
    def broken(*arguments):
        raise ZeroDivisionError("oops")

    assert "ZeroDivisionError: oops" in hint(exercise, broken)


def test_every_exercise_has_hints():
    from course_utils.checks import eda

    assert set(eda.HINTS) == set(eda.EXERCISES) == set(SOLUTIONS)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (lambda image, side: image[:side, :side, 0] / 255, "has shape (50, 50)"),
        (lambda image, side: image[:side, :side], "is uint8"),
        (lambda image, side: centre_crop(image, side) * 255, "between 0 and 1"),
        (lambda image, side: centre_crop(image[:-2, :-2], side), "not those of the middle"),
        (lambda image, side: image[:side, :side].astype("float32") / 255, "not those of the middle"),
        (lambda image, side: centre_crop(image.transpose(1, 0, 2), side).transpose(1, 0, 2)
         if image.shape[0] == image.shape[1] else np.float32(
             image[(image.shape[1] - side) // 2:, (image.shape[0] - side) // 2:][:side, :side] / 255),
         "swapped"),
        # Almost right: rounded up, which moves the crop by a pixel where the rest is odd.
        (lambda image, side: image[-(-(image.shape[0] - side) // 2):, -(-(image.shape[1] - side) // 2):][:side, :side]
         .astype("float32") / 255, "not those of the middle"),
    ],
)  # fmt: skip
def test_a_wrong_crop_is_told_what_is_wrong(answer, said):
    assert said in hint(1, answer)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (lambda labels: np.bincount(labels).max(), "That is a count"),
        (lambda labels: 1 / len(np.unique(labels)), "equally frequent"),
        (lambda labels: np.bincount(labels) / len(labels), "expected one number"),
        (lambda labels: 0.1, "expected 0.8"),
        (
            lambda labels: np.bincount(labels)[0] / len(labels),
            "expected 0.6",
        ),  # almost right: while class 0 leads
    ],
)
def test_a_wrong_majority_share_is_told_what_is_wrong(answer, said):
    assert said in hint(2, answer)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (lambda groups, share, seed: np.random.default_rng(seed).random(len(groups)) < share, "both sides"),
        (lambda groups, share, seed: np.flatnonzero(group_split(groups, share, seed)), "expected bool"),
        (lambda groups, share, seed: groups == groups[0], "holds out 1 groups"),
        (lambda groups, share, seed: group_split(groups, share, 0), "Every seed gives the same split"),
        (lambda groups, share, seed: group_split(groups, share, None), "two different splits"),
        (lambda groups, share, seed: np.isin(groups, np.random.default_rng(seed).choice(
            np.unique(groups), round(share * len(np.unique(groups))), replace=False)), "expected one"),
        (lambda groups, share, seed: ~group_split(groups, 1 - share, seed) if share == 0.5 else
         ~group_split(groups, share, seed), "True and False are swapped"),
        # Almost right: the order of a set of texts is another one after each restart of Python.
        (lambda groups, share, seed: np.isin(groups, np.random.default_rng(seed).choice(
            list(set(groups)), max(1, round(share * len(set(groups)))), replace=False)), "After a restart"),
        (lambda groups, share, seed: np.isin(groups, random.Random(seed).sample(
            list(set(groups.tolist())), max(1, round(share * len(set(groups)))))), "After a restart"),
    ],
)  # fmt: skip
def test_a_leaking_or_fixed_split_is_told_what_is_wrong(answer, said):
    assert said in hint(3, answer)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (lambda paths: [[path] for path in paths], "without a twin"),
        (lambda paths: [[path for path in paths if path.stat().st_size == 60]], "same size"),
        (lambda paths: [], "It finds 0 lists"),
        (lambda paths: [paths[:3]], "It finds 1 lists"),
        (
            lambda paths: [
                [one, other]
                for one, other in itertools.combinations(paths, 2)
                if one.read_bytes() == other.read_bytes()
            ],
            "more than one list",
        ),  # almost right
        (lambda paths: [paths[:3], paths[3:5], paths[:3]], "more than one list"),
    ],
)
def test_wrong_twins_are_told_what_is_wrong(answer, said):
    assert said in hint(4, answer)
