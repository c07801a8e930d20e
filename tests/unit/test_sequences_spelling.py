"""Slips and their cure: what is one edit away, and which known word is meant."""

import numpy as np

from course_utils.further.sequences import correct, misspelt, within_one_edit, word_counts


def test_words_are_counted_without_case_and_short_ones_are_left_out():
    texts = ["Lovely coat, lovely!", "An odd, odd coat of a wonderful red"]  # odd is short, wonderful is rare
    assert word_counts(texts, shortest=4, least=2) == {"lovely": 2, "coat": 2}
    assert word_counts(texts, shortest=3, least=2) == {"lovely": 2, "coat": 2, "odd": 2}
    assert word_counts(texts, shortest=9, least=1) == {"wonderful": 1}


def test_one_edit_reaches_each_slip_of_the_program():
    for seed in range(300):
        wrong = misspelt("delivery", np.random.default_rng(seed))
        assert wrong != "delivery" and "delivery" in within_one_edit(wrong), wrong


def test_the_most_frequent_known_word_is_taken():
    counts = {"coat": 5, "goat": 2, "boat": 1}
    assert correct("zoat", counts) == "coat" and correct("goat", counts) == "goat"
    assert correct("caot", counts) == "coat" and correct("xyz", counts) == "xyz"
