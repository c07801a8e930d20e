"""Figures of texts read by characters: alt text with the figures one would read off, and refusals."""

import numpy as np
import pytest

from course_utils import plots
from course_utils.datasets import DataError, published, published_errors


def test_rows_of_characters_are_counted():
    picture = plots.character_rows(np.eye(4)[[0, 1, 1]], "abc\n")
    assert "3 columns" in picture.alt and "4 lines" in picture.alt and "0 columns are empty" in picture.alt
    with pytest.raises(ValueError, match="alphabet has 2"):
        plots.character_rows(np.eye(4), "ab")


def test_losses_are_told_from_first_to_last_epoch():
    picture = plots.losses_by_epoch({"plain": [1.39, 1.386], "normalised": [1.2, 0.31]}, 1.386)
    assert "plain from 1.39 to 1.39; normalised from 1.20 to 0.31" in picture.alt and "1.386" in picture.alt


def test_answers_name_the_word_at_which_the_first_choice_changes():
    picture = plots.answers_while_typing(
        ["a", "torn", "seam"], [[0.6, 0.4], [0.3, 0.7], [0.1, 0.9]], ["film", "coat"]
    )
    assert "'a': film, then 'torn': coat" in picture.alt
    with pytest.raises(ValueError, match="expected"):
        plots.answers_while_typing(["a"], [[0.6, 0.4], [0.3, 0.7]], ["film", "coat"])


def test_published_errors_cross_between_560000_and_650000_rows():
    errors = published_errors()
    assert len(errors) == 168 and errors["model"].nunique() == 22 and errors["data"].nunique() == 8
    best = errors.pivot_table(
        index="training_rows", columns=["data", "family"], values="error", aggfunc="min"
    )
    assert best.loc[120_000, ("AG's News", "counting")] == 7.64
    assert best.loc[120_000, ("AG's News", "characters")] == 9.51
    for name, part in errors.groupby("data"):
        lowest = part.groupby("family")["error"].min()
        assert (lowest["characters"] < lowest["counting"]) == (part["training_rows"].iloc[0] >= 650_000), name
    picture = plots.gains_by_rows(errors)
    assert (
        "AG's News (120,000 rows) -1.87" in picture.alt
        and "Amazon Review Full (3,000,000 rows) +4.31" in picture.alt
    )


@pytest.mark.parametrize(
    "content", [None, "model,error\na,1\n", "model,family,data,classes,training_rows,error\na,b,c,1,2,\n"]
)
def test_damaged_figures_are_named_with_the_command(tmp_path, monkeypatch, content):
    folder = tmp_path / "data" / "published"
    folder.mkdir(parents=True)
    if content:
        (folder / "zhang-2015.csv").write_text(content, encoding="utf-8")
    monkeypatch.setattr(published.config, "repository_root", lambda: tmp_path)
    with pytest.raises(DataError, match="git checkout -- data/published"):
        published_errors()
