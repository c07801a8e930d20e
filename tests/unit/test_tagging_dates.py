"""Dates, hours and provinces: small grammars, each choice of theirs written down."""

import datetime as dt
import unicodedata

import pytest

from course_utils.further.tagging import (
    MERGED,
    PROVINCES_34,
    PROVINCES_63,
    date_value,
    province_of,
    provinces_on,
    since_july_2025,
    time_value,
)
from course_utils.further.tagging.dates import easter
from course_utils.further.tagging.provinces import CITIES

SATURDAY = dt.date(2018, 7, 21)  # the day of the talk


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ("Hôm nay", "2018-07-21"), ("today", "2018-07-21"), ("heute", "2018-07-21"),
        ("ngày mai", "2018-07-22"), ("tomorrow", "2018-07-22"), ("morgen", "2018-07-22"),
        ("hôm qua", "2018-07-20"), ("yesterday", "2018-07-20"), ("vorgestern", "2018-07-19"),
        ("übermorgen", "2018-07-23"), ("the day after tomorrow", "2018-07-23"), ("ngày kia", "2018-07-23"),
        ("Saturday", "2018-07-21"), ("monday", "2018-07-23"), ("on Monday", "2018-07-23"), ("CN", "2018-07-22"),
        ("next Tuesday", "2018-07-24"), ("thứ Hai tuần sau", "2018-07-23"), ("nächsten Dienstag", "2018-07-24"),
        ("last Friday", "2018-07-20"), ("last Saturday", "2018-07-14"), ("letzten Samstag", "2018-07-14"),
        ("Chủ nhật này", "2018-07-22"), ("thứ Sáu", "2018-07-27"), ("thứ Ba tuần trước", "2018-07-10"),
        ("3 May", "2018-05-03"), ("May 3rd, 2019", "2019-05-03"), ("the 3rd of May", "2018-05-03"),
        ("3. Mai", "2018-05-03"), ("3. Mai 2019", "2019-05-03"), ("Saturday 19 April", "2018-04-19"),
        ("ngày 20/11", "2018-11-20"), ("ngày 26 tháng 10", "2018-10-26"), ("dịp 30/4", "2018-04-30"),
        ("ngày 26 tháng 10 năm 2019", "2019-10-26"), ("ngày 10 tháng sau", "2018-08-10"),
        ("mùng 3 tháng Hai", "2018-02-03"), ("tháng 3/2019", "2019-03"), ("tháng Giêng", "2018-01"),
        ("2019-04-03", "2019-04-03"), ("25/12/2018", "2018-12-25"), ("14.2.", "2018-02-14"), ("Fr 14.2.", "2018-02-14"),
        ("04/25", "2018-04-25"), ("3.5.19", "2019-05-03"),
        ("the 14th", "2018-08-14"), ("the 21st", "2018-07-21"), ("the 31st", "2018-07-31"), ("ngày 8", "2018-08-08"),
        ("March 2019", "2019-03"), ("in March", "2018-03"), ("im Mai", "2018-05"), ("next March", "2019-03"),
        ("2016", "2016"), ("năm 1972", "1972"), ("năm ngoái", "2017"), ("letztes Jahr", "2017"), ("sang năm", "2019"),
        ("next week", "2018-W30"), ("tuần trước", "2018-W28"), ("this month", "2018-07"), ("tháng sau", "2018-08"),
        ("last weekend", "2018-07-14/2018-07-15"), ("cuối tuần này", "2018-07-21/2018-07-22"),
        ("three days ago", "2018-07-18"), ("in two weeks", "2018-08-04"), ("vor drei Tagen", "2018-07-18"),
        ("hai ngày trước", "2018-07-19"), ("ba ngày nữa", "2018-07-24"),
        ("Boxing Day", "2018-12-26"), ("Silvester", "2018-12-31"), ("Ostermontag", "2018-04-02"), ("Easter 2019", "2019-04-21"),
    ],
)  # fmt: skip
def test_what_a_date_means_on_the_day_of_the_talk(words, value):
    assert date_value(words, SATURDAY).value == value


@pytest.mark.parametrize(
    "words", ["31 April", "April 31", "three days", "Tết", "some day", "", "32/1", "một ngày nào đó"]
)
def test_what_it_does_not_know_has_no_value(words):
    assert date_value(words, SATURDAY).value is None


def test_an_ambiguous_date_says_so_in_english_only():
    assert date_value("03/04", SATURDAY) == ("2018-04-03", "2018-03-04")
    assert date_value("03/04", SATURDAY, "vi") == date_value("3.4.", SATURDAY) == ("2018-04-03", None)
    assert date_value("04/04", SATURDAY).also is None and date_value("25/04", SATURDAY).also is None


def test_mai_is_tomorrow_in_vietnamese_and_a_month_in_german():
    assert date_value("mai", SATURDAY, "vi").value == "2018-07-22"
    assert date_value("Mai", SATURDAY, "de").value == "2018-05"


@pytest.mark.parametrize(
    "names",
    [
        "january february march april may june july august september october november december",
        "januar februar märz april mai juni juli august september oktober november dezember",
        "jan feb mar apr may jun jul aug sep oct nov dec",
        "jänner feb mrz apr mai jun jul aug sept okt nov dez",
    ],
)
def test_every_month_has_its_number(names):
    said = [date_value(f"{name} 2019", SATURDAY, "de").value for name in names.split()]
    assert said == [f"2019-{month:02}" for month in range(1, 13)]


def test_every_vietnamese_month_has_its_number():
    names = "một hai ba tư năm sáu bảy tám chín mười"
    said = [date_value(f"tháng {name} năm 2019", SATURDAY).value for name in names.split()]
    assert said == [f"2019-{month:02}" for month in range(1, 11)]
    assert date_value("tháng giêng", SATURDAY).value == "2018-01"
    assert date_value("tháng chạp", SATURDAY).value == "2018-12"


@pytest.mark.parametrize(
    "names",
    [
        "saturday sunday monday tuesday wednesday thursday friday",
        "sat sun mon tue wed thu fri",
        "samstag sonntag montag dienstag mittwoch donnerstag freitag",
        "sa so mo di mi do fr",
        "t7 cn t2 t3 t4 t5 t6",
        "sonnabend sonntag mon tues wed thurs fri",
    ],
)
def test_every_weekday_is_the_first_one_from_today_on(names):
    said = [date_value(name, SATURDAY).value for name in names.split()]
    assert said == [str(SATURDAY + dt.timedelta(days)) for days in range(7)]


def test_so_is_every_vietnamese_one():
    names = "thứ bảy|chủ nhật|thứ hai|thứ ba|thứ tư|thứ năm|thứ sáu".split("|")
    said = [date_value(name, SATURDAY).value for name in names]
    assert said == [str(SATURDAY + dt.timedelta(days)) for days in range(7)]


@pytest.mark.parametrize(
    ("numbers", "words"),
    [
        ({"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "ten": 10, "12": 12}, "in {} days"),
        ({"einem": 1, "zwei": 2, "drei": 3, "vier": 4, "fünf": 5, "sechs": 6, "zehn": 10}, "in {} tagen"),
        ({"một": 1, "hai": 2, "ba": 3, "bốn": 4, "năm": 5, "sáu": 6, "mười": 10, "9": 9}, "{} ngày nữa"),
    ],
    ids=["English", "German", "Vietnamese"],
)
def test_every_number_of_days_is_counted(numbers, words):
    said = {number: date_value(words.format(number), SATURDAY).value for number in numbers}
    assert said == {number: str(SATURDAY + dt.timedelta(days)) for number, days in numbers.items()}


@pytest.mark.parametrize(
    ("plain", "others"),
    [
        ("next week", ["nächste woche", "kommende woche", "tuần sau", "tuần tới"]),
        ("next weekend", ["nächstes wochenende", "cuối tuần sau"]),
        ("next month", ["nächsten monat", "tháng sau"]),
        ("next year", ["nächstes jahr", "năm sau", "sang năm"]),
        ("last week", ["letzte woche", "vorige woche", "tuần trước", "tuần rồi"]),
    ],
)
def test_weeks_months_and_years_are_the_same_in_three_languages(plain, others):
    said = date_value(plain, SATURDAY).value
    assert said is not None
    assert {other: date_value(other, SATURDAY).value for other in others} == dict.fromkeys(others, said)


def test_months_and_years_end():
    assert date_value("next month", dt.date(2018, 12, 31)).value == "2019-01"
    assert date_value("tomorrow", dt.date(2018, 12, 31)).value == "2019-01-01"
    assert date_value("the 31st", dt.date(2018, 11, 5)).value == "2018-12-31"
    assert date_value("next week", dt.date(2018, 12, 28)).value == "2019-W01"
    assert date_value("29 February", dt.date(2018, 1, 1)).value is None


def test_the_unicode_form_does_not_count():
    assert date_value(unicodedata.normalize("NFD", "Hôm nay"), SATURDAY).value == "2018-07-21"


def test_today_is_a_date():
    with pytest.raises(TypeError, match=r"datetime\.date"):
        date_value("today", "2018-07-21")


@pytest.mark.parametrize(
    ("year", "day"), [(2018, (4, 1)), (2019, (4, 21)), (2024, (3, 31)), (2025, (4, 20)), (2038, (4, 25))]
)
def test_easter(year, day):
    assert easter(year) == dt.date(year, *day)


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ("7 pm", "19:00"), ("7.30 pm", "19:30"), ("12 am", "00:00"), ("12 pm", "12:00"), ("14:30", "14:30"),
        ("half past nine", "09:30"), ("quarter to seven", "06:45"), ("ten past three", "03:10"), ("noon", "12:00"),
        ("19 giờ 30", "19:30"), ("8h15", "08:15"), ("17h30", "17:30"), ("6 giờ rưỡi tối", "18:30"), ("3 giờ chiều", "15:00"),
        ("acht Uhr", "08:00"), ("14 Uhr", "14:00"), ("halb acht", "07:30"), ("viertel nach acht", "08:15"),
        ("fünf vor elf", "10:55"), ("sieben Uhr 12", "07:12"), ("0515", "05:15"), ("midnight", "00:00"), ("halb eins", "00:30"),
    ],
)  # fmt: skip
def test_what_an_hour_means(words, value):
    assert time_value(words) == value


@pytest.mark.parametrize("words", ["evening", "sáng", "25:00", "9:75", "six", "", "4"])
def test_what_is_no_hour_has_no_value(words):
    assert time_value(words) is None


def test_there_were_63_provinces_and_there_are_34():
    assert (len(PROVINCES_63), len(PROVINCES_34)) == (63, 34)
    assert len(set(PROVINCES_63)) == 63 and set(PROVINCES_34) <= set(PROVINCES_63)
    assert set(CITIES) <= set(PROVINCES_34) and len(CITIES) == 6
    assert (
        provinces_on(dt.date(2025, 6, 30)) == PROVINCES_63
        and provinces_on(dt.date(2025, 7, 1)) == PROVINCES_34
    )
    assert sum(not merged for merged in MERGED.values()) == 11


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Hà Nội", "Hà Nội"), ("hà nội", "Hà Nội"), ("tỉnh Hòa Bình", "Hòa Bình"), ("Hoà Bình", "Hòa Bình"),
        ("TP. Hồ Chí Minh", "Hồ Chí Minh"), ("Sài Gòn", "Hồ Chí Minh"), ("Vũng Tàu", "Bà Rịa - Vũng Tàu"),
        ("Thừa Thiên Huế", "Huế"), ("Leeds", None), ("Ha Noi", None),
    ],
)  # fmt: skip
def test_a_province_is_found_however_it_is_written(text, name):
    assert province_of(text) == name


def test_each_of_the_63_has_its_province_of_today():
    assert {since_july_2025(name) for name in PROVINCES_63} == set(PROVINCES_34)
    assert since_july_2025("Hà Giang") == "Tuyên Quang" and since_july_2025("Hà Nội") == "Hà Nội"
    with pytest.raises(ValueError, match="province_of"):
        since_july_2025("Leeds")


@pytest.mark.parametrize("name", PROVINCES_63)
def test_a_province_is_written_as_on_a_map_and_found_in_any_case(name):
    assert name == name.title(), "each word with a capital, and no more capitals"
    assert unicodedata.is_normalized("NFC", name)
    assert province_of(name.upper()) == province_of(name.lower()) == name
