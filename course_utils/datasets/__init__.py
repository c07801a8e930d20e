"""The data sets of the course, bundled or real, behind one interface.

`load_fruits` gives pictures (fruits.py), `load_reviews` gives texts (reviews.py). Both take `session.data`.
`load_speech` gives spoken sentences and `load_digits` spoken digits (speech.py).
"""

from .common import SPLITS, DataError
from .fruits import BUNDLED_FRUITS, FRUIT_CLASSES, Fruits, load_fruits, pick_per_class
from .pictures import picture_files, read_image
from .reviews import REAL_REVIEWS, Reviews, load_reviews
from .speech import LANGUAGES, Digits, Speech, load_digits, load_speech

__all__ = [
    "BUNDLED_FRUITS",
    "FRUIT_CLASSES",
    "LANGUAGES",
    "REAL_REVIEWS",
    "SPLITS",
    "DataError",
    "Digits",
    "Fruits",
    "Reviews",
    "Speech",
    "load_digits",
    "load_fruits",
    "load_reviews",
    "load_speech",
    "pick_per_class",
    "picture_files",
    "read_image",
]
