"""A small knowledge base that several tests of answering share."""

RELATIONS = {
    "sells": ("stall", "good"),
    "run_by": ("stall", "person"),
    "opens_on": ("stall", "weekday"),
    "married_to": ("person", "person"),
    "located_in": ("stall or supplier", "part of the hall"),
}
FACTS = [
    ("The Nut House", "sells", "pistachios"),
    ("The Nut House", "sells", "rye loaf"),
    ("Wick & Tallow", "sells", "rye loaf"),
    ("Wick & Tallow", "opens_on", "Friday"),
    ("The Nut House", "opens_on", "Friday"),
    ("The Nut House", "opens_on", "Sunday"),
    ("The Nut House", "run_by", "Ada Moss"),
    ("Ada Moss", "married_to", "Bo Moss"),
    ("Bo Moss", "married_to", "Ada Moss"),
    ("The Nut House", "located_in", "Clock Aisle"),
]
