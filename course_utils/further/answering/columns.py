"""A multi-column net that chooses among candidate answers, and what turns questions and candidates into its numbers.

Each column reads the question with filters of its own and compares what it found with one side of each candidate:
its path, the type of its answers, and their context. The scores of the columns are added up.
Source: L. Dong, F. Wei, M. Zhou, K. Xu, "Question answering over Freebase with multi-column convolutional neural
networks", 2015.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from course_utils.text import SPECIAL_WORDS, Vocabulary, words

from .knowledge import BACKWARDS, BETWEEN_HOPS, Candidate, KnowledgeBase, Mention

if TYPE_CHECKING:
    import keras

NO_ANSWER = Candidate("", "none", ())  # always the first candidate: 'the facts do not say'
COLUMNS = ("path", "type", "context")
BATCH = 64


class Asked(NamedTuple):
    """A question read from one of its names, with the candidates from there; NO_ANSWER is the first of them."""

    signed: str
    mention: Mention
    candidates: tuple[Candidate, ...]


class Answer(NamedTuple):
    """What an Answerer says: names, the name and the path that lead to them, and the net's probability.

    names is empty for a question that it refuses; `why` is a sentence that says why, or how it found the answer.
    """

    names: tuple[str, ...]
    subject: str
    path: str
    confidence: float
    why: str


def readings(knowledge: KnowledgeBase, question: str, most: int = 2) -> list[Asked]:
    """A question read from each name in it, with all paths of at most `most` hops; [] where no name is known."""
    return [
        Asked(
            knowledge.signed(question, mention),
            mention,
            (NO_ANSWER, *knowledge.paths_from(mention.name, most)),
        )
        for mention in knowledge.mentions(question)
    ]


class CandidateTables:
    """Candidates as rows of zeros and ones, one table for each column of the net.

    path: which hops it takes. type: the types of its answers. context: which hops lead on from its answers.
    """

    def __init__(self, knowledge: KnowledgeBase) -> None:
        self.knowledge = knowledge
        both = [sign + relation for relation in knowledge.relations for sign in ("", BACKWARDS)]
        self._hops = {hop: place for place, hop in enumerate([*both, NO_ANSWER.path])}
        self._types = {kind: place for place, kind in enumerate(sorted(set(knowledge.types.values())))}
        self.sizes = {"path": len(self._hops), "type": len(self._types), "context": len(both)}
        self._kept: dict[tuple[str, str], tuple[list[int], list[int], list[int]]] = {}

    def __call__(
        self, rows: Sequence[Sequence[Candidate]], count: int | None = None
    ) -> dict[str, np.ndarray]:
        """Tables float32 (N, count, size) by column, and `real` (N, count), which is 0 for padding.

        `count`: candidates of each row, the longest row's if None.
        """
        count = count or max(map(len, rows))
        tables = {
            name: np.zeros((len(rows), count, size), dtype=np.float32) for name, size in self.sizes.items()
        }
        tables["real"] = np.zeros((len(rows), count), dtype=np.float32)
        for row, candidates in enumerate(rows):
            for place, candidate in enumerate(candidates[:count]):
                tables["real"][row, place] = 1
                for name, marks in zip(COLUMNS, self._marks(candidate), strict=True):
                    tables[name][row, place, marks] = 1
        return tables

    def _marks(self, candidate: Candidate) -> tuple[list[int], list[int], list[int]]:
        key = candidate.subject, candidate.path
        if key not in self._kept:
            leading_on = {hop for name in candidate.answers for hop in self.knowledge.hops_from(name)}
            self._kept[key] = (
                [self._hops[hop] for hop in candidate.path.split(BETWEEN_HOPS)],
                [self._types[kind] for kind in {self.knowledge.types[name] for name in candidate.answers}],
                [self._hops[hop] for hop in leading_on],
            )
        return self._kept[key]


def multi_column_net(
    vocabulary_size: int,
    length: int,
    sizes: dict[str, int],
    dimensions: int = 64,
    filters: int = 64,
    widths: Sequence[int] = (1, 3),
    learning_rate: float = 0.003,
) -> keras.Model:
    """The net, compiled: word ids and candidate tables in, a probability for each candidate out.

    `sizes`: columns, and how many zeros and ones each has (`CandidateTables.sizes`).
    """
    import keras
    from keras import layers

    question = keras.Input((length,), dtype="int32", name="question")
    real = keras.Input((None,), name="real")
    vectors = layers.Dropout(0.3)(layers.Embedding(vocabulary_size, dimensions, name="vectors")(question))
    inputs, scores = {"question": question, "real": real}, []
    for name, size in sizes.items():
        windows = [
            layers.Conv1D(
                filters, width, padding="same", activation="relu", name=f"{name}_windows_of_{width}"
            )(vectors)
            for width in widths
        ]
        best = [layers.GlobalMaxPooling1D()(one) for one in windows]
        found = layers.Dropout(0.5)(layers.Concatenate()(best) if len(best) > 1 else best[0])
        asked = layers.Dense(dimensions, name=f"{name}_asked")(found)
        inputs[name] = keras.Input((None, size), name=name)
        offered = layers.Dense(dimensions, use_bias=False, name=f"{name}_offered")(inputs[name])
        scores.append(layers.Dot(axes=(2, 1), name=f"{name}_score")([offered, asked]))
    total = layers.Add(name="score")(scores) if len(scores) > 1 else scores[0]
    outputs = layers.Softmax(name="probability")(total + (real - 1) * 1e9)
    net = keras.Model(inputs, outputs, name="multi_column")
    net.compile(keras.optimizers.Adam(learning_rate), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return net


def training_rows(
    knowledge: KnowledgeBase, questions: Iterable, count: int = 32, seed: int = 0
) -> tuple[list[Asked], np.ndarray]:
    """Readings of answered questions, each with at most `count` candidates, and the place of the right one.

    `questions`: rows with question, subject and path, such as a table's `itertuples()`. A reading from a name that is
    not the subject has NO_ANSWER as the right one, as a question without an answer has. Where there are more candidates,
    the wrong ones are drawn at random.
    """
    random = np.random.RandomState(seed)
    asked, right = [], []
    for row in questions:
        for reading in readings(knowledge, row.question):
            path = row.path if reading.mention.name == row.subject else NO_ANSWER.path
            paths = [candidate.path for candidate in reading.candidates]
            if path not in paths:
                continue
            place = paths.index(path)
            others = [number for number in range(1, len(paths)) if number != place]
            kept = random.permutation(others)[: count - 1 - (place > 0)].astype(int)
            chosen = [0, *sorted({*kept, place} - {0})]
            right.append(chosen.index(place))
            asked.append(reading._replace(candidates=tuple(reading.candidates[number] for number in chosen)))
    return asked, np.array(right)


@dataclass
class Answerer:
    """Answers questions in words from a knowledge base, or refuses them.

    net: what `multi_column_net` makes, trained. length: words of a question that it reads. most: hops of the longest path.
    """

    knowledge: KnowledgeBase
    vocabulary: Vocabulary
    net: keras.Model
    length: int
    most: int = 3

    def __post_init__(self) -> None:
        self._tables = CandidateTables(self.knowledge)
        self._columns = [name for name in COLUMNS if name in {layer.name for layer in self.net.layers}]

    def inputs(self, asked: Sequence[Asked], count: int | None = None) -> dict[str, np.ndarray]:
        """What the net reads: `question`, int32 (N, length), and the candidate tables."""
        tables = self._tables([one.candidates for one in asked], count)
        ids = self.vocabulary.encode_all([one.signed for one in asked], self.length)
        return {"question": ids, "real": tables["real"]} | {name: tables[name] for name in self._columns}

    def answer(self, question: object) -> Answer:
        """The answer to one question; whatever is not a question is refused, and nothing is raised."""
        if not isinstance(question, str) or not words(question):
            return Answer((), "", NO_ANSWER.path, 1.0, "That is not a question in words.")
        return self.answers([question])[0]

    def answers(self, questions: Sequence[str]) -> list[Answer]:
        """The answers to many questions, in their order."""
        asked = [
            (place, one)
            for place, text in enumerate(questions)
            for one in readings(self.knowledge, text, self.most)
        ]
        found = [Answer((), "", NO_ANSWER.path, 1.0, "It has no name in it that the facts know.")] * len(
            questions
        )
        best = [0.0] * len(questions)
        width = max((len(one.candidates) for _, one in asked), default=1)
        width += -width % BATCH  # few widths, so that the net is seldom compiled anew
        for start in range(0, len(asked), BATCH):
            part = asked[start : start + BATCH]
            filled = [one for _, one in part] + [part[0][1]] * (BATCH - len(part)) * (len(asked) > BATCH)
            probabilities = np.asarray(self.net.predict_on_batch(self.inputs(filled, width)))
            for (place, one), row in zip(part, probabilities, strict=False):
                chosen = 1 + int(np.argmax(row[1 : len(one.candidates)]))
                if row[0] < row[chosen] and row[chosen] > best[place]:
                    best[place] = float(row[chosen])
                    candidate = one.candidates[chosen]
                    why = f"From {candidate.subject} along {candidate.path}."
                    found[place] = Answer(
                        candidate.answers, candidate.subject, candidate.path, best[place], why
                    )
                elif not best[place]:
                    said = f"It names {one.mention.name}, but no fact from there seems to answer it."
                    found[place] = Answer((), one.mention.name, NO_ANSWER.path, float(row[0]), said)
        return found

    def save(self, folder: Path | str) -> Path:
        """Keep the net, the vocabulary and the settings in a folder; returns it."""
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        self.net.save(folder / "net.keras")
        kept = {"words": self.vocabulary.words, "length": self.length, "most": self.most}
        (folder / "answerer.json").write_text(json.dumps(kept, ensure_ascii=False), encoding="utf-8")
        return folder

    @classmethod
    def load(cls, folder: Path | str, knowledge: KnowledgeBase) -> Answerer:
        """What `save` kept, with the knowledge base that it was trained on.

        Raises FileNotFoundError where the folder holds no Answerer.
        """
        import keras

        folder = Path(folder)
        path = folder / "answerer.json"
        if not path.is_file():
            raise FileNotFoundError(
                f"No {path.name} in {folder}. Keep one first: answerer.save({str(folder)!r})"
            )
        kept = json.loads(path.read_text(encoding="utf-8"))
        net = keras.saving.load_model(folder / "net.keras")
        return cls(
            knowledge, Vocabulary([*SPECIAL_WORDS, *kept["words"][2:]]), net, kept["length"], kept["most"]
        )


def hit_at_1(answers: Sequence[Answer], right: Sequence[Sequence[str]]) -> np.ndarray:
    """For each question, whether the first name that was answered is among the right ones; bool (N,)."""
    return np.array(
        [bool(one.names) and one.names[0] in names for one, names in zip(answers, right, strict=True)]
    )


def f1(answers: Sequence[Answer], right: Sequence[Sequence[str]]) -> np.ndarray:
    """For each question, the harmonic mean of the precision and the recall of all names answered; 0 for a refusal."""
    shares = []
    for one, names in zip(answers, right, strict=True):
        common = len(set(one.names) & set(names))
        shares.append(2 * common / max(1, len(set(one.names)) + len(set(names))))
    return np.array(shares)
