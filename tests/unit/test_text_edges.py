"""What is said about somebody's text, word for word, and the places where one more character makes a difference."""

import json
from types import SimpleNamespace

import numpy as np
import pytest

from course_utils import text
from course_utils.text import characters, classifier, looking
from course_utils.text.crepe import crepe, frames_left

KNOWN = text.Vocabulary(["", "[UNK]", "the", "jam", "was", "good", "!"])
SHORT = "Words in it: {}. That is much shorter than the texts a model learns from."
FEW = "Letters and marks in it: {}. That is much shorter than the texts a model learns from."
UNKNOWN = "{} of its words are unknown{}"
NO_USE = ", so an answer would mean nothing. Is it in another language?"


@pytest.mark.parametrize(
    ("given", "length", "unknown", "readable", "warnings"),
    [
        ("the jam was good the jam was good", 9, 0.0, True, []),
        ("the jam was good the jam was", 9, 0.0, True, [SHORT.format(7)]),
        ("the jam was", 3, 0.0, True, []),
        ("the jam was good", 3, 0.0, True, ["It has 4 words; the model reads only the last 3."]),
        ("the jam was good sour the jam was good the", 10, 0.1, True, []),
        ("the jam was good sour the jam was good oh", 10, 0.2, True, []),
        ("the jam was good sour the jam oh good oh", 10, 0.3, True, [UNKNOWN.format("30%", ": don't rely on the answer.")]),
        ("the jam a b", 4, 0.5, True, [UNKNOWN.format("50%", ": don't rely on the answer.")]),
        ("the a b c", 4, 0.75, False, [UNKNOWN.format("75%", NO_USE)]),
        ("! !", 4, 1.0, False, ["There are no words in it. Type a sentence or two."]),
        ("<p>the <b>jam</b> was</p>", 3, 0.0, True, ["HTML tags taken out: 4."]),
        (None, 3, 1.0, False, ["Expected a text between quotation marks, got a NoneType."]),
    ],
)  # fmt: skip
def test_each_warning_about_words_begins_where_it_should(given, length, unknown, readable, warnings):
    seen = text.look_over(given, KNOWN, length)
    assert (seen.unknown, seen.readable, seen.warnings) == (pytest.approx(unknown), readable, warnings)


@pytest.mark.parametrize(
    ("given", "frames", "unknown", "readable", "warnings"),
    [
        ("a" * 20, 50, 0.0, True, []),
        ("a" * 19, 50, 0.0, True, [FEW.format(19)]),
        ("a b" * 20, 50, 0.0, True, ["It has 60 characters; the model reads only the last 50."]),
        ("a" * 18 + "ßß", 50, 0.1, True, []),
        ("a" * 17 + "ßßß", 50, 0.15, True, ["15% of its characters are not in the alphabet: don't rely on the answer."]),
        ("a" * 12 + "ß" * 8, 50, 0.4, True, ["40% of its characters are not in the alphabet: don't rely on the answer."]),
        ("a" * 11 + "ß" * 9, 50, 0.45, False, ["45% of its characters are not in the alphabet, so an answer would mean nothing."]),
        ("1 2 3!", 50, 1.0, False, ["There are no letters in it. Type a sentence or two."]),
    ],
)  # fmt: skip
def test_each_warning_about_characters_begins_where_it_should(given, frames, unknown, readable, warnings):
    seen = text.look_at_characters(given, frames)
    assert (seen.unknown, seen.readable, seen.warnings) == (pytest.approx(unknown), readable, warnings)
    assert text.look_at_characters("a" * 1015).warnings[0].endswith("reads only the last 1,014.")


@pytest.mark.parametrize(
    ("typed", "plain"),
    [
        ("a<br>b", "a b"),
        ("a<BR/>b", "a b"),
        ("a <!-- not\nseen --> b", "a b"),
        ("a<script>x < 1</script>b", "a b"),
    ]
    + [
        ("a<style>p {}</style >b", "a b"),
        ("a </p > b", "a b"),
        ("a <h1 id='x'>b", "a b"),
        ("I &lt;3 it", "I <3 it"),
    ]
    + [("a < b > c", "a < b > c"), ("a <3 b", "a <3 b"), ("  a \n b ", "a b")],
)
def test_tags_become_blanks_and_signs_stay(typed, plain):
    assert text.look_at_characters(typed).text == plain


def test_a_class_without_an_answer_has_no_probabilities_and_one_with_an_answer_has_four_places():
    net = SimpleNamespace(output_shape=(None, 2), input_shape=(None, 30))
    asked = []

    def predict(ids, batch_size, verbose):
        asked.append((ids.shape, batch_size, verbose))
        return np.array([[0.123456, 0.876544]])

    net.predict = predict
    one = text.CharacterClassifier(net, ("no", "yes"))
    assert (one.frames, one.label_names) == (30, ["no", "yes"])
    assert one.answer("It was a good jam, and cheap.") == {
        "label": "yes", "confidence": 0.8765, "probabilities": {"no": 0.1235, "yes": 0.8765}, "warnings": [],
    }  # fmt: skip
    assert asked == [((1, 30), 128, 0)]
    said = ["There are no letters in it. Type a sentence or two."]
    assert one.answer("123") == {"label": None, "confidence": 0.0, "probabilities": {}, "warnings": said}


def test_a_saved_classifier_says_how_its_texts_are_read(tmp_path):
    net = SimpleNamespace(
        output_shape=(None, 2), input_shape=(None, 30), save=lambda path: path.write_text("net")
    )
    folder = text.CharacterClassifier(net, ("no", "ä")).save(tmp_path / "new" / "folder")
    assert folder == tmp_path / "new" / "folder" and (folder / "net.keras").is_file()
    text.CharacterClassifier(net, ("no", "ä")).save(str(folder))
    written = (folder / "about.json").read_text(encoding="utf-8")
    about = {"label_names": ["no", "ä"], "frames": 30, "alphabet": text.ALPHABET, "backwards": True}
    assert json.loads(written) == about and written == json.dumps(about, indent=1) + "\n"
    for name in ("net.keras", "about.json"):
        (folder / name).rename(folder / f"{name}.gone")
        with pytest.raises(FileNotFoundError, match="No classifier in"):
            classifier.CharacterClassifier.load(folder)
        (folder / f"{name}.gone").rename(folder / name)


def test_a_net_of_the_published_build_has_its_layers_in_order():
    model = crepe(3, features=4, units=5, frames=130)
    kinds = [
        type(layer).__name__
        for layer in model.layers
        if type(layer).__name__ not in ("Activation", "Cast", "OneHot", "Subtract")
    ]
    convolution, pooled = ["Conv1D"], ["Conv1D", "MaxPooling1D"]
    assert kinds == [
        "InputLayer",
        *2 * pooled,
        *3 * convolution,
        *pooled,
        "Flatten",
        *2 * ["Dense", "Dropout"],
        "Dense",
    ]
    assert [layer.kernel_size for layer in model.layers if hasattr(layer, "kernel_size")] == [
        (7,),
        (7,),
        (3,),
        (3,),
        (3,),
        (3,),
    ]
    assert {layer.rate for layer in model.layers if hasattr(layer, "rate")} == {0.5}
    assert {layer.pool_size for layer in model.layers if hasattr(layer, "pool_size")} == {(3,)}
    *hidden, last = [layer for layer in model.layers if hasattr(layer, "kernel")]
    assert last.activation.__name__ == "softmax" and last.units == 3 and model.name == "crepe"
    assert [layer.activation.__name__ for layer in hidden] == ["linear"] * 8
    assert (
        sum(
            getattr(layer, "activation", None).__name__ == "relu"
            for layer in model.layers
            if type(layer).__name__ == "Activation"
        )
        == 8
    )
    assert model.input.dtype == "uint8" and model.input_shape == (None, 130)
    assert {type(layer.kernel_initializer).__name__ for layer in [*hidden, last]} == {"GlorotUniform"}


@pytest.mark.parametrize(("frames", "left"), [(1014, 34), (123, 1), (122, 0), (150, 2), (5, 0), (0, 0)])
def test_frames_that_are_left_are_never_below_none(frames, left):
    assert frames_left(frames) == left


@pytest.mark.parametrize("typed", ["’‘“”–—", "''\"\"--"])
def test_every_curly_mark_counts_as_the_plain_one(typed):
    assert characters.small_letters(typed) == "''\"\"--"


def test_a_row_of_ids_is_read_back_with_dots_for_what_is_not_seen():
    assert text.readable(text.character_ids(["Jam é!"], 8)[0]) == "··jam··!"
    forwards = text.character_ids(["Jam é!"], 8, backwards=False)[0]
    assert text.readable(forwards, backwards=False) == "jam··!··"
    assert text.readable(np.array([1, 69])) == text.ALPHABET[68] + "a"


def test_a_look_is_the_same_for_a_text_with_one_tag_and_many_lines():
    assert looking.look_at_characters("<p>\n" + "a" * 30).warnings == ["HTML tags taken out: 1."]


def test_the_share_and_the_table_of_texts():
    assert text.unknown_share(KNOWN, ["the sour jam", ""]) == pytest.approx(1 / 3)
    assert text.unknown_share(KNOWN, []) == 0.0
    assert repr(KNOWN) == "Vocabulary of 7 words: the, jam, was, good, !, ..."
    assert KNOWN.decode([2, 0, 1, 3, 0]) == "the [UNK] jam"
    table = KNOWN.encode_all(["the jam was good"], 3)
    assert table.tolist() == [[2, 3, 4]] and table.dtype == np.int32
    assert KNOWN.encode_all(["the jam was good", "jam"], 3, pad="front", cut="front").tolist() == [
        [3, 4, 5],
        [0, 0, 3],
    ]


class Settled:
    """Draws what it is told to, one after the other."""

    def __init__(self, *drawn):
        self.drawn = list(drawn)

    def integers(self, *asked):
        return self.drawn.pop(0)


@pytest.mark.parametrize(
    ("kind", "place", "slip"),
    [(0, 1, "pulms"), (0, 2, "plmus"), (1, 1, "pums"), (2, 1, "pllums"), (3, 1, "p;ums".replace(";", "k")), (3, 2, "plims")],
)  # fmt: skip
def test_each_of_the_four_slips_is_made_at_its_place(kind, place, slip):
    from course_utils.text import changes

    assert changes._slip("plums", Settled(kind, place)) == slip


@pytest.mark.parametrize(
    ("letter", "next_one"),
    [
        ("q", "w"),
        ("p", "o"),
        ("a", "s"),
        ("l", "k"),
        ("z", "x"),
        ("m", "n"),
        ("Q", "W"),
        ("M", "N"),
        ("ß", "e"),
        ("é", "e"),
    ],
)
def test_a_wrong_key_is_the_next_one_of_its_row(letter, next_one):
    from course_utils.text import changes

    assert changes._next_key(letter) == next_one


@pytest.mark.parametrize(
    ("word", "written"),
    [("jam", "jelly"), ("Jam", "Jelly"), ("JAM", "JELLY"), ("I", "Jelly"), ("jAM", "jelly")],
)
def test_a_synonym_is_written_as_the_word_was(word, written):
    from course_utils.text import changes

    assert changes._written_like(word, "jelly") == written
