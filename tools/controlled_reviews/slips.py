"""Typing slips and careless spelling, as people make them; no judgement word changes its meaning by it."""

from __future__ import annotations

import random
import re

# What people really type. Keys are whole words.
SLIPS = {
    "because": ("becuase", "cos"),
    "definitely": ("definately",),
    "neighbour": ("nieghbour", "neigbour"),
    "really": ("realy", "reallly"),
    "their": ("there",),
    "market": ("markt", "maket"),
    "which": ("wich", "whcih"),
    "with": ("wiht", "w/"),
    "that": ("taht",),
    "the": ("teh",),
    "and": ("adn", "&"),
    "have": ("hav",),
    "brought": ("brougth",),
    "bought": ("bougth",),
    "weekly": ("weekley",),
    "strawberries": ("strawberrys", "strawberies"),
    "raspberries": ("rasberries",),
    "apricots": ("apricotts",),
    "receipt": ("reciept",),
    "friend": ("freind",),
    "believe": ("beleive",),
    "surprise": ("suprise",),
    "surprised": ("suprised",),
    "tomorrow": ("tommorow",),
    "you": ("u",),
    "people": ("poeple",),
    "sour": ("sower",),
    "stale": ("stail",),
    "friendly": ("freindly",),
    "juicy": ("juicey",),
    "tasteless": ("tastless",),
    "monotonous": ("monotonus",),
    "generous": ("generos",),
}
FREQUENT = ("the", "and", "that", "with", "have")  # would otherwise take all the slips
CARELESS = 0.12  # share of reviews by somebody who types in a hurry
SLIP = 0.02  # share of words with a slip in the others


def with_slips(text: str, generator: random.Random) -> str:
    """The text as its writer would have typed it: mostly as it is, sometimes in a hurry."""
    careless = generator.random() < CARELESS
    share = 0.15 if careless else SLIP

    def slip(match: re.Match[str]) -> str:
        word = match[0]
        if word not in SLIPS or generator.random() > share / (5 if word in FREQUENT else 1):
            return word
        return generator.choice(SLIPS[word])

    text = re.sub(r"[A-Za-z]+", slip, text)
    if not careless:
        return text
    manner = generator.randrange(4)
    if manner == 0:
        return text.lower()
    if manner == 1:
        return text.replace("'", "")
    if manner == 2:
        return re.sub(r"\.(?= |$)", lambda _: generator.choice((".", "!", "..", "!!")), text)
    return re.sub(r"\. (?=[A-Z])", lambda _: generator.choice((". ", ".. ", " - ")), text)
