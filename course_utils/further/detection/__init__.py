"""Where things are: boxes, scores, a detector of centres, and what follows things through a film.

`boxes` and `scoring` are the arithmetic, `centres` is the net with its targets, losses and decoding, `scenes` makes training
batches, `keeping` holds trained nets, `tracking` follows boxes and `watching` does it all for a film.
"""

from .boxes import giou, iou, non_maximum_suppression
from .centres import box_loss, centre_loss, decode, detect, detector_net, find, targets
from .keeping import frame_detector, load_detector, save_detector
from .scenes import numbered, single_windows, training_batches
from .scoring import average_precision, average_precisions, mean_average_precision, precision_recall
from .tracking import Tracker, TrackingScores, count_crossings, follow, tracking_scores
from .watching import Watched, read_film, watch

__all__ = [
    "Tracker",
    "TrackingScores",
    "Watched",
    "average_precision",
    "average_precisions",
    "box_loss",
    "count_crossings",
    "follow",
    "read_film",
    "tracking_scores",
    "watch",
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
