"""The small sets of sentences: their encoding, their parts, and a sentence for each kind of damage."""

from __future__ import annotations

import json

import numpy as np
import pytest

from course_utils.datasets import DataError, load_sentences, load_webquestions
from course_utils.foundation import assets

FILES = {
    "subj.all": "0 an actor walks .\n1 a film \x85 of sorts \n",
    "TREC.train.all": "3 Who ?\n5 How far ?\n",
    "TREC.test.all": "0 What is tea ?\n",
    "stsa.binary.train": "1 good\n0 bad\n",
    "stsa.binary.dev": "1 fine\n",
    "stsa.binary.test": "0 dull\n",
}


@pytest.fixture
def fetched(tmp_path, monkeypatch):
    def put(files):
        for name, content in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode("latin-1"))
        answer = assets.Resolution(tmp_path, "cache", "made up by the test")
        monkeypatch.setattr(assets, "resolve", lambda name: answer)

    return put


def test_subj_is_latin_1_and_has_no_test_part(fetched):
    fetched(FILES)
    subj = load_sentences("subj")
    assert subj.training[0] == ["an actor walks .", "a film \x85 of sorts"]
    assert subj.dev is subj.test is None and subj.classes == 2


def test_trec_has_six_classes_and_a_test_part(fetched):
    fetched(FILES)
    trec = load_sentences("trec")
    assert trec.classes == 6 and trec.dev is None
    assert trec.test[0] == ["What is tea ?"] and np.array_equal(trec.test[1], [0])


def test_sst2_has_all_three_parts(fetched):
    fetched(FILES)
    sst2 = load_sentences("sst2")
    assert [part[0] for part in (sst2.training, sst2.dev, sst2.test)] == [["good", "bad"], ["fine"], ["dull"]]


@pytest.mark.parametrize("broken", ["no label here\n", "1\n", ""])
def test_damage_says_what_to_type(fetched, broken):
    fetched(FILES | {"subj.all": broken})
    with pytest.raises(DataError, match="course data verify sent-conv"):
        load_sentences("subj")


def test_a_set_that_is_not_here_says_how_to_fetch_it(monkeypatch, tmp_path):
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path))
    monkeypatch.delenv("COURSE_MIRROR", raising=False)
    with pytest.raises(DataError, match="course data fetch sent-conv"):
        load_sentences("trec")


def test_another_name_is_refused():
    with pytest.raises(ValueError, match="mr, sst2, subj, trec"):
        load_sentences("cr")


def webquestions(paths):
    files = {}
    for name in ("trainmodel", "val", "test"):
        texts = [{"qId": "q1", "qText": "what money in the bahamas?"}, {"qId": "q2", "qText": "how old?"}]
        files[f"main/{name}.json"] = json.dumps(texts)
        files[f"d-freebase-rp/{name}.json"] = json.dumps(paths)
    return files


def test_questions_without_a_path_are_left_out(fetched):
    money = [["/location/country/currency_used"], 1]
    two = [["/a/b", "/c/d"], 2]
    fetched(webquestions([{"qId": "q1", "relPaths": [money, two]}, {"qId": "q2", "relPaths": []}]))
    found = load_webquestions()
    assert list(found) == ["training", "validation", "test"]
    paths = {("/location/country/currency_used",), ("/a/b", "/c/d")}
    assert found["test"] == [("what money in the bahamas?", paths)]


def test_a_question_that_nobody_asked_is_damage(fetched):
    fetched(webquestions([{"qId": "q9", "relPaths": [[["/a"], 1]]}]))
    with pytest.raises(DataError, match="course data verify webquestions"):
        load_webquestions()
