"""Every figure of the course: one look, colours everyone can tell apart, and text for those who don't see it.

A plotting function returns a `Picture`: a drawn figure with its alt text. As the last expression of a cell it
is shown as an HTML image, because JupyterLab's own image output drops the alt text.
"""

from .architectures import errors_by_depth, seen_field, timeline
from .boxes import boxes_on, precision_over_recall
from .captions import looked_at
from .characters import answers_while_typing, character_rows, gains_by_rows, losses_by_epoch
from .convolutions import (
    descents,
    filter_responses,
    influence_maps,
    lit_layers,
    number_grids,
    sliding_window,
)
from .explanations import explanation, highlighted_words, word_weights
from .films import Film, annotated, clip
from .generating import grid_on_plain_colours, picture_rows
from .images import colour_cloud, feature_maps, image_grid, pixel_values, thumbnail_map
from .maps import heat_maps, maps_through_depth
from .nets import curves_by_depth, named_points, residual_maps
from .picture import COLOURS, DIVERGING, SEQUENTIAL, Picture, canvas
from .retrieval import found_pictures, recall_against_time
from .scores import (
    accuracy_by_shots,
    bars,
    confusion_matrix,
    distributions,
    intervals,
    reliability,
    training_curves,
)
from .sequences import gradient_by_step, word_by_word
from .sound import dilated_stack, labels_over_time, line_spectrum, spectrograms
from .tags import tag_moves
from .text import window_scores, word_frequencies
from .translations import attention_map, one_and_many
from .vision_tasks import label_maps, points_on_things, six_tasks

__all__ = [
    "COLOURS",
    "DIVERGING",
    "SEQUENTIAL",
    "Film",
    "Picture",
    "accuracy_by_shots",
    "annotated",
    "answers_while_typing",
    "attention_map",
    "bars",
    "boxes_on",
    "canvas",
    "character_rows",
    "clip",
    "colour_cloud",
    "confusion_matrix",
    "curves_by_depth",
    "descents",
    "dilated_stack",
    "distributions",
    "errors_by_depth",
    "explanation",
    "feature_maps",
    "filter_responses",
    "found_pictures",
    "gains_by_rows",
    "gradient_by_step",
    "grid_on_plain_colours",
    "heat_maps",
    "highlighted_words",
    "image_grid",
    "influence_maps",
    "intervals",
    "label_maps",
    "labels_over_time",
    "line_spectrum",
    "lit_layers",
    "looked_at",
    "losses_by_epoch",
    "maps_through_depth",
    "named_points",
    "number_grids",
    "one_and_many",
    "picture_rows",
    "pixel_values",
    "points_on_things",
    "precision_over_recall",
    "recall_against_time",
    "reliability",
    "residual_maps",
    "seen_field",
    "six_tasks",
    "sliding_window",
    "spectrograms",
    "tag_moves",
    "thumbnail_map",
    "timeline",
    "training_curves",
    "window_scores",
    "word_by_word",
    "word_frequencies",
    "word_weights",
]
