"""The data sets of the course, bundled or real, behind one interface.

`load_fruits` gives pictures (fruits.py), `load_reviews` gives texts (reviews.py), `load_topics` texts by subject
(topics.py), `load_names` sentences with the names in them marked (names.py), `load_speech` spoken sentences and
`load_digits` spoken digits (speech.py); they take `session.data`. `load_questions`, `load_headlines` and `load_thesaurus`
give what was written for the course; there is no other source. `load_tables` gives rendered scenes with a box for every
fruit (tables.py), `load_road` a film of traffic (road.py). `load_clips` gives films of fruits that turn or roll
(clips.py). `load_sentences`, `load_webquestions`, `load_misspellings`, `load_captions`, `load_fruit_photographs` and
`load_people` read sets that are never bundled.
"""

from .clips import Clips, load_clips
from .common import SPLITS, DataError
from .fruits import BUNDLED_FRUITS, FRUIT_CLASSES, Fruits, load_fruits, pick_per_class
from .headlines import load_headlines, planted_headlines
from .names import (
    ENTITY_TYPES,
    REAL_NAMES,
    Names,
    Span,
    TaggedSentence,
    Token,
    load_names,
    read_marked,
)
from .pairs import load_captions, load_misspellings
from .photographed import Photographed, load_fruit_photographs, load_people
from .pictures import own_photographs, picture_files, read_image
from .published import published_errors
from .questions import Questions, load_questions
from .reviews import REAL_REVIEWS, Reviews, load_reviews
from .road import ROAD_KINDS, Road, load_road
from .sentences import SENTENCE_SETS, Sentences, load_sentences, load_webquestions
from .speech import Digits, Speech, load_digits, load_speech
from .tables import KINDS, Tables, load_tables
from .thesaurus import load_thesaurus, read_mythes, thesaurus_rows
from .topics import REAL_TOPICS, Topics, load_topics

__all__ = [
    "BUNDLED_FRUITS",
    "ENTITY_TYPES",
    "FRUIT_CLASSES",
    "KINDS",
    "REAL_NAMES",
    "REAL_REVIEWS",
    "REAL_TOPICS",
    "ROAD_KINDS",
    "SPLITS",
    "Clips",
    "DataError",
    "Digits",
    "Fruits",
    "Names",
    "Photographed",
    "Reviews",
    "Road",
    "Tables",
    "Topics",
    "Span",
    "TaggedSentence",
    "Token",
    "Speech",
    "load_captions",
    "load_clips",
    "load_digits",
    "load_fruit_photographs",
    "load_fruits",
    "load_misspellings",
    "load_names",
    "load_people",
    "load_reviews",
    "load_road",
    "load_tables",
    "load_thesaurus",
    "load_topics",
    "load_speech",
    "pick_per_class",
    "own_photographs",
    "picture_files",
    "published_errors",
    "SENTENCE_SETS",
    "Questions",
    "Sentences",
    "load_headlines",
    "load_questions",
    "load_sentences",
    "load_webquestions",
    "planted_headlines",
    "read_image",
    "read_mythes",
    "thesaurus_rows",
    "read_marked",
]
