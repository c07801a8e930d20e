"""A character net in use: texts in, named answers out, kept in a folder and loaded again."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from .characters import ALPHABET, character_ids
from .looking import look_at_characters

if TYPE_CHECKING:
    import keras

NET, ABOUT = "net.keras", "about.json"


class CharacterClassifier:
    """A trained net that reads ids of characters, with the names of its classes.

    `CharacterClassifier.load(folder).answer("The zip broke after a week.")`
    Raises ValueError when the net's outputs and the names do not match.
    """

    def __init__(self, model: keras.Model, label_names: Sequence[str]) -> None:
        if model.output_shape[-1] != len(label_names):
            raise ValueError(
                f"The net has {model.output_shape[-1]} outputs, and there are {len(label_names)} names: give one for each"
            )
        self.model, self.label_names = model, list(label_names)
        self.frames: int = model.input_shape[1]

    def probabilities(self, texts: Sequence[str]) -> np.ndarray:
        """The probability of each class for each text: float (N, classes)."""
        ids = character_ids(texts, self.frames)
        return np.asarray(self.model.predict(ids, batch_size=128, verbose=0))

    def answer(self, text: object) -> dict:
        """What the net says to one text: label (None where an answer would mean nothing), confidence, probabilities, warnings."""
        seen = look_at_characters(text, self.frames)
        if not seen.readable:
            return {"label": None, "confidence": 0.0, "probabilities": {}, "warnings": seen.warnings}
        found = self.probabilities([seen.text])[0]
        best = int(found.argmax())
        named = {name: round(float(value), 4) for name, value in zip(self.label_names, found, strict=True)}
        return {
            "label": self.label_names[best],
            "confidence": round(float(found[best]), 4),
            "probabilities": named,
            "warnings": seen.warnings,
        }

    def save(self, folder: Path | str) -> Path:
        """Write the net and what is needed to use it elsewhere: alphabet, frames, names. Returns the folder."""
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        self.model.save(folder / NET)
        about = {
            "label_names": self.label_names,
            "frames": self.frames,
            "alphabet": ALPHABET,
            "backwards": True,
        }
        (folder / ABOUT).write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8", newline="\n")
        return folder

    @classmethod
    def load(cls, folder: Path | str) -> CharacterClassifier:
        """A classifier that was saved. Raises FileNotFoundError where there is none, ValueError for another alphabet or direction."""
        import keras

        folder = Path(folder)
        if not (folder / NET).is_file() or not (folder / ABOUT).is_file():
            raise FileNotFoundError(
                f"No classifier in {folder}: run the cell that saves it, or give another folder"
            )
        about = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
        if about["alphabet"] != ALPHABET:
            raise ValueError(
                f"The net in {folder} reads another alphabet: train it again with this version of the course"
            )
        if not about.get("backwards", True):
            raise ValueError(
                f"The net in {folder} reads from the beginning, and a CharacterClassifier from the end: train it again"
            )
        return cls(keras.models.load_model(folder / NET), about["label_names"])
