"""What the market sells, and the qualities that can be praised or blamed in it.

A quality is a pair (good word, bad word). Both words are used by happy and by unhappy customers ('not sour',
'anything but sweet'), so neither gives the label away.
"""

from __future__ import annotations

from dataclasses import dataclass

Quality = tuple[str, str]


@dataclass(frozen=True)
class Subject:
    """Something a review can judge: its name with article, whether it is plural, its qualities.

    name: 'the peaches'; bare: 'peaches'; portion: what one buys of it, 'a kilo of peaches'.
    """

    name: str
    plural: bool
    qualities: tuple[Quality, ...]
    bare: str = ""
    portion: str = ""
    pronoun: str = ""  # he or she; empty for a thing


# Qualities of one line exclude each other (nothing is both too hard and mushy), so a review takes one a line.
TEXTURES = (("ripe", "hard"), ("firm", "mushy"), ("crisp", "soggy"), ("tender", "woody"))
SOFTNESS = (("soft", "hard"), ("chewy", "leathery"), ("plump", "shrivelled"), ("tender", "rubbery"))
THICKNESS = (("thick", "runny"), ("smooth", "lumpy"), ("soft", "rubbery"))
FLAVOURS = (("tasty", "tasteless"), ("fragrant", "bland"), ("fruity", "watery"), ("aromatic", "insipid"))
EXCLUSIVE = (TEXTURES, SOFTNESS, THICKNESS, FLAVOURS, (("friendly", "rude"), ("polite", "curt")))

_FRUIT = (("sweet", "sour"), ("juicy", "dry"), ("fresh", "stale"), ("flawless", "bruised"))
_FRUIT += (("tasty", "tasteless"), ("fragrant", "bland"), ("aromatic", "insipid"))
_SOFT = (("ripe", "hard"), ("firm", "mushy"))
_CRISP = (("crisp", "soggy"), ("firm", "mushy"))
_CITRUS = (("ripe", "hard"), ("firm", "mushy"))
_JUICE = (("sweet", "sour"), ("fresh", "stale"), ("fruity", "watery"), ("smooth", "gritty"))
_JUICE += (("tasty", "tasteless"), ("fragrant", "bland"), ("lively", "flat"), ("natural", "artificial"))
_JAM = (("fruity", "bland"), ("thick", "runny"), ("smooth", "lumpy"), ("fresh", "stale"))
_JAM += (("tasty", "tasteless"), ("aromatic", "insipid"), ("balanced", "sickly"), ("natural", "artificial"))
_DRIED = (("sweet", "bitter"), ("soft", "hard"), ("chewy", "leathery"), ("plump", "shrivelled"))
_DRIED += (("clean", "gritty"), ("tasty", "tasteless"), ("fresh", "stale"), ("aromatic", "insipid"))
_BOX = (("generous", "stingy"), ("tidy", "messy"), ("varied", "monotonous"), ("reliable", "chaotic"))
_BOX += (("punctual", "late"), ("sturdy", "flimsy"), ("spotless", "grubby"))
_PEOPLE = (("friendly", "rude"), ("patient", "grumpy"), ("helpful", "useless"), ("quick", "slow"))
_PEOPLE += (("honest", "dishonest"), ("cheerful", "sulky"), ("polite", "curt"), ("attentive", "careless"))


def _fruit(names: str, texture: tuple[Quality, ...], measure: str) -> list[Subject]:
    return [
        Subject(f"the {name}", True, _FRUIT + texture, name, f"{measure} of {name}") for name in names.split()
    ]


def _goods(names: str, measure: str, qualities: tuple[Quality, ...], plural: bool = False) -> list[Subject]:
    listed = [name.strip() for name in names.split(",")]
    return [Subject(f"the {name}", plural, qualities, name, f"{measure} of {name}") for name in listed]


# category -> what is reviewed in it
CATEGORIES: dict[str, list[Subject]] = {
    "fresh fruit": [
        *_fruit("peaches apricots plums nectarines mangoes melons", _SOFT, "a kilo"),
        *_fruit(
            "strawberries raspberries blueberries blackberries",
            (("firm", "mushy"), ("clean", "gritty")),
            "a punnet",
        ),
        *_fruit("apples pears grapes cherries", _CRISP, "two kilos"),
        *_fruit("clementines oranges mandarines grapefruits", _CITRUS, "a net"),
        *_fruit("pineapples kiwis figs pomegranates", (("ripe", "hard"), ("tender", "woody")), "a basket"),
    ],
    "juice": _goods(
        "apple juice, pear juice, orange juice, cherry juice, carrot juice, grape juice, plum juice, rhubarb juice",
        "a bottle",
        _JUICE,
    ),
    "jam": _goods(
        "apricot jam, plum jam, cherry jam, fig jam, raspberry jam, quince jelly, orange marmalade, rhubarb jam",
        "a jar",
        _JAM,
    ),
    "dried fruit": _goods(
        "dried apricots, dried figs, dried plums, apple rings, raisins, dates, dried mangoes, banana chips",
        "a bag",
        _DRIED,
        plural=True,
    ),
    "delivery": [
        Subject(f"the {name}", False, _BOX, f"{name}es" if name.endswith("x") else f"{name}s", f"a {name}")
        for name in ("fruit box", "family box", "weekly box", "mixed box", "juice crate", "small box")
    ],
    "service": [
        Subject("the seller", False, _PEOPLE, pronoun="she"),
        Subject("the young man at the till", False, _PEOPLE, pronoun="he"),
        Subject("the lady with the scales", False, _PEOPLE, pronoun="she"),
        Subject("the stallholder", False, _PEOPLE, pronoun="he"),
        *(
            Subject(name, True, _PEOPLE)
            for name in ("the staff", "the two brothers", "the people at the stall")
        ),
    ],
}

# What may be judged beside the main thing; a review takes each at most once.
ASPECTS: dict[str, list[Subject]] = {
    "price": [
        Subject("the price", False, (("fair", "steep"), ("low", "high"), ("reasonable", "outrageous"))),
        Subject("the prices", True, (("fair", "steep"), ("modest", "outrageous"))),
    ],
    "packing": [
        Subject("the packing", False, (("careful", "careless"), ("tidy", "messy"), ("sturdy", "flimsy"))),
        Subject("the paper bags", True, (("sturdy", "flimsy"), ("clean", "grubby"))),
    ],
    "staff": [Subject("the staff", True, _PEOPLE), Subject("the service", False, _PEOPLE[:4])],
    "delivery": [
        Subject("the delivery", False, (("punctual", "late"), ("quick", "slow"), ("reliable", "chaotic"))),
        Subject(
            "the driver",
            False,
            (("friendly", "rude"), ("punctual", "late"), ("helpful", "useless")),
            pronoun="he",
        ),
    ],
    "choice": [Subject("the choice", False, (("varied", "monotonous"), ("wide", "narrow")))],
    "queue": [Subject("the queue", False, (("short", "endless"), ("quick", "slow"), ("orderly", "chaotic")))],
    "stall": [Subject("the stall", False, (("clean", "grubby"), ("tidy", "messy"), ("spotless", "chaotic")))],
    "portions": [Subject("the portions", True, (("generous", "stingy"),))],
    "signs": [Subject("the labels", True, (("honest", "misleading"), ("clear", "confusing")))],
}

# Which aspects make sense beside which category.
FITTING = {
    "fresh fruit": ("price", "packing", "staff", "choice", "queue", "stall", "portions", "signs"),
    "juice": ("price", "packing", "staff", "choice", "queue", "stall", "signs"),
    "jam": ("price", "packing", "staff", "choice", "queue", "stall", "signs"),
    "dried fruit": ("price", "packing", "staff", "choice", "queue", "stall", "portions", "signs"),
    "delivery": ("price", "packing", "delivery", "choice", "portions", "signs"),
    "service": ("price", "choice", "queue", "stall", "portions", "signs"),
}

# Who says things about the market, with the pronoun.
PEOPLE = (
    *(("my neighbour", "she"), ("my brother", "he"), ("my sister", "she"), ("my uncle", "he")),
    *(
        ("my mother-in-law", "she"),
        ("a colleague", "he"),
        ("the butcher next door", "he"),
        ("my aunt", "she"),
    ),
    *(("our postman", "he"), ("my flatmate", "she"), ("an old school friend", "she"), ("my dentist", "she")),
)
