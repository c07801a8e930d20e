"""Saying no, with a status and a sentence."""

from __future__ import annotations


class Refused(Exception):
    """A request that can't be answered: `status` is 4xx, `sentence` says what is wrong and what to send instead."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status, self.sentence = status, sentence
