"""A knowledge base: facts as (subject, relation, object), walked along paths of relations.

A path is written as its hops with "/" between them. The hop `sells` goes from subject to object, `^sells` from object
to subject: `^sells/opens_on` of "cheddar" are the days on which a stall is open that sells cheddar.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from course_utils.text import words

BACKWARDS, BETWEEN_HOPS = "^", "/"
SIGNS = "this", "some"  # in place of a name stands thisstall or somestall: where a path starts, and others


class Mention(NamedTuple):
    """A name of the knowledge base that stands in a question: words start to end - 1 of `words(question)`."""

    name: str
    start: int
    end: int


class Candidate(NamedTuple):
    """One way to answer a question: a name in it, a path from there, and the names that the path reaches."""

    subject: str
    path: str
    answers: tuple[str, ...]


class KnowledgeBase:
    """Facts with an index in both directions.

    `facts`: triples of str. `relations`: {relation: (type of its subjects, type of its objects)}.
    Raises ValueError for a fact whose relation has no entry.
    """

    def __init__(
        self, facts: Iterable[tuple[str, str, str]], relations: Mapping[str, tuple[str, str]]
    ) -> None:
        self.relations = dict(relations)
        self._steps: dict[tuple[str, str], dict[str, None]] = defaultdict(dict)
        self._hops: dict[str, dict[str, None]] = defaultdict(dict)
        roles: dict[str, Counter] = defaultdict(Counter)
        for subject, relation, target in facts:
            if relation not in self.relations:
                raise ValueError(f"The fact {subject} {relation} {target} has a relation without types")
            for start, hop, end, kind in (
                (subject, relation, target, self.relations[relation][0]),
                (target, BACKWARDS + relation, subject, self.relations[relation][1]),
            ):
                self._steps[start, hop][end] = None
                self._hops[start][hop] = None
                roles[start][kind] += " or " not in kind  # 'stall or supplier' says less than another role
        self.types = {name: counts.most_common(1)[0][0] for name, counts in roles.items()}
        self._forms: dict[tuple[str, ...], str] = {}
        for name in self.types:  # as it is written goes before how else it may be written: Pistachio is a dog
            self._forms.setdefault(tuple(words(name)), name)
        for name in self.types:
            for form in spellings(name):
                self._forms.setdefault(form, name)
        self._longest = max(map(len, self._forms))

    @classmethod
    def of(cls, questions: object) -> KnowledgeBase:
        """The knowledge base of a question set: what `course_utils.datasets.load_questions` gives."""
        columns = ["relation", "subject_type", "answer_type"]
        types = questions.relations[columns].itertuples(index=False)
        return cls(questions.facts.itertuples(index=False), {name: ends for name, *ends in types})

    @property
    def names(self) -> list[str]:
        """All subjects and objects, in the order of the facts."""
        return list(self.types)

    def hops_from(self, name: str) -> list[str]:
        """The hops that lead somewhere from a name, in the order of the facts."""
        return list(self._hops.get(name, ()))

    def walk(self, subject: str, path: str) -> tuple[str, ...]:
        """The names that a path reaches, each once; () where it reaches none.

        Raises ValueError for a hop that is not a relation, so that a slip is not taken for 'no answer'.
        """
        reached = {subject: None}
        for hop in path.split(BETWEEN_HOPS):
            if hop.removeprefix(BACKWARDS) not in self.relations:
                raise ValueError(f"No relation {hop!r}; there are {', '.join(self.relations)}")
            reached = {end: None for start in reached for end in self._steps.get((start, hop), ())}
        return tuple(reached)

    def paths_from(self, subject: str, most: int = 2) -> list[Candidate]:
        """All paths of at most `most` hops that lead somewhere, shorter ones first.

        A path that goes back by the hop that it came along, such as `price/^price`, asks for things like the subject;
        it is left out, as are paths that reach the subject only.
        """
        found, border = [], [("", (subject,))]
        for _ in range(most):
            further = []
            for path, reached in border:
                last = path.rpartition(BETWEEN_HOPS)[2]
                for hop in {hop: None for name in reached for hop in self.hops_from(name)}:
                    if last and hop == _turned(last):
                        continue
                    longer = f"{path}{BETWEEN_HOPS}{hop}" if path else hop
                    ends = tuple({end: None for name in reached for end in self._steps.get((name, hop), ())})
                    further.append((longer, ends))
            found += [Candidate(subject, path, ends) for path, ends in further if ends != (subject,)]
            border = further
        return found

    def mentions(self, question: str) -> list[Mention]:
        """The names that stand in a question, from left to right; of overlapping ones the longest."""
        said = words(question)
        found, start = [], 0
        while start < len(said):
            for length in range(min(self._longest, len(said) - start), 0, -1):
                name = self._forms.get(tuple(said[start : start + length]))
                if name is not None:
                    found.append(Mention(name, start, start + length))
                    start += length
                    break
            else:
                start += 1
        return found

    def signed(self, question: str, mention: Mention | None = None) -> str:
        """The words of a question with each name replaced by a sign for its type, such as `somestall`.

        The name of `mention`, from which the path starts, becomes `thisstall`. What a model learns of such questions
        holds for names that it never met.
        """
        said = words(question)
        for other in reversed(self.mentions(question)):
            kind = self.types[other.name].split()[0]
            said[other.start : other.end] = [SIGNS[other != mention] + kind]
        return " ".join(said)

    def candidates(self, question: str, most: int = 2) -> list[tuple[Mention, Candidate]]:
        """Every path of at most `most` hops from every name in the question."""
        return [
            (mention, candidate)
            for mention in self.mentions(question)
            for candidate in self.paths_from(mention.name, most)
        ]


def spellings(name: str) -> set[tuple[str, ...]]:
    """How a name may stand in a question, as words: without `the`, with `and` for &, in the other number."""
    plain = words(name.replace("&", " and "))
    if len(plain) > 1 and plain[0] == "the":
        plain = plain[1:]
    forms = {tuple(plain), tuple(word for word in plain if word != "and")}
    for form in list(forms):
        if form and len(form[-1]) > 3 and form[-1].isalpha():
            forms |= {(*form[:-1], last) for last in _other_number(form[-1])}
        forms.add((*form[:-1], f"{form[-1]}'s"))
    return {form for form in forms if form}


def _other_number(word: str) -> Sequence[str]:
    """The singular of a plural, or the plurals of a singular; a wrong guess is a word that nobody types."""
    for end, other in (
        ("ives", "ife"),
        ("aves", "af"),
        ("ies", "y"),
        ("shes", "sh"),
        ("ches", "ch"),
        ("oes", "o"),
    ):
        if word.endswith(end):
            return [word.removesuffix(end) + other]
    if word.endswith("s") and not word.endswith("ss"):
        return [word[:-1]]
    if word.endswith("af"):
        return [f"{word[:-1]}ves"]
    return [f"{word}s", f"{word}es"]


def _turned(hop: str) -> str:
    return hop.removeprefix(BACKWARDS) if hop.startswith(BACKWARDS) else BACKWARDS + hop
