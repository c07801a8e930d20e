"""Texts changed on purpose: synonyms drawn as in the paper, and slips of the keyboard."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from course_utils.text import misspell, replace_synonyms

SYNONYMS = {"good": ["fine", "nice", "decent"], "jam": ["preserve"], "tv": ["screen"]}
TEXT = "Good jam, good bread, and a TV."


def drawn(count: int, **options: float) -> list[str]:
    random = np.random.default_rng(1)
    return [replace_synonyms(TEXT, SYNONYMS, random, **options) for _ in range(count)]


def test_how_many_words_change_follows_the_geometric_distribution() -> None:
    words = TEXT.split()
    counts = Counter(
        sum(one != other for one, other in zip(words, text.split(), strict=True)) for text in drawn(4000)
    )
    weights = 0.5 ** np.arange(5)
    for number, share in enumerate(weights / weights.sum()):
        assert counts[number] / 4000 == pytest.approx(share, abs=0.03), number


def test_closer_synonyms_are_drawn_more_often() -> None:
    found = Counter(text.split()[0] for text in drawn(4000))
    assert found["Fine"] > 1.5 * found["Nice"] > 2 * found["Decent"] > 0


def test_a_larger_p_changes_more_words_and_a_larger_q_goes_further_away() -> None:
    def unchanged(p: float) -> int:
        return sum(text == TEXT for text in drawn(500, p=p))

    def furthest(q: float) -> int:
        return sum("ecent" in text for text in drawn(500, q=q))

    assert unchanged(0.9) < unchanged(0.5) < unchanged(0.1)
    assert furthest(0.9) > furthest(0.1)


def test_capitals_and_everything_else_stay() -> None:
    texts = " ".join(drawn(500))
    assert "Fine" in texts and "fine" in texts and "SCREEN" in texts
    assert "bread, and a" in texts
    assert replace_synonyms("Nothing here.", SYNONYMS, np.random.default_rng(1)) == "Nothing here."
    assert replace_synonyms("", SYNONYMS, np.random.default_rng(1)) == ""


@pytest.mark.parametrize(("p", "q"), [(0, 0.5), (1, 0.5), (0.5, 1.2)])
def test_shares_outside_of_0_and_1_are_refused(p: float, q: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        replace_synonyms(TEXT, SYNONYMS, np.random.default_rng(1), p, q)


def test_every_long_word_gets_a_slip_and_short_words_stay() -> None:
    text = "The wonderful kitchen drawer opened without a sound, VERY happily: committee, aaaaaa."
    for seed in range(40):
        changed = misspell(text, np.random.default_rng(seed))
        assert len(changed.split()) == len(text.split())
        for before, after in zip(text.split(), changed.split(), strict=True):
            letters = before.strip(",.:")
            assert (before != after) == (len(letters) >= 5), (before, after)
            assert after[0] == before[0] and after[-1] == before[-1]


def test_the_same_seed_gives_the_same_slips() -> None:
    first, second = (misspell("wonderful kitchens everywhere", np.random.default_rng(3)) for _ in range(2))
    assert first == second


def test_a_slip_is_a_swap_a_letter_less_a_letter_twice_or_another_key():
    word = "strange"
    inner = range(1, len(word) - 2)
    swapped = {word[:k] + word[k + 1] + word[k] + word[k + 2 :] for k in inner}
    shorter = {word[:k] + word[k + 1 :] for k in inner}
    longer = {word[: k + 1] + word[k:] for k in inner}
    seen = {misspell(word, np.random.default_rng(seed)) for seed in range(200)}
    assert swapped <= seen and shorter <= seen and longer <= seen
    for other in seen - swapped - shorter - longer:
        (place,) = (k for k in range(len(word)) if word[k] != other[k])
        assert len(other) == len(word) and place in inner
