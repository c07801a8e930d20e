"""The checks of 10 · Where is it?: right answers pass, however written; wrong ones get their hint."""

import numpy as np
import pandas as pd
import pytest

from course_utils.checks import grade
from course_utils.checks.detection import SMALL_PARAMETERS, SMALL_PRECISION
from course_utils.further.detection import iou

NOTEBOOK = "10-detection"


def on_paper(first, second):
    wide = max(0, min(first[2], second[2]) - max(first[0], second[0]))
    high = max(0, min(first[3], second[3]) - max(first[1], second[1]))
    areas = sum((one[2] - one[0]) * (one[3] - one[1]) for one in (first, second))
    return wide * high / (areas - wide * high)


def by_pixels(first, second):
    sheet = np.zeros((2, 40, 40), bool)
    for layer, (left, top, right, bottom) in zip(sheet, (first, second), strict=True):
        layer[top:bottom, left:right] = True
    return sheet.all(axis=0).sum() / sheet.any(axis=0).sum()


@pytest.mark.parametrize("answer", [on_paper, by_pixels, lambda a, b: iou([a], [b])[0, 0]])
def test_an_overlap_is_right_however_it_is_computed(answer):
    assert grade(NOTEBOOK, 1, answer) is None


def area(box):
    return (box[2] - box[0]) * (box[3] - box[1])


def shared(a, b, least=0):
    return max(least, min(a[2], b[2]) - max(a[0], b[0])) * max(least, min(a[3], b[3]) - max(a[1], b[1]))


def with_one_more(a, b):
    grown = [[*one[:2], one[2] + 1, one[3] + 1] for one in (a, b)]
    return shared(*grown) / (area(grown[0]) + area(grown[1]) - shared(*grown))


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (lambda a, b: ..., "still there"),
        (lambda a, b: shared(a, b), "Divide it by the union"),
        (lambda a, b: shared(a, b) / (area(a) + area(b)), "counted twice"),
        (lambda a, b: shared(a, b) / area(a), "of one of the boxes"),
        (with_one_more, "no + 1"),
        # Almost right: two boxes that are apart in both directions share a negative times a negative.
        (lambda a, b: shared(a, b, -99) / (area(a) + area(b) - shared(a, b, -99)), "do not touch"),
        (lambda a, b: [1.0, 0.0], "one number"),
        (lambda a, b: 0.123, "it gives 0.123; it is 1.000."),
    ],
)
def test_a_wrong_overlap_gets_a_hint(answer, said):
    assert said in grade(NOTEBOOK, 1, answer)[0]


@pytest.fixture(scope="module")
def tables():
    """Pictures that are easy to read: bright squares on a dark ground, and their boxes."""
    random = np.random.default_rng(0)
    pictures = random.integers(0, 40, (24, 64, 64, 3)).astype(np.uint8)
    rows = []
    for number, picture in enumerate(pictures):
        left, top = random.integers(4, 40, 2)
        picture[top : top + 20, left : left + 20] = 240
        rows.append((number, "fruit", left, top, left + 20, top + 20))
    return pictures, pd.DataFrame(rows, columns=["picture", "kind", "left", "top", "right", "bottom"])


def trained(keras, tables, width, prior=-2.0):
    from course_utils.further.detection import box_loss, centre_loss, detector_net, training_batches

    keras.utils.set_random_seed(0)
    net = detector_net(["fruit"], width=width, prior=prior)
    net.compile(keras.optimizers.Adam(0.01), [centre_loss, box_loss], jit_compile=False)
    net.fit(training_batches(*tables, ["fruit"], window=64, batch_size=8), epochs=25, verbose=0)
    return net


def test_a_small_trained_detector_passes_however_it_is_built(tables):
    keras = pytest.importorskip("keras")
    net = trained(keras, tables, width=8)
    rebuilt = keras.Model(net.input, [net.get_layer("centres").output, net.get_layer("boxes").output])
    nested = keras.Model(inputs := keras.Input((64, 64, 3)), net(inputs))
    for small in (net, rebuilt, nested):
        assert grade(NOTEBOOK, 3, small, *tables) is None


def test_wrong_detectors_get_a_hint(tables):
    keras = pytest.importorskip("keras")
    from course_utils.further.detection import detector_net

    wrong = {
        "Fill in the place": ...,
        "the history": keras.callbacks.History(),
        "is a str": "small",
        "8, 4 channels": detector_net(list("abcdefgh"), width=8),
        "expected 1 (one kind)": keras.Sequential([keras.Input((64, 64, 3)), keras.layers.Conv2D(1, 1)]),
        f"at most {SMALL_PARAMETERS:,}": detector_net(["fruit"]),
        # Almost right: small and well built, but nobody trained it.
        f"at least {SMALL_PRECISION:.2f}": detector_net(["fruit"], width=8),
    }
    for said, net in wrong.items():
        assert said in grade(NOTEBOOK, 3, net, *tables)[0], said


def by_dictionary(rows, line):
    side, count = {}, [0, 0]
    for _, number, x in rows:
        if number < 1:
            continue
        if number in side and side[number] != (x > line):
            count[0 if x > line else 1] += 1
        side[number] = x > line
    return tuple(count)


def by_table(rows, line):
    table = pd.DataFrame(rows, columns=["frame", "id", "x"]).query("id > 0")
    change = (table["x"] > line).astype(int).groupby(table["id"]).diff()
    return int((change == 1).sum()), int((change == -1).sum())


def by_trails(rows, line):
    ids = {number for _, number, _ in rows if number > 0}
    trails = [[x for _, number, x in rows if number == one] for one in ids]
    steps = [pair for trail in trails for pair in zip(trail, trail[1:], strict=False)]
    return [sum(a <= line < b for a, b in steps), sum(b <= line < a for a, b in steps)]


@pytest.mark.parametrize("answer", [by_dictionary, by_table, by_trails])
def test_crossings_are_right_however_they_are_counted(answer):
    assert grade(NOTEBOOK, 2, answer) is None


def with_everybody(rows, line):
    return by_dictionary([(f, number + 2, x) for f, number, x in rows], line)


def near_the_line(rows, line):
    return sum(abs(x - line) < 6 for _, _, x in rows), 0


def beyond_the_line(rows, line):
    return len({number for _, number, x in rows if number > 0 and x > line}), 0


def one_side_for_all(rows, line):
    return by_dictionary([(f, 1, x) for f, number, x in rows if number > 0], line)


def only_neighbouring_frames(rows, line):
    last, count = {}, [0, 0]
    for frame, number, x in rows:
        if (
            number > 0
            and number in last
            and last[number][0] == frame - 1
            and (last[number][1] > line) != (x > line)
        ):
            count[0 if x > line else 1] += 1
        last[number] = (frame, x)
    return count


def each_once(rows, line):
    """Never counts an id again: who comes back is lost."""
    found, gone = [0, 0], set()
    for number in {number for _, number, _ in rows if number > 0}:
        right, left = by_dictionary([row for row in rows if row[1] == number], line)
        if right + left and number not in gone:
            found[0 if right else 1] += 1
            gone.add(number)
    return found


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (lambda rows, line: ..., "still there"),
        (lambda rows, line: 3, "two numbers"),
        (lambda rows, line: by_dictionary(rows, line)[::-1], "swapped"),
        (with_everybody, "no id of their own"),
        (near_the_line, "more than once"),
        (beyond_the_line, "not to cross it"),
        (one_side_for_all, "a side of its own"),
        (only_neighbouring_frames, "however long ago"),
        (each_once, "not counted"),
    ],
)
def test_wrong_crossings_get_a_hint(answer, said):
    assert said in grade(NOTEBOOK, 2, answer)[0]
