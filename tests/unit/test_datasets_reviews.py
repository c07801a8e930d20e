"""The text sets: every trap of their files is survived, and each split is the same in each run."""

from __future__ import annotations

import functools
import json

import pandas as pd
import pytest
from assets_support import fruit_table, make_store, make_zip, sha256, tree_of

from course_utils.datasets import REAL_REVIEWS, DataError, Reviews, load_reviews
from course_utils.datasets.reviews import clean
from course_utils.foundation import assets, config


def write(folder, files):
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))


@pytest.fixture
def fetched(tmp_path, monkeypatch):
    """Real sets made up by a test: fetched({name: content}) puts them where a fetched asset would lie."""

    def put(files):
        write(tmp_path, files)
        answer = assets.Resolution(tmp_path, "cache", "made up by the test")
        monkeypatch.setattr(assets, "resolve", lambda name: answer)

    return put


@pytest.fixture
def bundled(tmp_path, monkeypatch):
    def put(**files):
        monkeypatch.setattr(config, "repository_root", lambda: tmp_path)
        write(tmp_path / "data" / "reviews", {f"{name}.csv": content for name, content in files.items()})

    return put


def texts(reviews, split="Training"):
    return list(reviews.table(split)["text"])


def both(reviews):
    return pd.concat([reviews.table("Training"), reviews.table("Test")], ignore_index=True)


# Each file's traps


@pytest.mark.parametrize(
    ("raw", "cleaned"),
    [
        ("Good.<br /><br />Really.<BR>Yes<br/>no", "Good. Really. Yes no"),
        ("Tom &amp; Jerry &#39;44 &quot;fun&quot;", 'Tom & Jerry \'44 "fun"'),
        ("two\r\nlines\tand\xa0a tab", "two lines and a tab"),
        ("wait\x85 no \x96 don\x92t", "wait… no – don’t"),
        (" <br /> ", ""),
    ],
)
def test_a_clean_text_is_words_with_blanks_between_them(raw, cleaned):
    assert clean(raw) == cleaned


def test_imdb_keeps_the_publishers_split_and_takes_the_rating_from_the_name(fetched):
    fetched(
        {
            "train/neg/0_3.txt": "Dull.<br /><br />Bad.",
            "train/neg/10_1.txt": "Awful",
            "train/pos/0_9.txt": "Très bon",
            "train/pos/2_10.txt": " <br /> ",
            "train/pos/.course.json": "{}",
            "test/neg/1_4.txt": "no",
            "test/pos/0_7.txt": "yes",
        }
    )
    reviews = load_reviews("real")
    assert (reviews.name, reviews.source, reviews.dropped) == ("imdb", "real", 1)
    assert reviews.table("Training").to_dict("list") == {
        "text": ["Dull. Bad.", "Très bon", "Awful"],
        "label": [0, 1, 0],
        "rating": [3, 9, 1],
    }
    assert texts(reviews, "Test") == ["yes", "no"]


def test_mr_is_latin_1_with_one_sentence_a_line(fetched):
    negative = "".join(f"bad number {number}\n" for number in range(19)) + "wait\x85 it's clich\xe9d\n"
    positive = "".join(f"good number {number}\n" for number in range(19)) + "   \n"
    fetched({"rt-polarity.neg": negative.encode("latin-1"), "rt-polarity.pos": positive.encode("latin-1")})
    reviews = load_reviews("mr")
    assert len(both(reviews)) == 39 and reviews.dropped == 1
    assert "wait… it's clichéd" in set(both(reviews)["text"])
    assert sorted(reviews.table("Test")["label"]) == [0, 0, 1, 1]


def test_clothing_reviews_may_hold_line_breaks_quotes_and_nothing(fetched):
    head = ",Clothing ID,Age,Title,Review Text,Rating,Recommended IND,Department Name\n"
    rows = [f"{number},1,30,,fine dress {number},5,1,Dresses\n" for number in range(8)]
    rows += [f'{number},1,30,Oh,"it says ""no"",\nthen <br /> yes {number}",2,0,\n' for number in range(5)]
    rows += ["99,1,30,Only a title,,1,0,Tops\n"]
    fetched({"Womens Clothing E-Commerce Reviews.csv": head + "".join(rows)})
    reviews = load_reviews("clothing")
    table = both(reviews)
    assert len(table) == 13 and reviews.dropped == 1
    assert reviews.label_names == ("not recommended", "recommended")
    assert 'it says "no", then yes 0' in set(table["text"])
    assert set(table["title"]) == {"", "Oh"} and set(table["category"]) == {"Dresses", ""}
    assert dict(table.groupby("label")["rating"].first()) == {0: 2, 1: 5}


def test_headlines_that_are_no_json_are_counted_and_left_out(fetched):
    lines = [json.dumps({"headline": f"news {number}", "is_sarcastic": number % 2}) for number in range(20)]
    lines += ['{"headline": "half a li', '"only a word"', '{"headline": null, "is_sarcastic": 1}', ""]
    lines += ['{"headline": "no label"}', '{"headline": "a line\u2028separator", "is_sarcastic": 0}']
    fetched({"Sarcasm_Headlines_Dataset.json": "\n".join(lines)})
    reviews = load_reviews("sarcasm")
    assert reviews.dropped == 4
    assert len(both(reviews)) == 21
    assert reviews.label_names == ("serious", "sarcastic")


def test_a_zip_from_the_mirror_becomes_a_set(tmp_path, monkeypatch):
    lines = [json.dumps({"headline": f"news {number}", "is_sarcastic": number % 2}) for number in range(20)]
    files = {"Sarcasm_Headlines_Dataset.json": "\n".join(lines).encode()}
    archive = make_zip({**files, "__MACOSX/._Sarcasm_Headlines_Dataset.json": b"\0"})
    write(tmp_path / "mirror", {"headlines.zip": archive})
    address = {"name": "headlines.zip", "bytes": len(archive), "sha256": sha256(archive)}
    entry = fruit_table(
        kind="text",
        include=["Sarcasm_Headlines_Dataset.json"],
        tree={"files": 1, "bytes": sum(map(len, files.values())), "sha256": tree_of(files)},
        addresses=[{"kind": "mirror", "files": [address]}],
    )
    store = make_store(tmp_path, str(tmp_path / "mirror"), sarcasm=entry)
    monkeypatch.setattr(assets, "resolve", store.resolve)
    assert len(both(load_reviews("sarcasm"))) == 20


HEAD = "id,text,stars,category,tone,habit,hard,writer\n"


def test_bundled_reviews_come_from_two_tables_and_three_stars_have_no_label(bundled):
    bundled(
        train=HEAD
        + 'a1,"ripe, sweet",5,Plum,plain,none,plain,ann\na2,mouldy,2,Lemon,dry,none,irony,ann\n'
        + "a3,so so,3,Lemon,dry,none,plain,bob\na4, ,2,Lemon,dry,none,plain,bob\n",
        test=HEAD + "b1,sour,1,Limes,angry,slang,negation,cy\n",
    )
    reviews = load_reviews("bundled")
    assert (reviews.source, reviews.dropped) == ("bundled", 1)
    more = {"tone": "plain", "habit": "none", "hard": "plain", "writer": "ann"}
    assert reviews.table("Training").to_dict("records") == [
        {"text": "ripe, sweet", "label": 1, "rating": 5, "category": "Plum"} | more,
        {"text": "mouldy", "label": 0, "rating": 2, "category": "Lemon"}
        | more
        | {"tone": "dry", "hard": "irony"},
    ]
    assert list(reviews.middle["text"]) == ["so so"] and "label" not in reviews.middle


def test_understated_reviews_have_training_texts_of_their_own_and_a_part_of_the_test(bundled):
    row = "{},{},{},Plum,plain,none,plain,{}\n"
    bundled(
        train=HEAD + row.format("a1", "lovely", 5, "ann"),
        test=HEAD + row.format("b1", "nice", 4, "cy") + row.format("b2", "well", 2, "understated"),
        understated=HEAD + row.format("c1", "not bad", 4, "bob"),
    )
    reviews = load_reviews("understated")
    assert (reviews.name, reviews.source) == ("understated", "bundled")
    assert (texts(reviews), texts(reviews, "Test")) == (["not bad"], ["well"])


def test_controlled_reviews_say_their_sentiment_themselves(bundled):
    head = "id,text,sentiment,rating,category\n"
    bundled(
        **{
            "controlled/train": head + 'a1,"ripe, sweet",positive,5,Plum\na2, ,negative,2,Lemon\n',
            "controlled/test": head + "b1,sour,negative,2,Limes\n",
        }
    )
    reviews = load_reviews("controlled")
    assert (reviews.source, reviews.dropped) == ("bundled", 1)
    assert reviews.table("Training").to_dict("records") == [
        {"text": "ripe, sweet", "label": 1, "rating": 5, "category": "Plum"}
    ]


# What is not there, or broken


def test_a_missing_bundled_set_says_how_to_get_it_back(bundled):
    bundled()
    with pytest.raises(DataError, match="git checkout -- data/reviews"):
        load_reviews("bundled")


@pytest.mark.parametrize(
    "content",
    [
        "id,text\n1,sweet\n",
        HEAD + "1,sweet,many,Plum,plain,none,plain,ann\n",
        HEAD,
        HEAD.encode() + b"1,cr\xe8me,5,Plum,plain,none,plain,ann\n",
        "",
    ],
)
def test_a_damaged_bundled_set_says_how_to_get_it_back(bundled, content):
    bundled(train=content, test=content)
    with pytest.raises(DataError, match="git checkout -- data/reviews"):
        load_reviews("bundled")


@pytest.mark.parametrize(
    ("name", "asset"),
    [("real", "imdb"), ("mr", "mr"), ("clothing", "womens-clothing"), ("sarcasm", "sarcasm")],
)
def test_a_set_that_is_not_here_says_how_to_fetch_it(monkeypatch, tmp_path, name, asset):
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path))
    monkeypatch.delenv("COURSE_MIRROR", raising=False)
    with pytest.raises(DataError, match=f"course data fetch {asset}"):
        load_reviews(name)


@pytest.mark.parametrize(
    ("name", "asset"),
    [("imdb", "imdb"), ("mr", "mr"), ("clothing", "womens-clothing"), ("sarcasm", "sarcasm")],
)
def test_a_set_whose_files_were_deleted_says_how_to_check_it(fetched, name, asset):
    fetched({"README": "all that is left"})
    with pytest.raises(DataError, match=f"course data verify {asset}"):
        load_reviews(name)


def test_a_set_nobody_knows_is_answered_with_those_there_are():
    with pytest.raises(DataError, match="bundled, understated, controlled, imdb, mr, clothing, sarcasm"):
        load_reviews("tweets")


# Parts and duplicates


@pytest.fixture
def reviews():
    training = pd.DataFrame(
        {"text": [f"text {i}" for i in range(100)], "label": [int(i % 4 == 0) for i in range(100)]}
    )
    test = pd.DataFrame({"text": ["Text  7", "new", "NEW", "newer"], "label": [0, 1, 1, 0]})
    return Reviews("tiny", "bundled", training, test)


def test_a_part_keeps_the_shares_of_the_labels_and_the_order_of_the_table(reviews):
    part = reviews.part("Training", 20, seed=1)
    assert dict(part["label"].value_counts()) == {0: 15, 1: 5}
    numbers = [int(text.split()[1]) for text in part["text"]]
    assert numbers == sorted(numbers)
    assert list(part.index) == list(range(20))


@pytest.mark.parametrize("count", [1, 2, 3, 7, 50, 99])
def test_a_part_has_exactly_the_count_asked_for(reviews, count):
    assert len(reviews.part("Training", count)) == count


def test_a_part_is_the_same_for_the_same_seed_and_another_for_another(reviews):
    part = reviews.part("Training", 20, seed=1)
    assert part.equals(reviews.part("Training", 20, seed=1))
    assert not part.equals(reviews.part("Training", 20, seed=2))


def test_a_smaller_part_lies_within_a_larger_one(reviews):
    assert set(reviews.part("Training", 20)["text"]) < set(reviews.part("Training", 60)["text"])


@pytest.mark.parametrize("count", [None, 100, 5000])
def test_more_than_there_are_is_all_there_is(reviews, count):
    assert reviews.part("Training", count).equals(reviews.table("Training"))


def test_a_part_of_no_texts_is_refused(reviews):
    with pytest.raises(ValueError, match="1 or more"):
        reviews.part("Training", 0)


def test_a_table_handed_out_may_be_changed_without_harm(reviews):
    table = reviews.table("Test")
    table["text"] = "gone"
    assert texts(reviews, "Test")[0] == "Text  7"


def test_duplicates_are_found_whatever_their_case_and_blanks(reviews):
    assert reviews.duplicates() == {"within_training": 0, "within_test": 1, "across": 1}


def test_the_majority_share_is_what_guessing_reaches(reviews):
    assert reviews.majority_share("Training") == 0.75
    assert reviews.majority_share() == 0.5


def test_an_unknown_split_is_named(reviews):
    with pytest.raises(ValueError, match="Training and Test"):
        reviews.table("Validation")


def test_a_set_shows_itself_in_one_line(reviews):
    assert "\n" not in repr(reviews) and "tiny" in repr(reviews)


# The real files


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    """load_reviews from the cache or the mirror; a set that is in neither is skipped."""
    asset_of = {"clothing": "womens-clothing"}
    own_cache = tmp_path_factory.mktemp("cache")

    @functools.cache
    def load(name):
        with pytest.MonkeyPatch.context() as patch:
            if assets.resolve(asset_of.get(name, name), allow=("cache",)).origin == "bundled":
                patch.setenv("COURSE_CACHE", str(own_cache))
            try:
                return load_reviews(name)
            except DataError as error:
                pytest.skip(f"needs the real files in the cache or COURSE_MIRROR: {error}")

    return load


@pytest.mark.parametrize(
    ("name", "training", "test", "dropped"),
    [
        ("imdb", {0: 12500, 1: 12500}, {0: 12500, 1: 12500}, 0),
        ("mr", {0: 4798, 1: 4798}, {0: 533, 1: 533}, 0),
        ("clothing", {0: 3281, 1: 14832}, {0: 820, 1: 3708}, 845),
        ("sarcasm", {0: 11988, 1: 9379}, {0: 2997, 1: 2345}, 0),
    ],
)
def test_the_real_sets_have_the_published_numbers_of_texts(real, name, training, test, dropped):
    reviews = real(name)
    assert dict(reviews.table("Training")["label"].value_counts()) == training
    assert dict(reviews.table("Test")["label"].value_counts()) == test
    assert reviews.dropped == dropped
    table = both(reviews)
    assert not table["text"].str.contains(r"<br ?/?>|[\x80-\x9f\n]", regex=True).any()
    assert table["text"].str.len().min() > 0
    for split in ("Training", "Test"):  # mixed, so that a validation part at the end has both labels
        last = reviews.table(split)["label"].tail(len(reviews.table(split)) // 10)
        assert abs(last.mean() - reviews.table(split)["label"].mean()) < 0.05


@pytest.mark.parametrize(
    ("name", "duplicates"),
    [
        ("imdb", {"within_training": 98, "within_test": 201, "across": 123}),
        ("mr", {"within_training": 0, "within_test": 0, "across": 0}),
        ("clothing", {"within_training": 6, "within_test": 0, "across": 1}),
        ("sarcasm", {"within_training": 67, "within_test": 10, "across": 32}),
    ],
)
def test_the_real_sets_repeat_as_many_texts_as_we_say(real, name, duplicates):
    assert real(name).duplicates() == duplicates


def test_every_real_set_is_registered():
    registry = assets.default_store().registry
    assert all(
        registry[{"clothing": "womens-clothing"}.get(name, name)].kind == "text" for name in REAL_REVIEWS
    )


def test_a_skewed_split_keeps_all_of_label_one_and_few_of_the_other(reviews):
    skewed = reviews.skewed("Training", share=0.8, seed=3)
    assert dict(skewed["label"].value_counts()) == {1: 25, 0: 6}
    assert skewed.equals(reviews.skewed("Training", share=0.8, seed=3))
    numbers = [int(text.split()[1]) for text in skewed["text"]]
    assert numbers == sorted(numbers)


@pytest.mark.parametrize("share", [0.2, 0.25, 1.0, 82])
def test_a_share_that_leaving_out_cannot_give_is_refused(reviews, share):
    with pytest.raises(ValueError, match="between 0.25"):
        reviews.skewed("Training", share=share)
