"""Names in text: a CNN over characters, a BiLSTM and a CRF, and what turns their tags into answers.

`load_tagger().tag(text, today=...)` gives a list of `{entity, surface, value}`. The parts: encoding (sentences to arrays),
nets and crf (Keras), decoding (Viterbi in NumPy), scores (entity F1), dictionary (the baseline), dates, times, provinces.
"""

from .crf import IGNORED, PADDING, crf_loss, drop_mask, masked_softmax_loss, pair_scores
from .dates import DateValue, date_value
from .decoding import all_paths, log_partition, path_score, viterbi
from .dictionary import Dictionary, seen_and_unseen
from .encoding import Encoder
from .exchange import small_letters, with_new_names
from .keeping import load_tagger, save_tagger
from .lists import NameLists, load_lists
from .nets import build_tagger
from .provinces import MERGED, PROVINCES_34, PROVINCES_63, province_of, provinces_on, since_july_2025
from .scores import EntityScore, broken_steps, entities, entity_score, token_accuracy
from .tagger import (
    Tagger,
    answers_of,
    as_in_the_talk,
    language_of,
    pair_scores_of,
    pieces_of,
    spans_of,
    tags_of,
)
from .times import time_value
from .training import fit_tagger, forget, training_arrays

__all__ = [
    "IGNORED",
    "MERGED",
    "PADDING",
    "PROVINCES_34",
    "PROVINCES_63",
    "DateValue",
    "Dictionary",
    "Encoder",
    "EntityScore",
    "NameLists",
    "Tagger",
    "all_paths",
    "answers_of",
    "as_in_the_talk",
    "broken_steps",
    "build_tagger",
    "crf_loss",
    "date_value",
    "drop_mask",
    "entities",
    "entity_score",
    "fit_tagger",
    "forget",
    "language_of",
    "load_lists",
    "load_tagger",
    "log_partition",
    "masked_softmax_loss",
    "pair_scores",
    "pair_scores_of",
    "path_score",
    "pieces_of",
    "province_of",
    "provinces_on",
    "save_tagger",
    "seen_and_unseen",
    "since_july_2025",
    "small_letters",
    "spans_of",
    "tags_of",
    "time_value",
    "token_accuracy",
    "training_arrays",
    "viterbi",
    "with_new_names",
]
