"""A trained tagger as one small file: weights in float16, with the words, characters and tags that they belong to."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from course_utils.datasets.common import DataError
from course_utils.foundation import config

from .encoding import Encoder
from .lists import NameLists
from .nets import build_tagger
from .tagger import Tagger

BUNDLED = "tagger.npz"


def save_tagger(tagger: Tagger, path: Path, **net: Any) -> None:
    """Write a tagger. `net`: the options that build_tagger was given, other than the encoder."""
    encoder = tagger.encoder
    about = {
        "words": encoder.words,
        "characters": encoder.characters,
        "tags": encoder.tags,
        "length": encoder.length,
        "lists": encoder.lists.entries if encoder.lists else None,
        "net": net,
    }
    weights = {
        f"w{number:02}": value.astype("float16") for number, value in enumerate(tagger.model.get_weights())
    }
    text = json.dumps(about, ensure_ascii=False).encode("utf-8")
    np.savez_compressed(path, about=np.frombuffer(text, dtype="uint8"), **weights)


def load_tagger(path: Path | None = None) -> Tagger:
    """The tagger of a file; without one that of the course, for Vietnamese, English and German.

    Raises DataError where the file is not there or damaged. Nothing is unpickled.
    """
    path = path or config.repository_root() / "data" / "names" / BUNDLED
    try:
        with np.load(path, allow_pickle=False) as stored:
            about = json.loads(stored["about"].tobytes().decode("utf-8"))
            weights = [stored[name].astype("float32") for name in sorted(stored.files) if name != "about"]
        lists = NameLists(about["lists"]) if about["lists"] else None
        parts = (tuple(about[name]) for name in ("words", "characters", "tags"))
        encoder = Encoder(*parts, about["length"], lists)
        model = build_tagger(encoder, **about["net"])
        model.set_weights(weights)
    except (OSError, KeyError, ValueError) as error:
        raise DataError(
            f"The tagger in {path} cannot be read ({error}). Type: git checkout -- data/names, or train one with "
            "fit_tagger(load_names('vi').training)"
        ) from error
    return Tagger(encoder, model)
