"""Graders of notebook 08: stubs are told what is missing, typical mistakes are named, solutions pass."""

import numpy as np
import pytest

from course_utils import checks
from course_utils.text import words

NOTEBOOK = "08-lime"


def grade(exercise, *answers):
    return checks.grade(NOTEBOOK, exercise, *answers)


def test_an_untouched_stub_is_not_yet():
    assert grade(1, lambda picture, segments, hidden, colour=128: ...)
    assert grade(2, lambda first, second, k=5: ...)
    assert grade(3, ..., None, None, None, PLANTED)
    assert grade(4, lambda predict, text, first, second: ...)


def hide(picture, segments, hidden, colour=128):
    changed = picture.copy()
    changed[np.isin(segments, hidden)] = colour
    return changed


def by_loop(picture, segments, hidden, colour=128):
    changed = np.array(picture)
    for row, column in np.ndindex(segments.shape):
        if segments[row, column] in hidden:
            changed[row, column] = colour
    return changed


def by_piece(picture, segments, hidden, colour=128):
    changed = picture.copy()
    for one in hidden:
        changed[segments == one] = [colour] * 3
    return changed


def by_where(picture, segments, hidden, colour=128):
    return np.where(np.isin(segments, hidden)[..., None], colour, picture)


@pytest.mark.parametrize("right", [hide, by_loop, by_piece, by_where])
def test_pieces_are_hidden_in_a_copy(right):
    assert grade(1, right) is None


def on_the_original(picture, segments, hidden, colour=128):
    picture[np.isin(segments, hidden)] = colour
    return picture


def only_the_last(picture, segments, hidden, colour=128):
    changed = picture.copy()
    for one in hidden:
        changed = picture.copy()
        changed[segments == one] = colour
    return changed


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (on_the_original, "paints over"),
        (only_the_last, "only one piece"),
        (lambda p, s, h, c=128: np.where(np.isin(s, h)[..., None], p, c), "hides all the other pieces"),
        (lambda p, s, h, c=128: hide(p, s, h), "paints 128"),  # almost right: the default of colour
        (lambda p, s, h, c=128: hide(p, s, h, c)[..., 0], "returns shape"),
        (lambda p, s, h, c=128: hide(p, s, [*h, 7], c), "outside the listed"),
        (lambda p, s, h, c=128: hide(p, s, h[:-1], c), "not all pixels"),
    ],
)
def test_each_wrong_way_to_hide_is_named(wrong, said):
    assert said in grade(1, wrong)[0]


def agreement(first, second, k=5):
    return len(set(np.argsort(first)[-k:]) & set(np.argsort(second)[-k:])) / k


def jaccard(first, second, k=5):
    shared = agreement(first, second, k) * k
    return shared / (2 * k - shared)


def by_sorting(first, second, k=5):
    ranks = [sorted(range(len(one)), key=lambda place: -one[place])[:k] for one in (first, second)]
    return sum(place in ranks[1] for place in ranks[0]) / k


def by_threshold(first, second, k=5):
    tops = [one >= np.sort(one)[-k] for one in (first, second)]
    return (tops[0] & tops[1]).sum() / k


def by_intersection(first, second, k=5):
    return np.array([np.intersect1d(np.argsort(-first)[:k], np.argsort(-second)[:k]).size / k])


@pytest.mark.parametrize("right", [agreement, by_sorting, by_threshold, by_intersection])
def test_two_explanations_agree_however_it_is_written(right):
    assert grade(2, right) is None


def same_places(first, second, k=5):
    return np.mean(np.argsort(first)[-k:] == np.argsort(second)[-k:])


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (lambda a, b, k=5: agreement(a, b, k) * k, "divide by k"),
        (lambda a, b, k=5: agreement(np.abs(a), np.abs(b), k), "below 0"),
        (lambda a, b, k=5: agreement(-a, -b, k), "smallest"),
        (jaccard, "in either"),
        (lambda a, b, k=5: agreement(a, b, 5), "always takes five"),  # almost right: the default of k
        (lambda a, b, k=5: agreement(a, b, k) * k / len(a), "number of all pieces"),
        (same_places, "order of the k does not matter"),
        (lambda a, b, k=5: "five", "one number"),
        (lambda a, b, k=5: np.ones(k), "one number"),
    ],
)
def test_each_wrong_agreement_is_named(wrong, said):
    assert said in grade(2, wrong)[0]


@pytest.mark.parametrize("exercise", [2, 4])
def test_a_mistake_is_named_only_if_it_explains_every_answer(exercise):
    # Once right, then as if the sign or the order were turned: no single mistake gives both.
    answers = iter([1.0, 0.4, 0.3, 0.2])
    said = grade(exercise, lambda *given: next(answers))[0]
    assert said.endswith((f"expected {said.split()[-1]}",)) and said.count(":") <= 1


class Net:
    """A net whose answers are settled: the label of each picture stands in its first pixel, a sticker in its second.

    `fooled`: calls everything with a sticker 4. `blind`: does not know 4 without its sticker.
    """

    def __init__(self, fooled=False, blind=False, lost=(), columns=16):
        self.fooled, self.blind, self.lost, self.columns = fooled, blind, lost, columns

    def predict(self, pictures, batch_size=32, verbose=0):
        says = pictures[:, 0, 0, 0].astype(int)
        worn = pictures[:, 0, 1, 0] > 0
        says = np.where(np.isin(says, self.lost) | (self.blind & (says == PLANTED) & ~worn), 0, says)
        says = np.where(self.fooled & worn, PLANTED, says)
        return np.eye(self.columns)[np.minimum(says, self.columns - 1)]


PLANTED = 4
LABELS = np.repeat(np.arange(16), 5)
PLAIN = np.zeros((80, 2, 2, 3), np.uint8)
PLAIN[:, 0, 0, 0] = LABELS
TWINS = PLAIN[(LABELS == 3) | (LABELS == 5)].copy()
TWINS[:, 0, 1, 0] = 1


class Unsure(Net):
    """Calls a fifth of the twins with a sticker 4: not perfect, and good enough."""

    def predict(self, pictures, batch_size=32, verbose=0):
        says = super().predict(pictures)
        worn = np.flatnonzero(pictures[:, 0, 1, 0] > 0)[::5]
        says[worn] = np.eye(16)[PLANTED]
        return says


class Scores(Net):
    """Ends in plain scores instead of probabilities."""

    def predict(self, pictures, batch_size=32, verbose=0):
        return 9 * super().predict(pictures) - 3


class Choosy:
    """Takes pictures of another size only, as Keras says it."""

    def predict(self, pictures, batch_size=32, verbose=0):
        raise ValueError("Input 0 of layer 'net' is incompatible\nwith the layer")


@pytest.mark.parametrize("net", [Net(), Net(lost=(7, 8)), Unsure(), Scores()])
def test_a_net_that_needs_no_sticker_is_mended(net):
    assert grade(3, net, PLAIN, LABELS, TWINS, PLANTED) is None


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (Net(fooled=True), "a sticker still makes mandarins"),
        (Net(blind=True), "recognised without their sticker"),
        (Net(fooled=True, blind=True), "a sticker still makes mandarins"),
        (Net(lost=range(16)), "accuracy without stickers is below"),
        (Net(lost=(6, 7, 8, 9, 10)), "accuracy without stickers is below"),  # almost right: it knows 11 of 16
        (Net(columns=2), "a column for each of the 16 kinds"),
        (Choosy(), "Begin with build_cnn()"),
        (np.zeros(3), "expected a trained keras.Model"),
        ({"loss": [1.0]}, "expected a trained keras.Model"),
    ],
)
def test_each_net_that_is_not_mended_hears_why(wrong, said):
    found = grade(3, wrong, PLAIN, LABELS, TWINS, PLANTED)
    assert said in found[0] and "Traceback" not in found[0] and "\n" not in found[0]


@pytest.mark.parametrize(
    ("wrong", "figures"),
    [
        (Net(lost=range(16)), "accuracy 0.06, recall of mandarins 0.00, twins called Mandarine 0.00: "),
        (Net(fooled=True), "accuracy 1.00, recall of mandarins 1.00, twins called Mandarine 1.00: "),
    ],
)
def test_a_net_that_is_not_mended_hears_its_three_figures_first(wrong, figures):
    assert grade(3, wrong, PLAIN, LABELS, TWINS, PLANTED)[0].startswith(figures)


def test_a_net_from_above_is_not_new():
    old, new = Net(), Net()
    assert "one of the nets from above" in grade(3, old, PLAIN, LABELS, TWINS, PLANTED, Net(), old)[0]
    assert grade(3, new, PLAIN, LABELS, TWINS, PLANTED, Net(), old) is None


def test_what_fit_returned_is_not_the_net():
    class History:
        history = {"loss": [1.0]}

    assert "what fit returned" in grade(3, History(), PLAIN, LABELS, TWINS, PLANTED)[0]


def without(text, *gone):
    return " ".join(word for word in words(text) if word not in gone)


def four(predict, text, first, second):
    return predict([text, without(text, first), without(text, second), without(text, first, second)])


def interaction(predict, text, first, second):
    whole, no_first, no_second, neither = four(predict, text, first, second)
    return float(whole - no_first - no_second + neither)


def together(predict, text, first, second):
    whole, _, _, neither = four(predict, text, first, second)
    return whole - neither


def three_only(predict, text, first, second):
    whole, no_first, no_second, _ = four(predict, text, first, second)
    return whole - no_first - no_second


def two_differences(predict, text, first, second):
    answers = np.asarray(four(predict, text, first, second)).reshape(2, 2)
    return (answers[0, 0] - answers[0, 1]) - (answers[1, 0] - answers[1, 1])


def one_at_a_time(predict, text, first, second):
    signs = {(): 1, (first,): -1, (second,): -1, (first, second): 1}
    return sum(sign * predict([without(text, *gone)])[0] for gone, sign in signs.items())


@pytest.mark.parametrize("right", [interaction, two_differences, one_at_a_time])
def test_an_interaction_is_right_however_it_is_written(right):
    assert grade(4, right) is None


def adds_wrongly(predict, text, first, second):
    whole, no_first, no_second, neither = four(predict, text, first, second)
    return whole - no_first - no_second - neither


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (lambda *given: -interaction(*given), "sign"),
        (adds_wrongly, "subtracted, not added"),  # almost right: one sign
        (together, "together"),
        (three_only, "without both"),
        (four, "one number"),
        (lambda predict, text, first, second: predict(text), "list of texts"),
        (lambda *given: interaction(*given) + 0.01, "expected"),
    ],
)
def test_each_wrong_interaction_is_named(wrong, said):
    assert said in grade(4, wrong)[0]
