"""Texts as numbers: by words, by characters, and texts changed on purpose.

`words` cuts a text, a `Vocabulary` numbers its words (vocabulary.py). `one_hot` and `character_ids` read character by
character (characters.py), `crepe` builds the nets that do (crepe.py), `CharacterClassifier` puts one to use
(classifier.py). `look_over` and `look_at_characters` say what may go wrong with somebody's text (looking.py).
`replace_synonyms` and `misspell` change texts while their label stays (changes.py).
"""

from .changes import misspell, replace_synonyms
from .characters import (
    ALPHABET,
    FRAMES,
    PUBLISHED_ALPHABET,
    character_ids,
    one_hot,
    readable,
)
from .classifier import CharacterClassifier
from .crepe import crepe
from .looking import Look, look_at_characters, look_over, without_html
from .vocabulary import (
    PADDING,
    SPECIAL_WORDS,
    UNKNOWN,
    Vocabulary,
    dropped,
    mask,
    pad,
    unknown_share,
    word_spans,
    words,
)

__all__ = [
    "ALPHABET",
    "FRAMES",
    "PADDING",
    "PUBLISHED_ALPHABET",
    "SPECIAL_WORDS",
    "UNKNOWN",
    "CharacterClassifier",
    "Look",
    "Vocabulary",
    "character_ids",
    "crepe",
    "dropped",
    "look_at_characters",
    "look_over",
    "mask",
    "misspell",
    "one_hot",
    "pad",
    "readable",
    "replace_synonyms",
    "unknown_share",
    "without_html",
    "word_spans",
    "words",
]
