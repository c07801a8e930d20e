"""Who speaks, how and in which accent. Nothing here may move between parts: voices, accents and sentences are disjoint."""

from __future__ import annotations

from dataclasses import dataclass

LANGUAGES = {"de": "German", "en": "English", "es": "Spanish", "fr": "French", "vi": "Vietnamese"}


@dataclass(frozen=True)
class Voice:
    """A voice of the program: its variant, its pitch (0 to 99) and its words per minute."""

    name: str
    pitch: int
    speed: int


# The same voices speak all five languages, so that a voice never gives the language away.
TRAINING_VOICES = (
    Voice("m1", 35, 150), Voice("m3", 50, 165), Voice("m5", 42, 180), Voice("m7", 58, 158),
    Voice("f1", 62, 155), Voice("f3", 50, 170), Voice("f5", 70, 162), Voice("Andy", 45, 172),
    Voice("Annie", 55, 148), Voice("Mario", 40, 160), Voice("linda", 60, 176), Voice("ed", 48, 152),
)  # fmt: skip
TEST_VOICES = (
    Voice("m2", 45, 156), Voice("m4", 38, 174), Voice("m6", 55, 163), Voice("f2", 58, 168),
    Voice("f4", 66, 150), Voice("Alex", 50, 160), Voice("belinda", 52, 170), Voice("adam", 44, 154),
)  # fmt: skip
# What espeak-ng calls them. German has one accent there, so the part with other accents has four languages.
TRAINING_ACCENTS = {"de": ("de",), "en": ("en-gb", "en-us"), "es": ("es",), "fr": ("fr-fr",), "vi": ("vi",)}
OTHER_ACCENTS = {
    "en": ("en-gb-scotland", "en-029"),
    "es": ("es-419",),
    "fr": ("fr-be", "fr-ch"),
    "vi": ("vi-vn-x-central", "vi-vn-x-south"),
}
