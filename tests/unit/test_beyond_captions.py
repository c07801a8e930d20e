"""A scene has one caption, words become numbers and back, and the scorer catches a net that says always the same."""

import numpy as np
import pandas as pd
import pytest

from course_utils.further.beyond import captions
from course_utils.further.beyond.captions import Thing, Words


def thing(word, x, y, size=0.2):
    return Thing(word, x - size / 2, y - size / 2, x + size / 2, y + size / 2)


@pytest.mark.parametrize(
    ("things", "caption"),
    [
        ([], "nothing on wood"),
        ([thing("orange", 0.5, 0.5)], "an orange on wood"),
        ([thing("plum", 0.2, 0.5), thing("plum", 0.8, 0.5)], "a plum on wood"),
        ([thing("plum", 0.8, 0.5), thing("lemon", 0.3, 0.5, 0.1)], "a lemon left of a plum on wood"),
        ([thing("plum", 0.5, 0.3), thing("lemon", 0.45, 0.7)], "a lemon in front of a plum on wood"),
        (
            [thing("kiwi", 0.1, 0.1, 0.05), thing("plum", 0.8, 0.5, 0.3), thing("lime", 0.3, 0.5)],
            "a lime left of a plum on wood",
        ),
    ],
)
def test_a_scene_has_one_caption(things, caption) -> None:
    assert captions.describe(things, "wood") == caption


def test_grounds_that_nobody_can_tell_apart_share_a_word() -> None:
    assert captions.describe([], "newspaper") == captions.describe([], "cardboard") == "nothing on paper"


@pytest.mark.parametrize(
    ("caption", "parts"),
    [
        ("a plum left of an orange on wood", ("plum", "left of", "orange", "wood")),
        ("a lime in front of a plum on paper", ("lime", "in front of", "plum", "paper")),
        ("a plum on wood", ("plum", "", "", "wood")),
        ("nothing on wood", ("nothing", "", "", "wood")),
        ("", ("", "", "", "")),
        ("a a left", ("left", "", "", "")),
    ],
)
def test_a_caption_has_four_slots(caption, parts) -> None:
    assert captions.slots(caption) == parts


def test_captions_of_a_split_come_from_its_tables_and_turn_round_in_the_mirror() -> None:
    fruits = pd.DataFrame(
        {
            "path": ["a", "a"], "kind": ["Limes", "Plum"],
            "left": [0, 90], "top": [10, 10], "right": [30, 120], "bottom": [40, 40],
        }
    )  # fmt: skip
    scenes = pd.DataFrame({"path": ["a", "b"], "ground_name": ["wood", "marble"]})
    said = captions.captions_of(fruits, scenes)
    assert said == ["a lime left of a plum on wood", "nothing on stone"]
    assert captions.captions_of(captions.mirrored(fruits), scenes)[0] == "a plum left of a lime on wood"
    assert captions.pair(said[0]) == {"lime", "plum"} and captions.pair(said[1]) == set()


def test_each_kind_is_in_one_held_pair() -> None:
    assert sorted(word for pair in captions.HELD_PAIRS for word in pair) == [
        "banana", "kiwi", "lemon", "lime", "orange", "pineapple", "plum", "strawberry",
    ]  # fmt: skip


def test_words_become_numbers_and_back() -> None:
    texts = ["a plum on wood", "nothing on wood"]
    words = Words.of(texts)
    numbers = words.encode(texts)
    assert numbers.shape == (2, 5) and numbers[1, -2:].tolist() == [0, 0]
    assert words.decode(numbers) == texts
    assert captions.shifted(numbers)[0].tolist() == [1, *numbers[0, :-1]]
    with pytest.raises(KeyError):
        words.encode(["a pear on wood"])


def test_the_scorer_catches_a_constant_caption() -> None:
    truth = [
        f"a {kind} on {ground}" for kind in ("plum", "lime", "kiwi") for ground in ("wood", "grass", "stone")
    ]
    perfect, constant = captions.score_captions(truth, truth), captions.score_captions(truth[:1] * 9, truth)
    assert perfect.whole == 1 and not perfect.constant and perfect.different == 9
    assert (
        constant.constant
        and constant.slots["relation"] == 1
        and constant.slots["ground"] == pytest.approx(1 / 3)
    )
    assert not captions.score_captions(["nothing on wood"] * 4, ["nothing on wood"] * 4).constant
    with pytest.raises(ValueError, match="needs its truth"):
        captions.score_captions(truth, truth[:2])
    with pytest.raises(ValueError):
        captions.score_captions([], [])


def test_greedy_decoding_takes_the_likeliest_word_until_the_stop() -> None:
    words = Words.of(["a plum on wood", "nothing on wood"])
    story = words.encode(["nothing on wood", "a plum on wood"])

    class Writer:
        def predict(self, inputs, **_):
            maps, before = inputs
            scores = np.zeros((*before.shape, len(words.words)))
            for row, (number, seen) in enumerate(zip(maps[:, 0, 0, 0].astype(int), before, strict=True)):
                for place in range(words.length):
                    right = (seen[: place + 1] == captions.shifted(story[[number]])[0, : place + 1]).all()
                    scores[row, place, story[number, place] if right else 1] = 1
            return scores

    maps = np.zeros((2, 2, 2, 1))
    maps[1] = 1
    assert captions.greedy(Writer(), maps, words) == ["nothing on wood", "a plum on wood"]


def test_swapped_kinds_change_maps_and_words_alike() -> None:
    kinds = ("plum", "orange", "lime")
    maps = np.random.default_rng(1).normal(size=(40, 2, 2, 4 + 3 + 8)).astype(np.float32)
    texts = [
        "a plum left of an orange on wood",
        "nothing on stone",
        "a lime on wood",
        "a lime left of a plum on paper",
    ] * 10
    made, said = captions.swap_kinds(maps, texts, kinds, np.random.default_rng(0))
    np.testing.assert_array_equal(made[..., 4:7], maps[..., 4:7])
    assert len(set(said)) > 8 and said[1] == texts[1]
    for n in range(40):
        for before, after in zip(captions.slots(texts[n])[:3:2], captions.slots(said[n])[:3:2], strict=True):
            if before in kinds:
                for start in (0, 7, 11):
                    np.testing.assert_array_equal(
                        made[n, ..., start + 1 + kinds.index(after)],
                        maps[n, ..., start + 1 + kinds.index(before)],
                    )


@pytest.mark.parametrize(
    ("said", "true", "constant"),
    [("aaab", "abcd", True), ("aabb", "abcd", False), ("aaab", "aabc", False), ("aaaa", "aaab", False)],
)
def test_one_caption_for_everything_is_noticed_where_the_truth_has_many(said, true, constant):
    captions_said, truth = ([f"a {letter} on wood" for letter in word] for word in (said, true))
    scores = captions.score_captions(captions_said, truth)
    assert scores.constant is constant and scores.different == len(set(said))
    right = np.mean([one == other for one, other in zip(said, true, strict=True)])
    assert scores.whole == scores.slots["first fruit"] == right and scores.slots["ground"] == 1.0
    assert list(scores.row()) == ["whole caption", *captions.SLOTS, "different captions"]


def test_a_caption_is_its_four_slots_and_back():
    for slots, caption in (
        (("plum", "left of", "orange", "wood"), "a plum left of an orange on wood"),
        (("orange", "in front of", "plum", "stone"), "an orange in front of a plum on stone"),
        (("plum", "", "", "wood"), "a plum on wood"), (("nothing", "", "", "wood"), "nothing on wood"),
    ):  # fmt: skip
        assert captions.compose(*slots) == caption and captions.slots(caption) == slots
    assert captions.slots("") == ("", "", "", "") and captions.slots("a plum") == ("plum", "", "", "")


@pytest.mark.parametrize(
    ("middles", "caption"),
    [
        ((0.1, 0.5), "a plum left of a kiwi on wood"),
        ((0.5, 0.1), "a kiwi left of a plum on wood"),
        ((0.3, 0.41), "a kiwi in front of a plum on wood"),
    ]
    + [((0.25, 0.375), "a plum left of a kiwi on wood")],
)
def test_two_fruits_are_named_from_left_to_right_or_the_nearer_first(middles, caption):
    plum, kiwi = (
        captions.Thing(word, x - size, 0.4, x + size, low)
        for word, x, size, low in (("plum", middles[0], 0.1, 0.5), ("kiwi", middles[1], 0.05, 0.9))
    )
    other = captions.Thing("plum", 0.9, 0.9, 0.91, 0.91)
    assert captions.describe([other, kiwi, plum], "wood") == caption
    assert (
        captions.describe([plum, other], "marble") == "a plum on stone"
        and captions.describe([], "tiles") == "nothing on stone"
    )
    assert kiwi.area == pytest.approx(0.05) and kiwi.middle == pytest.approx((middles[1], 0.65))
