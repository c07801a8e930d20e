"""The data sets of the course, bundled or real, behind one interface.

`load_fruits` gives pictures (fruits.py), `load_reviews` gives texts (reviews.py). Both take `session.data`.
`load_questions` and `load_headlines` give what was written for the course; there is no other source. `load_sentences` and
`load_webquestions` read sets that are never bundled.
"""

from .common import SPLITS, DataError
from .fruits import BUNDLED_FRUITS, FRUIT_CLASSES, Fruits, load_fruits, pick_per_class
from .headlines import load_headlines, planted_headlines
from .pictures import picture_files, read_image
from .questions import Questions, load_questions
from .reviews import REAL_REVIEWS, Reviews, load_reviews
from .sentences import SENTENCE_SETS, Sentences, load_sentences, load_webquestions

__all__ = [
    "BUNDLED_FRUITS",
    "FRUIT_CLASSES",
    "REAL_REVIEWS",
    "SENTENCE_SETS",
    "SPLITS",
    "DataError",
    "Fruits",
    "Questions",
    "Reviews",
    "Sentences",
    "load_fruits",
    "load_headlines",
    "load_questions",
    "load_reviews",
    "load_sentences",
    "load_webquestions",
    "pick_per_class",
    "picture_files",
    "planted_headlines",
    "read_image",
]
