"""From words to numbers and back: the few steps between a review and the input of a network.

words("Not bad!")  ->  ["not", "bad", "!"]  ->  [17, 254, 9]  ->  [17, 254, 9, 0, 0]
                 words               a Vocabulary's ids          padded to one length

Plain Python and NumPy: the arrays feed Keras on each of its backends.
"""

from __future__ import annotations

import functools
import logging
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np

PADDING = 0  # the id of 'there is no word here'
UNKNOWN = 1  # the id of every word that is not in the vocabulary
SPECIAL_WORDS = ("", "[UNK]")  # how these two ids are written: as in Keras's TextVectorization

_SIDES = ("front", "back")
# Letters and digits with apostrophes between them (don't, o'clock); ! and ? are words of their own.
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*|[!?]")

log = logging.getLogger(__name__)

# The same for all writing systems. Python's \w leaves out the marks that are written on a letter (vowel signs,
# accents, points), so they are named: all of them lie in the first two planes of Unicode and in the variation
# selectors. unicodedata rather than the package `regex`, whose \p{M} this is: no dependency for one character class.
_PLACES_OF_MARKS = (range(0x300, 0x20000), range(0xE0100, 0xE01F0))
_JOINERS = "\u200c\u200d\u00ad"  # Persian's and Bangla's joiners, the hyphen that shows at a line's end only
_EMOJI = "\u231a\u231b\u23e9-\u23f3\u23f8-\u23fa\u2600-\u27bf\u2b05-\u2b07\u2b1b\u2b1c\u2b50\u2b55\U0001f000-\U0001faff"
_SKIN_AND_LOOK = "\ufe0e\ufe0f\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f"
_WRITTEN_OTHERWISE = str.maketrans({
    "\u2019": "'", "\uff01": "!", "\uff1f": "?", "\u061f": "?",  # ’ ！ ？ ؟
    "\u00ad": None, "\ufe0e": None, "\ufe0f": None,
})  # fmt: skip
_WITHOUT_BLANKS = ("THAI", "LAO", "KHMER", "MYANMAR", "CJK", "HIRAGANA", "KATAKANA")


def words(text: str) -> list[str]:
    """The words of a text, lower-cased: letters, digits, inner apostrophes; `!`, `?` and emoji count as words.

    Accents and vowel signs belong to their letter, and a letter is the same word however its accent was typed (NFC).
    All else is dropped: `dropped` says what. Scripts without blanks (Thai, Chinese) need a segmenter first.
    Raises TypeError for what is not a string, such as the NaN of an empty table cell.
    """
    if not isinstance(text, str):
        raise TypeError(
            f"A text is a string; got {text!r} ({type(text).__name__}). In a table, drop empty rows first: "
            'table.dropna(subset="text")'
        )
    if text.isascii():
        return _WORD.findall(text.lower())
    return [_written(text[start:end]) for start, end in word_spans(text)]


def word_spans(text: str) -> list[tuple[int, int]]:
    """Where each word of `words(text)` stands: (start, end), so that text[start:end] is the word as it was typed."""
    pattern = _WORD if text.isascii() else _word_of_any_script()
    return [found.span() for found in pattern.finditer(text)]


def dropped(text: str) -> list[str]:
    """What `words` leaves out of a text, blanks aside: "GREAT :-)" gives [":-)"]. Count it before you train.

    For a whole set type: Counter(part for text in texts for part in dropped(text)).most_common(10)
    """
    ends = [0, *(place for span in word_spans(text) for place in span), len(text)]
    gaps = (text[start:end] for start, end in zip(ends[::2], ends[1::2], strict=True))
    return [part for gap in gaps for part in gap.split()]


def _written(word: str) -> str:
    """A word as vocabularies hold it: small, composed (NFC), with plain apostrophes."""
    small = word.lower().replace("i\u0307", "i")  # a Turkish İ becomes an i with a second dot
    return unicodedata.normalize("NFC", small).translate(_WRITTEN_OTHERWISE)


@functools.cache
def _word_of_any_script() -> re.Pattern[str]:
    marks = "".join(
        chr(code)
        for places in _PLACES_OF_MARKS
        for code in places
        if unicodedata.category(chr(code)).startswith("M") and not 0xFE00 <= code <= 0xFE0F
    )
    letter, part = r"[^\W_]", rf"(?:[^\W_]|[{marks}]|[\ufe00-\ufe0f](?=[\u20e3]))"
    run = rf"{letter}{part}*(?:[{_JOINERS}]+{part}+)*"
    emoji = rf"[{_EMOJI}][{_SKIN_AND_LOOK}]*"
    flag = "[\U0001f1e6-\U0001f1ff]{2}"
    return re.compile(rf"{run}(?:['’]{run})*|[!?！？؟]|{flag}|{emoji}(?:\u200d{emoji})*")


class Vocabulary:
    """The words a model knows, each with a number: its id is its place in the list `words`.

    `Vocabulary.fit(training_texts)` makes one. Id 0 is padding, 1 an unknown word, 2 the most frequent word.
    """

    def __init__(self, words: Sequence[str]) -> None:
        if tuple(words[:2]) != SPECIAL_WORDS:
            raise ValueError(f"A vocabulary begins with {list(SPECIAL_WORDS)}; got {list(words[:2])}")
        self.words = list(words)
        self._ids = {word: number for number, word in enumerate(self.words)}

    @classmethod
    def fit(cls, texts: Iterable[str], size: int | None = None, least: int = 1) -> Vocabulary:
        """Number the words of the training texts (only of those), the most frequent first, ties by alphabet.

        `size` caps the vocabulary, padding and unknown included; words seen fewer than `least` times stay
        unknown. Raises ValueError for a size below 3 or for texts without a word.
        """
        if size is not None and size <= len(SPECIAL_WORDS):
            raise ValueError(f"size={size} leaves no room for words: type size=3 or more, or size=None")
        counts = Counter()
        for text in _each(texts):
            counts.update(words(text))
        frequent = [word for word, count in counts.items() if count >= least]
        frequent.sort(key=lambda word: (-counts[word], word))
        if not frequent:
            raise ValueError(f"No word occurs {least} times in these texts: give training texts, or least=1")
        _say_if_without_blanks(frequent)
        return cls([*SPECIAL_WORDS, *frequent][:size])

    def __len__(self) -> int:
        return len(self.words)

    def __repr__(self) -> str:
        return f"Vocabulary of {len(self):,} words: {', '.join(self.words[2:8])}, ..."

    def __contains__(self, word: str) -> bool:
        return self.index(word) > UNKNOWN

    def index(self, word: str) -> int:
        """The id of a word, written as `words` gives it; UNKNOWN (1) for a word not in the vocabulary."""
        return self._ids.get(word, UNKNOWN)

    def encode(self, text: str) -> list[int]:
        """A text as ids, one a word."""
        return [self.index(word) for word in words(text)]

    def decode(self, ids: Iterable[int]) -> str:
        """Ids as words with blanks between them; padding is left out, unknown words show as [UNK]."""
        return " ".join(self.words[number] for number in ids if number != PADDING)

    def encode_all(
        self, texts: Iterable[str], length: int, pad: str = "back", cut: str = "back"
    ) -> np.ndarray:
        """Texts as one table of ids, int32 (N, length); `pad` and `cut` as in the function `pad`."""
        return _pad([self.encode(text) for text in _each(texts)], length, pad, cut)


def pad(sequences: Sequence[Sequence[int]], length: int, pad: str = "back", cut: str = "back") -> np.ndarray:
    """Sequences of ids, brought to one length: int32 (N, length).

    Short ones get zeros at their `pad` side, long ones lose ids at their `cut` side (`front` or `back`).
    Raises ValueError for another side or a length below 1.
    """
    if pad not in _SIDES or cut not in _SIDES:
        raise ValueError(f'pad and cut are "front" or "back"; got pad={pad!r}, cut={cut!r}')
    if length < 1:
        raise ValueError(f"length is the number of words to keep, 1 or more; got {length}")
    table = np.full((len(sequences), length), PADDING, dtype=np.int32)
    for row, ids in zip(table, sequences, strict=True):
        kept = ids[:length] if cut == "back" else ids[-length:]
        start = 0 if pad == "back" else length - len(kept)
        row[start : start + len(kept)] = kept
    return table


_pad = pad  # inside of encode_all, `pad` is the name of a side


def mask(ids: np.ndarray) -> np.ndarray:
    """True where there is a word and False where there is padding: bool, of the shape of `ids`."""
    return np.asarray(ids) != PADDING


def unknown_share(vocabulary: Vocabulary, texts: Iterable[str]) -> float:
    """The share of the words of these texts that the vocabulary does not know; 0.0 where there are no words."""
    ids = [number for text in _each(texts) for number in vocabulary.encode(text)]
    return ids.count(UNKNOWN) / max(1, len(ids))


def _say_if_without_blanks(found: Sequence[str]) -> None:
    """A line in the log where most words are whole clauses, as in texts that put no blanks between words."""
    other = [word for word in found if not word.isascii()]
    scripts = Counter(unicodedata.name(word[0], "").split(" ")[0].split("-")[0] for word in other)
    script, count = max(scripts.items(), key=lambda item: item[1], default=("", 0))
    if script in _WITHOUT_BLANKS and count > len(found) / 2:
        log.warning(
            "These texts are mostly %s, which is written without spaces, so each run of letters counts as one word. "
            'Cut them into words first (pythainlp, jieba, ...) and join them with spaces: " ".join(found)',
            script,
        )


def _each(texts: Iterable[str]) -> Iterable[str]:
    if isinstance(texts, str):
        raise TypeError("Expected a list of texts, got one text: put it into brackets, [text]")
    return texts
