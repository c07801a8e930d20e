"""Texts by subject: the bundled categories, equal parts, and readers that name what is damaged."""

from __future__ import annotations

import pytest

from course_utils.datasets import DataError, load_topics, topics


@pytest.mark.parametrize(
    ("name", "subjects"),
    [
        ("bundled", ("fruit", "jam and juice", "delivery", "service")),
        ("written", ("film", "clothing", "book", "daily life")),
    ],
)
def test_the_bundled_reviews_have_four_subjects(name: str, subjects: tuple[str, ...]) -> None:
    found = load_topics(name)
    assert (found.name, found.label_names, found.source) == (name, subjects, "bundled")
    assert found.training["label"].value_counts().to_dict().keys() == {0, 1, 2, 3}
    assert not found.test["text"].isin(found.training["text"]).any()


def test_a_subject_is_that_of_its_categories() -> None:
    table = load_topics().training
    about_jam = table[table["text"].str.contains("jar of rhubarb jam")]
    assert len(about_jam) and set(about_jam["label"]) == {1}
    assert table["label"].value_counts().to_dict() == {0: 1600, 1: 1600, 2: 800, 3: 800}


def test_a_part_has_as_many_of_each_class_and_is_mixed() -> None:
    part = load_topics().part("Training", 50, seed=3)
    assert part["label"].value_counts().to_dict() == dict.fromkeys(range(4), 50)
    assert part["label"].iloc[:50].nunique() == 4
    assert not part["text"].duplicated().any()


def test_a_smaller_part_lies_within_a_larger_one() -> None:
    small, large = (load_topics().part("Training", each, seed=3) for each in (20, 60))
    assert small["text"].isin(large["text"]).all()
    assert not load_topics().part("Training", 20, seed=4)["text"].isin(small["text"]).all()


def test_no_more_than_the_rarest_class_has() -> None:
    bundled = load_topics()
    rarest = bundled.test["label"].value_counts().min()
    assert len(bundled.part("Test", None)) == len(bundled.part("Test", 10_000)) == 4 * rarest == 800
    with pytest.raises(ValueError, match="1 or more"):
        bundled.part("Test", 0)
    with pytest.raises(ValueError, match="No split"):
        bundled.part("Validation", 5)


def test_an_unknown_set_is_named_with_those_that_there_are() -> None:
    with pytest.raises(DataError, match="bundled, written, ag-news, stackoverflow"):
        load_topics("dbpedia")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    def found(asset):
        if asset == "ag-news-train" and not (tmp_path / "train.csv").exists():
            raise DataError("not there")
        return tmp_path

    monkeypatch.setattr(topics, "_folder", found)
    return tmp_path


def news(count: int) -> str:
    return "".join(f'"{n % 4 + 1}","Title {n}","Bears #39; {n} of\\all lt;b gt;news"\n' for n in range(count))


def test_ag_news_is_cut_from_its_test_rows_where_nothing_else_is_there(folder) -> None:
    (folder / "test.csv").write_text(news(76), encoding="utf-8")
    found = load_topics("real")
    assert (len(found.training), len(found.test)) == (60, 16)
    assert set(found.test["label"]) | set(found.training["label"]) == {0, 1, 2, 3}
    assert found.test["text"].str.fullmatch(r"Title \d+\. Bears' \d+ of all ?news").all()


def test_with_its_training_rows_all_test_rows_are_for_testing(folder) -> None:
    (folder / "test.csv").write_text(news(8), encoding="utf-8")
    (folder / "train.csv").write_text(news(40), encoding="utf-8")
    found = load_topics("ag-news")
    assert (len(found.training), len(found.test)) == (40, 8)


def test_titles_and_tags_are_read_line_by_line(folder) -> None:
    (folder / "title_StackOverflow.txt").write_text(
        "".join(f"How {n}?\n" for n in range(200)), encoding="utf-8"
    )
    (folder / "label_StackOverflow.txt").write_text(
        "".join(f"{n % 20 + 1}\n" for n in range(200)), encoding="utf-8"
    )
    found = load_topics("stackoverflow")
    assert (len(found.training), len(found.test), len(found.label_names)) == (180, 20, 20)
    row = found.training.iloc[0]
    assert row["label"] == int(row["text"][4:-1]) % 20


@pytest.mark.parametrize("content", ['"5","a","b"\n', '"1","a"\n'])
def test_damaged_news_are_named_with_the_command(folder, content: str) -> None:
    (folder / "test.csv").write_text(content, encoding="utf-8")
    with pytest.raises(DataError, match="course data verify ag-news"):
        load_topics("ag-news")


def test_missing_files_are_named_with_the_command(folder) -> None:
    with pytest.raises(DataError, match=r"test\.csv.*course data fetch ag-news"):
        load_topics("ag-news")
    (folder / "title_StackOverflow.txt").write_text("one\n", encoding="utf-8")
    (folder / "label_StackOverflow.txt").write_text("1\n", encoding="utf-8")
    with pytest.raises(DataError, match="damaged"):
        load_topics("stackoverflow")
