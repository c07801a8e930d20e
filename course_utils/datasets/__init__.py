"""The data sets of the course, bundled or real, behind one interface.

`load_fruits` gives pictures (fruits.py), `load_reviews` gives texts (reviews.py). Both take `session.data`.
"""

from .common import SPLITS, DataError
from .fruits import BUNDLED_FRUITS, FRUIT_CLASSES, Fruits, load_fruits, pick_per_class
from .pictures import picture_files, read_image
from .reviews import REAL_REVIEWS, Reviews, load_reviews

__all__ = [
    "BUNDLED_FRUITS",
    "FRUIT_CLASSES",
    "REAL_REVIEWS",
    "SPLITS",
    "DataError",
    "Fruits",
    "Reviews",
    "load_fruits",
    "load_reviews",
    "pick_per_class",
    "picture_files",
    "read_image",
]
