"""A small grammar for times of day: `7 pm`, `19 giờ 30`, `halb acht`, `quarter to seven` -> `19:30`."""

from __future__ import annotations

import re
import unicodedata

_NUMBERS = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
    "eleven": 11, "twelve": 12, "ein": 1, "eins": 1, "zwei": 2, "drei": 3, "vier": 4, "fünf": 5, "sechs": 6,
    "sieben": 7, "acht": 8, "neun": 9, "zehn": 10, "elf": 11, "zwölf": 12, "một": 1, "hai": 2, "ba": 3, "bốn": 4,
    "năm": 5, "sáu": 6, "bảy": 7, "tám": 8, "chín": 9, "mười": 10, "mười một": 11, "mười hai": 12,
}  # fmt: skip
_FIXED = {
    "noon": "12:00",
    "midday": "12:00",
    "midnight": "00:00",
    "mittag": "12:00",
    "mitternacht": "00:00",
    "trưa": "12:00",
}
_NUMBER = "|".join(sorted(_NUMBERS, key=len, reverse=True)) + r"|\d{1,2}"
_HALF = {"sáng": 0, "trưa": 0, "chiều": 12, "tối": 12, "am": 0, "a.m.": 0, "pm": 12, "p.m.": 12}


def time_value(text: str) -> str | None:
    """A time of day as HH:MM, or None where the words name none: `evening`, `sáng`.

    Without pm, chiều or the like the hour is taken as it stands: `half past nine` is 09:30.
    """
    small = (
        " ".join(unicodedata.normalize("NFC", text).lower().split()).removeprefix("lúc ").removeprefix("at ")
    )
    if small in _FIXED:
        return _FIXED[small]
    small = re.sub(r"^(?:um|gegen|ab|bis) ", "", small)
    half = next((word for word in _HALF if re.search(rf"(?<![^\W\d]){re.escape(word)}$", small)), None)
    if half:
        small = small.removesuffix(half).strip()
    found = (
        _past_or_to(small)
        or _match(rf"halb (?P<h>{_NUMBER})", small, minutes=-30)
        or _match(rf"half past (?P<h>{_NUMBER})", small, minutes=30)
        or _match(r"(?P<h>\d{1,2})(?:[:.h]|h | giờ )(?P<m>\d{2})(?: uhr| giờ| phút)?", small)
        or _match(r"(?P<h>\d{2})(?P<m>\d{2})", small)
        or _match(rf"(?P<h>{_NUMBER}) uhr (?P<m>\d{{1,2}})", small)
        or _match(rf"(?P<h>{_NUMBER}) giờ (?:rưỡi)", small, minutes=30)
        or _match(rf"(?P<h>{_NUMBER})(?:h| giờ| uhr| o'clock)", small)
        or (_match(rf"(?P<h>{_NUMBER})", small) if half else None)
    )
    if not found:
        return None
    hour, minute = found
    if half and _HALF[half] == 12 and hour < 12:
        hour += 12
    if half in ("am", "a.m.") and hour == 12:
        hour = 0
    return f"{hour:02}:{minute:02}" if 0 <= hour < 24 and 0 <= minute < 60 else None


def _match(pattern: str, words: str, minutes: int = 0) -> tuple[int, int] | None:
    found = re.fullmatch(pattern, words)
    if not found:
        return None
    parts = found.groupdict()
    hour = int(parts["h"]) if parts["h"].isdigit() else _NUMBERS[parts["h"]]
    minute = int(parts.get("m") or 0)
    if hour > 24 or minute > 59:
        return None
    return divmod((hour * 60 + minute + minutes) % 1440, 60)


def _past_or_to(words: str) -> tuple[int, int] | None:
    """quarter to seven · ten past three · viertel nach acht · fünf vor elf"""
    found = re.fullmatch(rf"(?:a )?(\w+)(?: minutes)? (past|to|nach|vor) ({_NUMBER})", words)
    if not found:
        return None
    first, side, hour = found.groups()
    amount = 15 if first in ("quarter", "viertel") else int(first) if first.isdigit() else _NUMBERS.get(first)
    if amount is None:
        return None
    sign = 1 if side in ("past", "nach") else -1
    return _match(rf"(?P<h>{_NUMBER})", hour, minutes=sign * amount)
