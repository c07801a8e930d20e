"""What a service answers: one handler per net, found by the task in the net's contract.

A new task takes one function, in this package or in anybody's code, before the service is made:

    @handles("mood")
    def mood(net: ServedNet) -> Handler:
        return Handler(net, "/mood", "How does it sound?", takes=TextBody, gives=MoodOut, prepare=..., answer=...)

`prepare` turns a request's body into an array for the net and a note for later; `answer` turns the net's outputs and
that note into the response. Whatever is wrong with a request is said by raising `Refused`, with a sentence.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from course_utils.further.detection.centres import boxes_from, fitted
from course_utils.further.serving.contract import ServingError
from course_utils.further.serving.pictures import picture_of, scene_of
from course_utils.further.serving.refusals import Refused
from course_utils.further.serving.runtime import ServedNet, load
from course_utils.further.tagging import (
    Encoder,
    NameLists,
    answers_of,
    language_of,
    pair_scores_of,
    pieces_of,
    tags_of,
)
from course_utils.text import Vocabulary, look_over, words

MOST_PICTURE_BYTES = 10_000_000
MOST_TEXT_BYTES = 100_000
MOST_CHARACTERS = 20_000
MOST_WORDS = 2_000


@dataclass(frozen=True)
class Handler:
    """How one path of the service is answered.

    Args:
        net: what is asked.
        path: such as `/fruit`.
        summary: a line for the interface's description.
        takes: the body's schema; None for a picture.
        gives: the response's schema.
        prepare: body to (array without the batch axis, a note); a dict of arrays for a net with several inputs. It
            runs in a thread; raises Refused.
        answer: one row of each output, and the note, to the response.
        most_bytes: of a body.
        many: prepare gives a list of inputs, and answer gets a list of rows, one per input. It runs in a thread then.
        counted: the labels in a response that /metrics counts; by default the likeliest of the net's first output.
    """

    net: ServedNet
    path: str
    summary: str
    takes: type[BaseModel] | None
    gives: type[BaseModel]
    prepare: Callable[[bytes], tuple[Any, Any]]
    answer: Callable[[list, Any], BaseModel]
    most_bytes: int = MOST_TEXT_BYTES
    many: bool = False
    counted: Callable[[BaseModel], list[str]] | None = None


MAKERS: dict[str, Callable[[ServedNet], Handler]] = {}


def handles(task: str) -> Callable:
    """Register a function that makes the handler for nets of this task."""

    def register(make: Callable[[ServedNet], Handler]) -> Callable[[ServedNet], Handler]:
        MAKERS[task] = make
        return make

    return register


def handlers_in(folder: Path | str, threads: int = 1) -> list[Handler]:
    """The handlers of all nets in a folder, those of 8 bits left out.

    Raises ServingError where there is none, and for a net that can't be opened.
    """
    found = []
    for path in sorted(Path(folder).glob("*.onnx")):
        if path.name.startswith(".") or path.stem.endswith("-int8"):
            continue
        net = load(path, threads)
        if make := MAKERS.get(net.contract.task):
            found.append(make(net))
    if not found:
        raise ServingError(
            f"No net to serve in {folder}. Type: course export fruit (tasks with a handler: {', '.join(MAKERS)})"
        )
    return found


def parsed(schema: type[BaseModel], body: bytes) -> BaseModel:
    """A JSON body as its schema. Raises Refused with one sentence, which never repeats what was sent."""
    try:
        return schema.model_validate_json(body)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
        if first["type"] == "json_invalid":
            raise Refused(400, "The body is not JSON in UTF-8.") from None
        place = ".".join(map(str, first["loc"])) or "The body"
        if len(place) > 40 or first["type"] == "extra_forbidden":
            place = "A field"
        known = ", ".join(schema.model_fields)
        raise Refused(422, f"{place}: {first['msg']}. The body's fields: {known}.") from None


# Pictures


class FruitOut(BaseModel):
    """The likeliest fruit, its confidence, and the probabilities of all."""

    fruit: str
    confidence: float = Field(ge=0, le=1)
    fruits: dict[str, float]


@handles("fruit")
def fruit(net: ServedNet) -> Handler:
    """`POST /fruit`: a picture to the probabilities of the fruits that the net knows."""
    size = net.contract.preprocessing["size"]
    (labels,) = net.contract.labels.values()

    def prepare(body: bytes) -> tuple[np.ndarray, None]:
        return picture_of(body, size).astype(np.float32), None

    def answer(rows: list[np.ndarray], _: None) -> FruitOut:
        shares = {label: round(float(share), 4) for label, share in zip(labels, rows[0], strict=True)}
        best = max(shares, key=shares.get)
        return FruitOut(fruit=best, confidence=min(1.0, shares[best]), fruits=shares)

    return Handler(net, "/fruit", "Which fruit is it?", None, FruitOut, prepare, answer, MOST_PICTURE_BYTES)


# Scenes


class Box(BaseModel):
    """The sides of a box, in pixels of the picture as it was sent and as one looks at it: upright by its EXIF mark."""

    left: float = Field(ge=0)
    top: float = Field(ge=0)
    right: float = Field(ge=0)
    bottom: float = Field(ge=0)


class Thing(BaseModel):
    """One thing: its kind, how sure the net is, and where it is."""

    label: str
    score: float = Field(ge=0, le=1)
    box: Box


class DetectOut(BaseModel):
    """What was found, best score first, and the size of the picture that the boxes are measured in."""

    things: list[Thing]
    width: int = Field(gt=0)
    height: int = Field(gt=0)


@handles("detector")
def detector(net: ServedNet) -> Handler:
    """`POST /detect`: a picture to what is where. The net answers on a grid; boxes are made of that here, in NumPy."""
    how = net.contract.preprocessing
    labels = net.contract.labels["centres"]

    def prepare(body: bytes) -> tuple[np.ndarray, tuple]:
        picture, sent = scene_of(body, how["size"])
        seen = fitted(picture, how["size"])
        return seen.picture.astype(np.float32), (seen, picture.shape[1::-1], sent)

    def answer(rows: list[np.ndarray], note: tuple) -> DetectOut:
        seen, decoded, (width, height) = note
        found = dict(zip(net.outputs, rows, strict=True))
        boxes, scores, kinds = boxes_from(found["centres"], found["boxes"], how["threshold"])
        larger = np.tile(np.divide((width, height), decoded), 2)  # of a JPEG decoded at a smaller scale
        boxes = np.minimum(seen.enlarged(boxes) * larger, [width, height, width, height]).round(1)
        things = [
            Thing(label=labels[kind], score=round(float(score), 4), box=dict(zip(Box.model_fields, box, strict=True)))
            for box, score, kind in zip(boxes.tolist(), scores, kinds, strict=True)
            if box[0] < box[2] and box[1] < box[3]  # in the padding there is nothing
        ]  # fmt: skip
        return DetectOut(things=things, width=width, height=height)

    def counted(response: DetectOut) -> list[str]:
        return [thing.label for thing in response.things] or ["none"]

    return Handler(
        net, "/detect", "What is where?", None, DetectOut, prepare, answer, MOST_PICTURE_BYTES, counted=counted
    )  # fmt: skip


# Texts


class TextBody(BaseModel):
    """A text to be read."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"text": "The jam is very good!"}}
    )
    text: str = Field(min_length=1, max_length=MOST_CHARACTERS)


class ReviewOut(BaseModel):
    """What a review is about, whether it praises, and what to keep in mind about the answer."""

    category: str
    categories: dict[str, float]
    sentiment: str
    positive: float = Field(ge=0, le=1)
    warnings: list[str]


def checked_text(text: str) -> str:
    """A text to be read. Raises Refused for one without words, and one with too many."""
    count = len(words(text))
    if not count:
        raise Refused(422, "There are no words in the text. Send a sentence or two.")
    if count > MOST_WORDS:
        raise Refused(413, f"The text has {count:,} words, and at most {MOST_WORDS:,} are read. Send less.")
    return text


@handles("review")
def review(net: ServedNet) -> Handler:
    """`POST /review`: a text to category and sentiment."""
    how = net.contract.preprocessing
    vocabulary = Vocabulary(how["vocabulary"])
    categories = net.contract.labels["category"]

    def prepare(body: bytes) -> tuple[np.ndarray, list[str]]:
        seen = look_over(checked_text(parsed(TextBody, body).text), vocabulary, how["length"])
        return vocabulary.encode_all([seen.text], how["length"], how["pad"], how["cut"])[0], seen.warnings

    def answer(rows: list[np.ndarray], warnings: list[str]) -> ReviewOut:
        found = dict(zip(net.outputs, rows, strict=True))
        shares = {
            name: round(float(share), 4) for name, share in zip(categories, found["category"], strict=True)
        }
        positive = round(float(found["sentiment"][0]), 4)
        return ReviewOut(
            category=max(shares, key=shares.get),
            categories=shares,
            sentiment="positive" if positive > 0.5 else "negative",
            positive=positive,
            warnings=warnings,
        )

    return Handler(
        net, "/review", "What is the review about, and is it good?", TextBody, ReviewOut, prepare, answer
    )


# Names in texts


class TagsBody(BaseModel):
    """A text in which names are looked for, and what is needed to read its dates."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "text": "Hôm nay tôi đến Trống Đồng Palace để tham dự Google IO Hà Nội.",
                "today": "2018-07-21",
                "language": "vi",
            }
        },
    )
    text: str = Field(min_length=1, max_length=MOST_CHARACTERS)
    today: dt.date | None = Field(
        default=None,
        strict=True,
        description="The day that *tomorrow* counts from, as 2018-07-21; without it, the day of the service.",
    )
    language: Literal["vi", "en", "de"] | None = Field(
        default=None, description="Of the text; without it, what its letters say."
    )


class Tag(BaseModel):
    """One name: its type, how it stands in the text, and what it means for a program."""

    entity: str
    surface: str
    value: str | dict[str, str | None] | None


class TagsOut(BaseModel):
    """The names in the order of the text, a name inside another after it; and what their values were read with."""

    tags: list[Tag]
    today: dt.date
    language: str


@handles("tags")
def tags(net: ServedNet) -> Handler:
    """`POST /tags`: a text to its names. The net scores each tag of each token; the best path is found here."""
    how = net.contract.preprocessing
    (names,) = net.contract.labels.values()
    known = (tuple(how[part]) for part in ("words", "characters"))
    encoder = Encoder(*known, tuple(names), how["length"], NameLists(how["lists"]) if how["lists"] else None)
    moves, start = (np.asarray(how[part], np.float32) for part in ("moves", "start"))

    def prepare(body: bytes) -> tuple[list[dict[str, np.ndarray]], tuple]:
        asked = parsed(TagsBody, body)
        pieces = pieces_of(checked_text(asked.text), encoder.length)
        inputs = encoder.inputs(pieces)
        rows = [{name: array[row] for name, array in inputs.items()} for row in range(len(pieces))]
        language = asked.language or language_of(pieces[0].text)
        return rows, (pieces, asked.today or dt.date.today(), language)

    def answer(rows: list[list[np.ndarray]], note: tuple) -> TagsOut:
        pieces, today, language = note
        found = []
        for piece, (scores,) in zip(pieces, rows, strict=True):
            count = len(piece.tokens)
            found.append(tags_of(pair_scores_of(scores[:count], moves, start), count, names))
        return TagsOut(tags=answers_of(pieces, found, today, language), today=today, language=language)

    def counted(response: TagsOut) -> list[str]:
        return [tag.entity for tag in response.tags] or ["none"]

    return Handler(
        net, "/tags", "Which names are in the text?", TagsBody, TagsOut, prepare, answer, many=True, counted=counted
    )  # fmt: skip
