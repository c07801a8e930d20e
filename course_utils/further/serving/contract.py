"""What a net has to say of itself to be used without the notebook that trained it.

Labels, preprocessing and version travel inside the ONNX file, in its metadata. A service that finds a file whose
contract it doesn't know refuses it, which is better than right shapes with wrong numbers in them.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field

VERSION = 1
KEY = "course"  # of the metadata in the ONNX file
KINDS = ("picture", "scene", "text", "characters", "tokens", "numbers")
INSTALL = 'Type: python -m pip install "course-utils[serve]"'


class ServingError(RuntimeError):
    """A net can't be exported or served; the message says why and what to type next."""


@dataclass(frozen=True)
class Contract:
    """Labels, preprocessing and origin of an exported net.

    Args:
        name: of the net and its file, such as `fruit`.
        task: which handler serves it.
        labels: for each output of the net, what its numbers stand for; one label for a single probability.
        preprocessing: `kind` is `picture` (with `size`: a square in RGB, bytes 0-255, padded with white), `scene`
            (with `size`: pixels of the longer side, RGB, bytes 0-255, padded with grey to multiples of 16; and
            `threshold`: the least score of a box), `text` (with `length`, `pad`, `cut` and `vocabulary`, the list of
            words), `characters` (with `alphabet`, whose first character is 1 and 0 what it lacks; `length`; `backwards`: the
            last character first; and, where they are known, `words`: those of the training texts, for a page to compare
            with), `tokens` (what a tagger's encoder and its CRF hold) or `numbers` (as they are).
        made_with: versions of the course, of Keras and its backend.
    """

    name: str
    task: str
    labels: dict[str, list[str]]
    preprocessing: dict
    made_with: dict[str, str] = field(default_factory=dict)
    version: int = VERSION

    def __post_init__(self) -> None:
        if not self.name.replace("-", "").replace("_", "").isalnum():
            raise ServingError(
                f"A net's name is letters, digits, - and _, for it names a file; got {self.name!r}"
            )
        if self.preprocessing.get("kind") not in KINDS:
            raise ServingError(
                f"preprocessing needs a kind, one of {', '.join(KINDS)}; got {self.preprocessing}"
            )

    def text(self) -> str:
        """The contract as JSON."""
        return json.dumps(asdict(self), ensure_ascii=False, sort_keys=True)

    @classmethod
    def read(cls, text: str | None, where: str) -> Contract:
        """A contract from the metadata of a file. Raises ServingError if it is missing or of another version."""
        try:
            found = json.loads(text or "")
            if found["version"] != VERSION:
                raise ServingError(
                    f"{where} has a contract of version {found['version']}, and this course reads {VERSION}. "
                    "Type: course export NET"
                )
            return cls(**found)
        except (ValueError, KeyError, TypeError):
            raise ServingError(
                f"{where} has no contract, so nobody knows its labels and its preprocessing. Type: course export NET"
            ) from None
