"""Where things are: boxes, scores, a detector of centres, and what follows things through a film."""

from .boxes import giou, iou, non_maximum_suppression
from .scoring import average_precision, mean_average_precision

__all__ = [
    "average_precision",
    "giou",
    "iou",
    "mean_average_precision",
    "non_maximum_suppression",
]
