"""Every word that the grammars of dates, hours and provinces know means what it meant: see `kept_support`."""

import datetime as dt
import sys

import kept_support
import pytest

from course_utils.further.tagging import dates, provinces, times

SATURDAY = dt.date(2018, 7, 21)


def weeks_and_months():
    for unit in dates._UNITS:
        for word in sorted(dates._NEXT | dates._LAST | dates._THIS):
            yield f"{unit} {word}" if unit in ("tuần", "cuối tuần", "tháng", "năm") else f"{word} {unit}"


KINDS = {
    "months": lambda: [f"{word} 2019" for word in dates.MONTHS],
    "Vietnamese months": lambda: [f"tháng {word}" for word in dates._VIETNAMESE_MONTHS],
    "weekdays": lambda: list(dates.WEEKDAYS),
    "days": lambda: list(dates.DAYS),
    "feasts": lambda: [*dates.FEASTS, *(f"{word} 2019" for word in dates.EASTER)],
    "periods": weeks_and_months,
    "alone": lambda: list(dates._ALONE),
    "weekdays of weeks": lambda: [f"thứ hai {after}" for after in ("tuần này", "tuần sau", "tuần trước", "tới", "rồi", "vừa rồi")],
    "counts": lambda: [f"in {word} days" for word in dates._COUNTS] + [f"vor {word} wochen" for word in dates._COUNTS],
    "before": lambda: [
        f"{word} 3. mai" for word in "on by from until in of since am vom zum ab seit im den der vào từ đến dịp trước hồi lúc the".split()
    ],
    "forms": lambda: [
        "2019-4-3", "2019-04-30", "3/2019", "3.5.", "3-5", "3-5-19", "03/04/19", "3/13", "13/3", "4/4", "ngày 3.5", "hôm 3/5",
        "3 may", "3rd of may, 2019", "may the 3rd", "dec. 24", "24. dez. 2019", "mo, den 3. mai", "monday the 3rd may",
        "mùng 3 tháng giêng", "ngày 3 tháng 5 năm nay", "ngày 3 tháng 5 năm sau", "ngày 3 tháng 5 năm ngoái", "3 tháng này",
        "thứ hai, ngày 3 tháng 5", "tháng 3 năm sau", "tháng 3 năm 2020", "tháng 13", "mồng 8", "hôm 31", "ngày 32", "14th", "14.",
        "1st", "22nd", "23rd", "0th", "this march", "last march", "march, 2019", "big march", "year 1999", "jahr 2001", "the year 1500",
        "1499", "2100", "2099", "two weeks ago", "in 3 weeks", "in 1 day", "vor einer woche", "in zwei wochen", "2 tuần nữa",
        "2 tuần sau", "zwei tage", "in some days", "next friday", "this friday", "last saturday", "last sunday", "coming sunday",
        "next saturday", "friday", "friday tuần sau", "next friday tuần", "dies friday", "easter", "christmas 2020", "noel 20",
        "weekend", "wochenende", "cuối tuần", "letzten Monat", "nächster Woche", "on the 14th", "im mai", "mai 2019", "’em",
    ],
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_every_word_of_the_dates_is_read(kind):
    for words in KINDS[kind]():
        value, also = dates.date_value(words, SATURDAY)
        line = f"{words} = {value}" + (f" or {also}" if also else "")
        assert kept_support.change("said", sys.modules[__name__], line) == ""


@pytest.mark.parametrize(
    "today", [dt.date(2018, 1, 31), dt.date(2018, 12, 31), dt.date(2019, 1, 1), dt.date(2018, 7, 22)]
)
def test_so_is_every_relative_one_at_the_edges_of_months_and_years(today):
    for words in (
        "next month", "last month", "next week", "last week", "next weekend", "last weekend", "this weekend", "next year",
        "the 31st", "the 30th", "the 1st", "monday", "sunday", "last monday", "last sunday", "next sunday", "this sunday",
        "ngày 10 tháng sau", "ngày 10 tháng trước", "next march", "30 february",
    ):  # fmt: skip
        value, _ = dates.date_value(words, today)
        assert kept_support.change("said", sys.modules[__name__], f"{today}: {words} = {value}") == ""


HOURS = {
    "numbers": lambda: [f"{word} uhr" for word in times._NUMBERS],
    "fixed": lambda: list(times._FIXED),
    "halves": lambda: [f"{hour} {word}" for word in times._HALF for hour in ("7", "12", "1")],
    "forms": lambda: [
        "lúc 7 giờ", "at 7 pm", "um acht uhr", "gegen halb acht", "ab 9 uhr", "bis 10 uhr", "7:05", "7.05", "7h05", "7h", "7 giờ 05 phút",
        "23:59", "24:00", "24:01", "00:00", "0000", "2359", "2400", "23 uhr 5", "8 uhr 61", "7 giờ rưỡi", "7 giờ rưỡi tối", "12 giờ trưa",
        "11 giờ trưa", "12 giờ sáng", "half past 12", "half past twelve", "halb eins", "halb 13", "a quarter past ten", "quarter to one",
        "20 minutes past 3", "5 to 12", "viertel vor drei", "zehn nach zwölf", "some past three", "7 o'clock", "7pm", "7 a.m.", "12 p.m.",
        "7.30pm", "13 pm", "12:30 am", "7", "seven", "25 uhr", "60 past 3", "one to one", "5 past 24",
    ],
}  # fmt: skip


@pytest.mark.parametrize("kind", HOURS)
def test_every_word_of_the_hours_is_read(kind):
    for words in HOURS[kind]():
        line = f"hour: {words} = {times.time_value(words)}"
        assert kept_support.change("said", sys.modules[__name__], line) == ""


def test_every_other_way_to_write_a_province_is_known():
    ways = [
        *provinces._ALIASES,
        *(f"{prefix}huế" for prefix in provinces._PREFIXES),
        "hoà bình",
        "thanh hoá",
        "khánh hoà",
        "xhuế",
    ]
    for way in ways:
        assert (
            kept_support.change(
                "said", sys.modules[__name__], f"province: {way} = {provinces.province_of(way)}"
            )
            == ""
        )
    for name, merged in provinces.MERGED.items():
        line = f"since July 2025: {name} with {', '.join(merged) or 'none'}"
        assert kept_support.change("said", sys.modules[__name__], line) == ""
    assert provinces.CITIES == ("Hà Nội", "Huế", "Hải Phòng", "Đà Nẵng", "Hồ Chí Minh", "Cần Thơ")
