"""What is kept for comparison notices another word, another figure and another number, and nothing less."""

import re
import sys

import drawn_support
import kept_support
import pytest

from course_utils.foundation import config


@pytest.mark.parametrize(
    ("now", "same"),
    [
        ("It gives 3 of 0.500.", True), ("It gives 3 of 0.5001.", True), ("It gives 4 of 0.500.", False),
        ("It gives 3 of 0.600.", False), ("it gives 3 of 0.500.", False), ("It gives 3 of 0.500", False),
    ],
)  # fmt: skip
def test_a_sentence_is_the_same_but_for_rounding(now, same):
    assert (now == "It gives 3 of 0.500.") or kept_support.alike(now, "It gives 3 of 0.500.") is same


def test_a_score_of_a_trained_net_may_be_another_one_and_its_bar_may_not():
    said = "Its test accuracy is 0.510; at least 0.90 is asked for."
    assert kept_support.alike(said, said.replace("0.510", "0.470"))
    assert not kept_support.alike(said, said.replace("0.90", "1.90"))


def test_what_is_new_is_told_with_the_nearest_that_is_kept(monkeypatch):
    monkeypatch.delenv("KEEP", raising=False)
    monkeypatch.setattr(kept_support, "kept", lambda kind, name: ("a plum on wood", "nothing at all"))
    module = sys.modules[__name__]
    assert kept_support.change("said", module, "a plum on wood") == ""
    told = kept_support.change("said", module, "a kiwi on wood")
    assert "-a plum on wood" in told and "+a kiwi on wood" in told
    monkeypatch.setattr(kept_support, "kept", lambda kind, name: ())
    assert kept_support.change("said", module, "of a file of which nothing is kept") == ""


def test_words_of_other_packages_and_places_of_this_machine_are_not_kept(tmp_path):
    with pytest.raises(RuntimeError) as caught:
        try:
            int("no number")
        except ValueError as cause:
            raise RuntimeError(f"It can't be read: {cause}. Type: x") from cause
    assert kept_support.told(caught.value) == "It can't be read: <why>. Type: x"
    assert (
        kept_support.told_anywhere(f"in {tmp_path}/a and 127.0.0.1:8123 after 3.5 s")
        == "in <folder> and 127.0.0.1:<port> after # s"
    )
    assert kept_support.without_numbers("7 of 1,024 in 0.5") == "# of # in #"


def test_figures_are_compared_with_the_matplotlib_of_the_lock():
    lock = (config.repository_root() / "requirements" / "lab.txt").read_text(encoding="utf-8")
    version = re.search(r"^matplotlib==(\d+\.\d+)", lock, re.MULTILINE)[1]
    assert version == drawn_support.MATPLOTLIB, "look at the figures, and keep them anew"
