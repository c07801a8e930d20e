"""The shape of a bank of phrases; the slots are explained in `grammar`."""

from __future__ import annotations

from dataclasses import dataclass, fields


@dataclass(frozen=True)
class Bank:
    """Every phrase one split may use.

    openers, digressions, closers: say nothing for or against, whatever the review's sentiment.
    both: name {A} and {D}, only their order tells who is meant. denied: name {D} only. asserted: name {A} only.
    elsewhere: {D} is true of another stall or another year. hearsay: somebody's opinion, taken up or rejected.
    concession: {T} is {O}, the opposite, and the main clause decides. turn: a whole sentence about the past or
    another place, then the one that counts. verdicts: (praise, complaint) in nearly the same words. remarks: (praise, complaint) in words that lean one way.
    irony: (praise dressed as complaint, complaint dressed as praise), each with its marker.
    """

    openers: tuple[str, ...]
    service_openers: tuple[str, ...]
    digressions: tuple[str, ...]
    closers: tuple[str, ...]
    both: tuple[str, ...]
    denied: tuple[str, ...]
    asserted: tuple[str, ...]
    elsewhere: tuple[str, ...]
    hearsay: tuple[str, ...]
    concession: tuple[str, ...]
    turn: tuple[str, ...]
    verdicts: tuple[tuple[str, str], ...]
    remarks: tuple[tuple[str, str], ...]
    irony: tuple[tuple[str, str], ...]

    def phrases(self) -> list[str]:
        """All phrases, pairs taken apart."""
        found: list[str] = []
        for field in fields(self):
            for phrase in getattr(self, field.name):
                found.extend([phrase] if isinstance(phrase, str) else phrase)
        return found
