"""Where things are: boxes, scores, a detector of centres, and what follows things through a film.

`boxes` and `scoring` are the arithmetic, `centres` is the net with its targets, losses and decoding, `scenes` makes training
batches, `keeping` holds trained nets.
"""

from .boxes import giou, iou, non_maximum_suppression
from .centres import box_loss, centre_loss, decode, detect, detector_net, find, targets
from .keeping import frame_detector, load_detector, save_detector
from .scenes import numbered, single_windows, training_batches
from .scoring import average_precision, average_precisions, mean_average_precision, precision_recall

__all__ = [
    "average_precision",
    "average_precisions",
    "box_loss",
    "centre_loss",
    "decode",
    "detect",
    "detector_net",
    "find",
    "frame_detector",
    "giou",
    "iou",
    "load_detector",
    "mean_average_precision",
    "non_maximum_suppression",
    "numbered",
    "precision_recall",
    "save_detector",
    "single_windows",
    "targets",
    "training_batches",
]
