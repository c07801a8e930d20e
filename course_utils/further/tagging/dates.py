"""A small grammar for dates in Vietnamese, English and German: `next Tuesday`, `3. Mai`, `thứ Hai tuần sau`.

Everything counts from `today`, an argument: a date in a text means nothing without the day on which it was written.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from typing import NamedTuple


class DateValue(NamedTuple):
    """What a date means, as ISO 8601: a day, a month `2019-03`, a year, a week `2018-W30`, or two days `from/to`.

    value is None where the grammar does not know the words. also: the other reading of 03/04, month first.
    """

    value: str | None
    also: str | None = None


_MONTHS = {
    1: "january jan januar jänner giêng",
    2: "february feb februar",
    3: "march mar märz mrz",
    4: "april apr",
    5: "may mai",
    6: "june jun juni",
    7: "july jul juli",
    8: "august aug",
    9: "september sept sep",
    10: "october oct oktober okt",
    11: "november nov",
    12: "december dec dezember dez chạp",
}
MONTHS = {word: number for number, words in _MONTHS.items() for word in words.split()}
_VIETNAMESE_MONTHS = dict(zip("một hai ba tư năm sáu bảy tám chín mười".split(), range(1, 11), strict=True))
_WEEKDAYS = {
    0: ("monday", "mon", "montag", "mo", "thứ hai", "thứ 2", "t2"),
    1: ("tuesday", "tues", "tue", "dienstag", "di", "thứ ba", "thứ 3", "t3"),
    2: ("wednesday", "wed", "mittwoch", "mi", "thứ tư", "thứ 4", "t4"),
    3: ("thursday", "thurs", "thur", "thu", "donnerstag", "do", "thứ năm", "thứ 5", "t5"),
    4: ("friday", "fri", "freitag", "fr", "thứ sáu", "thứ 6", "t6"),
    5: ("saturday", "sat", "samstag", "sonnabend", "sa", "thứ bảy", "thứ bẩy", "thứ 7", "t7"),
    6: ("sunday", "sun", "sonntag", "so", "chủ nhật", "chúa nhật", "cn"),
}
WEEKDAYS = {word: number for number, words in _WEEKDAYS.items() for word in words}
_DAYS = {  # days from today
    0: "today|tonight|heute|hôm nay|ngày hôm nay|nay|bữa nay",
    1: "tomorrow|tmrw|tmr|morgen|mai|ngày mai",
    2: "the day after tomorrow|übermorgen|mốt|ngày mốt|ngày kia",
    -1: "yesterday|gestern|hôm qua|qua|ngày hôm qua",
    -2: "the day before yesterday|vorgestern|hôm kia",
}
DAYS = {word: number for number, words in _DAYS.items() for word in words.split("|")}
_FEASTS = {  # month and day
    (1, 1): "new year's day|neujahr|tết dương lịch",
    (12, 24): "christmas eve|heiligabend",
    (12, 25): "christmas day|christmas|weihnachten|noel|giáng sinh",
    (12, 26): "boxing day",
    (12, 31): "new year's eve|silvester",
    (9, 2): "quốc khánh",
}
FEASTS = {word: day for day, words in _FEASTS.items() for word in words.split("|")}
_EASTER = {
    -2: "good friday|karfreitag",
    0: "easter sunday|easter|ostersonntag|ostern",
    1: "easter monday|ostermontag",
    39: "ascension day|christi himmelfahrt",
    49: "whit sunday|pfingstsonntag|pfingsten",
    50: "whit monday|pfingstmontag",
}
EASTER = {word: days for days, words in _EASTER.items() for word in words.split("|")}

_NEXT, _LAST, _THIS = (
    {"next", "nächste", "kommende", "sau", "tới"},
    {"last", "past", "letzte", "vorige", "vergangene", "trước", "rồi", "qua", "vừa rồi", "ngoái"},
    {"this", "coming", "diese", "này", "nay"},
)
_UNITS = {
    "week": "week", "woche": "week", "tuần": "week", "weekend": "weekend", "wochenende": "weekend",
    "cuối tuần": "weekend", "month": "month", "monat": "month", "tháng": "month",
    "year": "year", "jahr": "year", "năm": "year",
}  # fmt: skip
_ALONE = {"năm ngoái": "last year", "sang năm": "next year", "năm nay": "this year", "heuer": "this year"}
_COUNTS = {
    "a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "ten": 10,
    "einem": 1, "einer": 1, "zwei": 2, "drei": 3, "vier": 4, "fünf": 5, "sechs": 6, "zehn": 10,
    "một": 1, "hai": 2, "ba": 3, "bốn": 4, "năm": 5, "sáu": 6, "mười": 10,
}  # fmt: skip
_BEFORE = re.compile(
    r"^(?:(?:on|by|from|until|in|of|since|am|vom|bis zum|zum|ab|seit|im|den|der|vào|từ|đến|dịp|trước|hồi|lúc|tối|sáng|the)\s+)+"
)
_ENDING = re.compile(r"\b(nächst|kommend|letzt|vorig|vergangen|dies)(?:en|er|es|em|e)\b")
_MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))
_WEEKDAY = "|".join(sorted(map(re.escape, WEEKDAYS), key=len, reverse=True))


def date_value(text: str, today: dt.date, language: str | None = None) -> DateValue:
    """What the words of a date mean, seen from `today`; value None where this grammar does not know them.

    Choices that a grammar has to make, and says: a weekday alone is the first one from today on; `next Tuesday` is
    the Tuesday of the next calendar week, which begins on Monday; a day without a year is in the year of today; `the
    14th` is the first one from today on; 03/04 is 3 April, with 4 March as `also` unless `language` is `vi` or `de`;
    `mai` is tomorrow, in German (`de`) the month of May. Tết and other days of the lunar calendar are not computed.
    Raises TypeError for a `today` that is not a date.
    """
    if not isinstance(today, dt.date):
        raise TypeError(f"today is a datetime.date such as datetime.date(2018, 7, 21); got {today!r}")
    small = " ".join(unicodedata.normalize("NFC", text).lower().replace("’", "'").split()).strip(" ,")
    small = _ENDING.sub(r"\1e", small)
    if small == "im mai" or (language == "de" and small == "mai"):
        small = "may"
    for words in dict.fromkeys((small, _BEFORE.sub("", small))):
        words = _ALONE.get(words, words)
        for rule in _RULES:
            try:
                found = rule(words, today)
            except (ValueError, OverflowError):  # the 31st of April
                found = None
            if found:
                value, also = found if isinstance(found, DateValue) else (found, None)
                return DateValue(value, None if language in ("vi", "de") else also)
    return DateValue(None)


# The rules: words, today -> ISO text, DateValue or None


def _day_word(words: str, today: dt.date) -> str | None:
    if words in DAYS:
        return str(today + dt.timedelta(DAYS[words]))
    return None


def _feast(words: str, today: dt.date) -> str | None:
    name, _, year = words.rpartition(" ") if re.search(r" \d{4}$", words) else (words, "", today.year)
    if name in FEASTS:
        return str(dt.date(int(year), *FEASTS[name]))
    if name in EASTER:
        return str(easter(int(year)) + dt.timedelta(EASTER[name]))
    return None


def easter(year: int) -> dt.date:
    """Easter Sunday of a year in the Gregorian calendar (Butcher's algorithm, 1876)."""
    century, rest = divmod(year, 100)
    cycle = year % 19
    epact = (19 * cycle + century - century // 4 - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    weekday = (32 + 2 * (century % 4) + 2 * (rest // 4) - epact - rest % 4) % 7
    shift = (cycle + 11 * epact + 22 * weekday) // 451
    month, day = divmod(epact + weekday - 7 * shift + 114, 31)
    return dt.date(year, month, day + 1)


def _direction(word: str) -> int | None:
    for step, known in ((1, _NEXT), (-1, _LAST), (0, _THIS)):
        if word in known:
            return step
    return None


def _weekday(words: str, today: dt.date) -> str | None:
    """monday · next tuesday · letzten freitag · thứ hai tuần sau"""
    found = re.fullmatch(rf"(?:(\w+) )?({_WEEKDAY})\.?(?: (?:(tuần) )?(\w+(?: \w+)?))?", words)
    if not found:
        return None
    before, name, week, after = found.groups()
    day = WEEKDAYS[name]
    if before is None and after is None:
        return str(today + dt.timedelta((day - today.weekday()) % 7))
    step = _direction(before or after)
    if step is None or (before and after):
        return None
    monday = today - dt.timedelta(today.weekday())
    if step == -1 and not week:  # the last one before today
        return str(today - dt.timedelta((today.weekday() - day - 1) % 7 + 1))
    if step == 0 and not week:
        return str(today + dt.timedelta((day - today.weekday()) % 7))
    return str(monday + dt.timedelta(7 * step + day))


def _period(words: str, today: dt.date) -> str | None:
    """next week · letzten monat · cuối tuần này · tháng sau · năm ngoái"""
    if words in ("weekend", "wochenende", "cuối tuần"):
        words = f"this {'weekend'}"
    for unit, kind in _UNITS.items():
        other = re.fullmatch(rf"(?:(\w+) )?{unit}(?: (\w+(?: \w+)?))?", words)
        step = _direction(other[1] or other[2] or "") if other else None
        if step is None or (other[1] and other[2]):
            continue
        monday = today - dt.timedelta(today.weekday()) + dt.timedelta(7 * step)
        if kind == "week":
            return "{}-W{:02}".format(*monday.isocalendar()[:2])
        if kind == "weekend":
            return f"{monday + dt.timedelta(5)}/{monday + dt.timedelta(6)}"
        if kind == "month":
            return _month_from(today, step)
        return str(today.year + step)
    return None


def _month_from(today: dt.date, step: int) -> str:
    years, month = divmod(today.month - 1 + step, 12)
    return f"{today.year + years}-{month + 1:02}"


def _distance(words: str, today: dt.date) -> str | None:
    """three days ago · in two weeks · vor drei tagen · hai ngày trước"""
    found = (
        re.fullmatch(r"(?:in )?(\w+) (day|week)s?(?: (ago))?", words)
        or re.fullmatch(r"(?:in|(vor)) (\w+) (tag|woche)(?:en|n)?", words)
        or re.fullmatch(r"(\w+) (ngày|tuần) (trước|nữa|sau)", words)
    )
    if not found:
        return None
    groups = [one for one in found.groups() if one]
    number = next((one for one in groups if one in _COUNTS or one.isdigit()), None)
    if number is None:
        return None
    back = any(one in ("ago", "vor", "trước") for one in groups)
    if not back and not words.startswith("in ") and not any(one in ("nữa", "sau") for one in groups):
        return None  # `three days` is a duration
    days = int(number) if number.isdigit() else _COUNTS[number]
    weeks = any(one in ("week", "woche", "tuần") for one in groups)
    return str(today + dt.timedelta((-1 if back else 1) * days * (7 if weeks else 1)))


def _written_out(words: str, today: dt.date) -> str | None:
    """3 may · the 3rd of may 2019 · may 3rd, 2019 · 3. mai · saturday 19 april"""
    words = re.sub(rf"^(?:{_WEEKDAY})[.,]?,? (?:the |den |dem |ngày )?", "", words)
    found = re.fullmatch(rf"(\d+)(?:st|nd|rd|th|\.)? ?(?:of )?({_MONTH})\.?,?(?: (\d{{4}}))?", words)
    if found:
        day, month, year = found.groups()
    else:
        found = re.fullmatch(rf"({_MONTH})\.? (?:the )?(\d{{1,2}})(?:st|nd|rd|th)?,?(?: (\d{{4}}))?", words)
        if not found:
            return None
        month, day, year = found.groups()
    return str(dt.date(int(year or today.year), MONTHS[month], int(day)))


def _vietnamese(words: str, today: dt.date) -> str | None:
    """ngày 26 tháng 10 năm 2019 · mùng 3 tháng giêng · ngày 10 tháng sau · tháng 3/2019 · năm 1972"""
    words = re.sub(rf"^(?:{_WEEKDAY})[, ]+", "", words)
    found = re.fullmatch(
        r"(?:(?:ngày|mùng|mồng|hôm) )*(\d{1,2}) tháng (\w+)(?: năm (\d{4}|nay|sau|tới|ngoái))?", words
    )
    if found:
        day, month, year = found.groups()
        if (step := _direction(month)) is not None:
            return str(dt.date(*map(int, _month_from(today, step).split("-")), int(day)))
        return str(dt.date(_vietnamese_year(year, today), _vietnamese_month(month), int(day)))
    found = re.fullmatch(r"tháng (\w+)(?:(?:/| năm )(\d{4}|nay|sau|tới|ngoái))?", words)
    if found:
        return f"{_vietnamese_year(found[2], today)}-{_vietnamese_month(found[1]):02}"
    found = re.fullmatch(r"(?:ngày|mùng|mồng|hôm) (\d{1,2})", words)
    return _day_of_month(int(found[1]), today) if found else None


def _vietnamese_month(word: str) -> int:
    number = int(word) if word.isdigit() else _VIETNAMESE_MONTHS.get(word) or MONTHS.get(word) or 0
    if not 1 <= number <= 12:
        raise ValueError(f"no month {word}")
    return number


def _vietnamese_year(word: str | None, today: dt.date) -> int:
    if word is None:
        return today.year
    return int(word) if word.isdigit() else today.year + (_direction(word) or 0)


def _month(words: str, today: dt.date) -> str | None:
    """march · march 2019 · mai 2019 · next march"""
    found = re.fullmatch(rf"(?:(\w+) )?({_MONTH})\.?(?:,? (\d{{4}}))?", words)
    if not found or (found[1] and _direction(found[1]) is None):
        return None
    year = int(found[3]) if found[3] else today.year + (_direction(found[1]) or 0 if found[1] else 0)
    return f"{year}-{MONTHS[found[2]]:02}"


def _numbers(words: str, today: dt.date) -> DateValue | str | None:
    """2019-04-03 · 03/04 · 3/4/2019 · 3.5. · 3.5.2019 · 14-3"""
    words = re.sub(rf"^(?:{_WEEKDAY})[.,]?,? ", "", words)
    words = re.sub(r"^(?:ngày|hôm) ", "", words)
    found = re.fullmatch(r"(\d{4})-(\d{1,2})-(\d{1,2})", words)
    if found:
        return str(dt.date(*map(int, found.groups())))
    if found := re.fullmatch(r"(\d{1,2})/(\d{4})", words):  # 3/2019
        return str(dt.date(int(found[2]), int(found[1]), 1))[:7]
    found = re.fullmatch(r"(\d{1,2})([./-])(\d{1,2})(?:\2(\d{4}|\d{2})?)?", words)
    if not found:
        return None
    one, sign, other, year = int(found[1]), found[2], int(found[3]), found[4]
    full_year = today.year if not year else int(year) + (2000 if len(year) == 2 else 0)
    if other > 12:  # 04/25 can only be month first
        return str(dt.date(full_year, one, other))
    value = str(dt.date(full_year, other, one))
    doubtful = sign == "/" and one <= 12 and one != other
    return DateValue(value, str(dt.date(full_year, one, other)) if doubtful else None)


def _year(words: str, today: dt.date) -> str | None:
    found = re.fullmatch(r"(?:năm |year |jahr |the year )?((?:1[5-9]|20)\d\d)", words)
    return found[1] if found else None


def _ordinal(words: str, today: dt.date) -> str | None:
    """14th · 14. (with the article taken off)"""
    found = re.fullmatch(r"(\d{1,2})(?:st|nd|rd|th|\.)", words)
    return _day_of_month(int(found[1]), today) if found else None


def _day_of_month(day: int, today: dt.date) -> str:
    """The first day of that number from today on."""
    if not 1 <= day <= 31:
        raise ValueError(f"no day {day}")
    year, month = today.year, today.month
    for _ in range(12):
        try:
            found = dt.date(year, month, day)
        except ValueError:  # no 31st in this month
            found = None
        if found and found >= today:
            return str(found)
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    raise ValueError(f"no day {day}")


_RULES = (
    _day_word, _feast, _weekday, _period, _distance, _written_out, _vietnamese, _numbers, _month, _year, _ordinal,
)  # fmt: skip
