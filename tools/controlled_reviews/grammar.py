"""Fill the slots of a phrase.

Slots: {S} the thing judged ('the peaches'), {was} {is} {has} {it} {them} in agreement with it, {A} the quality
asserted and {D} the quality denied (good and bad word in a praising review, bad and good word in a complaint),
{T} {twas} {tis} {O} another thing and its quality that points the other way;
{x} the bare name, {portion} what one buys; {who} {he} somebody with an opinion; {E} is {S}
where only food makes sense, {food} is empty and says the same of the whole phrase. [a|b] is a choice.
"""

from __future__ import annotations

import random
import re

_CHOICE = re.compile(r"\[([^\[\]]*)\]")
_SLOT = re.compile(r"\{(\w+)\}")
_START = re.compile(r"(^|[.!?]\s+)([a-z])")


def choose(phrase: str, generator: random.Random) -> str:
    """Settle every [a|b|c] in a phrase, the innermost first."""
    while match := _CHOICE.search(phrase):
        pick = generator.choice(match[1].split("|"))
        phrase = phrase[: match.start()] + pick + phrase[match.end() :]
    return re.sub(r"\s+", " ", re.sub(r"\s+([,.;:!?])", r"\1", phrase)).strip()


def fill(phrase: str, slots: dict[str, str]) -> str:
    """Put the slots' words in; raises KeyError for a slot nobody filled."""
    return _SLOT.sub(lambda match: slots[match[1]], phrase)


def capitals(text: str) -> str:
    """A capital letter at the start of each sentence."""
    return _START.sub(lambda match: match[1] + match[2].upper(), text)


def agreement(plural: bool, pronoun: str = "", prefix: str = "") -> dict[str, str]:
    """The verb forms and pronouns that go with a singular or plural thing, or with a he or she."""
    subject = pronoun or ("they" if plural else "it")
    forms = {
        "was": "were" if plural else "was",
        "is": "are" if plural else "is",
        "has": "have" if plural else "has",
        "it": subject,
        "them": {"they": "them", "he": "him", "she": "her"}.get(subject, subject),
    }
    return {prefix + name: form for name, form in forms.items()}
