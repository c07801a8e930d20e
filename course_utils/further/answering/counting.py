"""The baseline of question answering: TF-IDF and one logistic regression for each hop of a path."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .columns import Asked, readings
from .knowledge import BETWEEN_HOPS, KnowledgeBase

UNSEEN_HOP = -20.0  # the logit of a hop that no training question takes


class HopCounter:
    """Answers by counting words: a path is as likely as its hops are, each judged on its own.

    Because hops are judged and not whole paths, a path that no training question has can win. `strength` is the C of
    the logistic regressions; most: hops of the longest path that it may take.
    """

    def __init__(self, knowledge: KnowledgeBase, strength: float = 100, most: int = 3) -> None:
        self.knowledge, self.strength, self.most = knowledge, strength, most

    def fit(self, asked: Sequence[Asked], right: Sequence[int]) -> HopCounter:
        """Learn which words ask for which hops from `training_rows`; returns itself."""
        from sklearn.feature_extraction.text import TfidfVectorizer
        from sklearn.linear_model import LogisticRegression
        from sklearn.multiclass import OneVsRestClassifier
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import MultiLabelBinarizer

        paths = [one.candidates[place].path for one, place in zip(asked, right, strict=True)]
        self._hops = MultiLabelBinarizer()
        marks = self._hops.fit_transform([path.split(BETWEEN_HOPS) for path in paths])
        per_hop = OneVsRestClassifier(LogisticRegression(C=self.strength, max_iter=1000))
        self._model = make_pipeline(TfidfVectorizer(sublinear_tf=True), per_hop)
        self._model.fit([one.signed for one in asked], marks)
        return self

    def answers(self, questions: Sequence[str]) -> list[tuple[str, ...]]:
        """The names that it answers to each question; () where *no answer* is the most likely path."""
        asked = [
            (place, one)
            for place, text in enumerate(questions)
            for one in readings(self.knowledge, text, self.most)
        ]
        found: list[tuple[str, ...]] = [()] * len(questions)
        if not asked:
            return found
        leads = np.zeros(len(questions))
        logits = self._model.decision_function([one.signed for _, one in asked])
        for (place, one), row in zip(asked, logits, strict=True):
            logit = dict(zip(self._hops.classes_, row, strict=True))
            scores = [
                sum(logit.get(hop, UNSEEN_HOP) for hop in candidate.path.split(BETWEEN_HOPS))
                for candidate in one.candidates
            ]
            lead = max(scores) - scores[0]  # over `no answer`, the first of the candidates
            if lead > leads[place]:
                leads[place], found[place] = lead, one.candidates[int(np.argmax(scores))].answers
        return found
