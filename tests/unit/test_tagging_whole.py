"""Dates, hours, provinces and exchanged names on long lists of inputs: each answer is the one that was approved."""

import datetime as dt

import approvals
import numpy as np
import pytest

from course_utils.datasets import read_marked
from course_utils.further.tagging import (
    MERGED,
    PROVINCES_63,
    Dictionary,
    Encoder,
    NameLists,
    broken_steps,
    entities,
    entity_score,
    pieces_of,
    province_of,
    seen_and_unseen,
    small_letters,
    tags_of,
    time_value,
    training_arrays,
    with_new_names,
)
from course_utils.further.tagging import dates as grammar
from course_utils.further.tagging.tagger import answers_of, language_of, value_of

DAYS = (dt.date(2018, 7, 21), dt.date(2020, 2, 29), dt.date(2021, 1, 1), dt.date(2019, 12, 30))
WAYS = ("next", "last", "this", "coming", "letzte", "nächste", "diese", "some")
AFTER = ("sau", "tới", "này", "nay", "trước", "vừa rồi", "ngoái", "kia")
PHRASES = [
    *(f"{way} {name}" for way in WAYS for name in ("monday", "fri", "sonntag", "do.")),
    *(f"{name} {way}" for way in AFTER for name in ("thứ hai", "cn", "t6")),
    *(f"{name} tuần {way}" for way in AFTER for name in ("thứ hai", "chủ nhật")),
    *(f"{way} {unit}" for way in WAYS for unit in ("week", "weekend", "wochenende", "month", "monat", "year", "jahr")),
    *(f"{unit} {way}" for way in AFTER for unit in ("tuần", "cuối tuần", "tháng", "năm")),
    "weekend", "wochenende", "cuối tuần", "next week next", "this monday next", "thứ hai", "sat.", "on the sunday",
    *("3 days ago", "a week ago", "an hour ago", "in 1 week", "in ten days", "in zwei wochen", "vor einer woche"),
    *("vor 2 tagen", "vor einem tag", "in sechs tagen", "hai tuần trước", "10 ngày sau", "năm tuần nữa", "in days"),
    *("3 days", "two weeks", "drei tagen", "một ngày", "hai ngày", "in three days ago", "in 3 months", "day ago"),
    *("3 may", "3. mai", "03 may 2019", "may 3", "may the 3rd", "may 3rd 2019", "3rd of may, 2020", "31 june"),
    *("1st of jan.", "jan. 1", "2nd feb", "22th dec. 1999", "mon, the 3 may", "monday 3 may", "fr., den 3. mai"),
    *("ngày 3 tháng 4", "mùng một tháng giêng", "mùng 1 tháng giêng", "mồng 2 tháng chạp", "hôm 5 tháng sau"),
    *("ngày 5 tháng trước năm 2019", "ngày 5 tháng 6 năm ngoái", "ngày 5 tháng 6 năm tới", "5 tháng 13", "5 tháng 0"),
    *("5 tháng 12", "5 tháng 1", "tháng 12", "tháng 13", "tháng ba năm nay", "tháng 3/2019", "tháng tư năm sau"),
    *("ngày 31", "hôm 1", "ngày 32", "ngày 0", "thứ hai, ngày 3 tháng 4", "thứ hai ngày 3/4", "cn 3-4-2019"),
    *("2019-04-03", "2019-4-3", "2019-13-01", "3/2019", "13/2019", "12/2019", "03/04", "3.4.", "3.4", "3-4", "3.4.19"),
    *("12/12", "12/13", "13/12", "12/11", "13/13", "04/25/2018", "4/3/99", "4.3.1999", "fr. 3/4", "ngày 3/4", "hôm 3.4"),
    *("march", "mar.", "march, 2019", "next march", "last december", "this june", "some march", "mai", "im mai", "giêng"),
    *("1500", "1499", "1999", "2099", "2100", "năm 1972", "the year 2001", "jahr 1600", "year 2100", "in 2016"),
    *("14th", "the 1st", "14.", "31st", "32nd", "0th", "the 29th", "30th", "am 31.", "bis zum 3.", "seit märz"),
    *("von 3. mai", "vào ngày mai", "từ hôm qua", "sáng nay", "tối mai", "until friday", "since last year", "hồi tháng ba"),
    *("christmas", "christmas 2020", "easter 2024", "karfreitag", "ostern 2016", "whit monday", "pfingsten", "noel 1999"),
    *("ascension day", "christi himmelfahrt 2021", "new year's day 2022", "new year’s eve", "quốc khánh", "heiligabend"),
    *("  Next   MONDAY , ", "nächstes jahr", "kommenden freitag", "letztem monat", "dieses wochenende", "vorigen mai"),
]  # fmt: skip


@pytest.mark.parametrize("today", DAYS, ids=str)
def test_dates_mean_what_was_approved(today):
    for text in PHRASES:
        value, also = grammar.date_value(text, today)
        approvals.write(f"{text}: {value}{f' or {also}' if also else ''}")


def test_every_word_of_the_date_grammar_has_its_value():
    today = DAYS[0]
    words = [
        *grammar.DAYS,
        *grammar.FEASTS,
        *grammar.EASTER,
        *grammar.MONTHS,
        *grammar.WEEKDAYS,
        *grammar._ALONE,
    ]
    words += [f"in {number} weeks" for number in grammar._COUNTS] + [
        f"{number} tuần nữa" for number in grammar._COUNTS
    ]
    words += [f"next {unit}" for unit in grammar._UNITS] + [f"{unit} sau" for unit in grammar._UNITS]
    words += [f"{way} monday" for way in sorted(grammar._NEXT | grammar._LAST | grammar._THIS)]
    for text in words:
        approvals.write(f"{text}: {grammar.date_value(text, today, 'de').value}")


def test_easter_of_sixty_years():
    approvals.see(easter=[str(grammar.easter(year)) for year in (1583, 1700, 1818, 1900, *range(1980, 2040))])


HOURS = [
    *(f"{hour} {half}" for hour in ("7", "12", "11:59", "0") for half in ("am", "pm", "a.m.", "p.m.", "sáng", "trưa", "chiều", "tối")),
    *("lúc 7 giờ", "at 7 pm", "um acht uhr", "gegen 9 uhr", "ab 10 uhr", "bis 11 uhr", "um 7", "seven pm", "elf uhr"),
    *("half past twelve", "half past 11", "halb eins", "halb zwölf", "half past 13", "halb 24", "half past 24", "halb 0"),
    *("quarter past three", "a quarter to one", "viertel nach neun", "viertel vor eins", "ten to ten", "20 minutes past 8"),
    *("5 vor 12", "zehn nach 8", "some past three", "ten past 24", "ten past 25", "five minutes to midnight", "ten to 0"),
    *("7:05", "7.05", "7h05", "7h 05", "7 giờ 05", "7:05 uhr", "7 giờ 05 phút", "17:60", "24:00", "23:59", "25:01"),
    *("0730", "2360", "2459", "730", "12345", "sieben uhr 5", "sieben uhr 59", "7 uhr 60", "mười hai giờ", "mười giờ rưỡi"),
    *("7h", "7 giờ", "7 uhr", "7 o'clock", "twelve o'clock", "mười một giờ tối", "8 giờ rưỡi sáng", "8 giờ rưỡi chiều"),
    *("noon", "Midday", "MITTAG", "mitternacht", "midnight", "trưa", "tối", "evening", "am", "12 pm", "12 am", "lúc trưa"),
    *("eleven pm", "sáu chiều", "năm giờ", "chín giờ tối", "7pm", "7:30pm", "7 p.m.", "19 pm", "13 am", "xam", "7 programm"),
]  # fmt: skip


def test_hours_mean_what_was_approved():
    for text in HOURS:
        approvals.write(f"{text}: {time_value(text)}")
    from course_utils.further.tagging import times

    for word in times._NUMBERS:
        approvals.write(
            f"{word}: {time_value(f'{word} uhr')} {time_value(f'halb {word}')} {time_value(f'{word} pm')}"
        )


def test_provinces_are_found_as_approved():
    texts = [
        "tỉnh Hà Giang",
        "thành phố Huế",
        "tp. huế",
        "tp huế",
        "TP.Huế",
        "province of Lào Cai",
        "Provinz Lào Cai",
    ]
    texts += [
        "Khánh Hoà",
        "sài gòn",
        "đăk nông",
        "thừa thiên huế",
        "  Hà   Nội ",
        "Tỉnh tỉnh Hà Nội",
        "Huế,",
        "",
    ]
    from course_utils.further.tagging import provinces

    for text in [*texts, *provinces._ALIASES]:
        approvals.write(f"{text}: {province_of(text)}")
    approvals.see(all=list(PROVINCES_63), merged={name: list(parts) for name, parts in MERGED.items()})


TODAY = dt.date(2018, 7, 21)
TEXTS = [
    read_marked("<ORG>Tideway Lettings</ORG> and <ORG>Bank of <PROVINCE>Leeds</PROVINCE></ORG> .", "news", "en"),
    read_marked("<PERSON>Ann Lee</PERSON> in <PROVINCE>YORK CITY</PROVINCE> on <DATE>Monday</DATE>", "news", "en"),
    read_marked("<PERSON>bob</PERSON> met <PERSON>Zoe Ann Lee</PERSON> of <ORG>the UNESCO Road Club</ORG>", "news", "en"),
    read_marked("<PERSON>Lê Văn An</PERSON> ở <LOC>phố Huế</LOC> lúc <TIME>7 giờ</TIME>", "news", "vi"),
    read_marked("<PERSON>Bình</PERSON> ơi , <ORG>Bộ Giao thông</ORG> và <PROVINCE>Hà Nội</PROVINCE>", "message", "vi"),
]  # fmt: skip
LISTS = NameLists(
    {
        "given": ["Zoe", "Max"], "family": ["Hartley", "Moss"], "given_vi": ["Bình", "Lan"], "family_vi": ["Trần"],
        "town": ["Ulm", "Đà Lạt", "New York"], "province": ["Kent", "Nghệ An"], "org_word": ["Lettings", "Road", "Bank"],
        "place_word": ["phố"],
    }
)  # fmt: skip


@pytest.mark.parametrize("lists", [None, LISTS], ids=["from one another", "from lists"])
def test_names_are_exchanged_as_approved(lists):
    for seed in range(12):
        for one in with_new_names(TEXTS, seed=seed, share=0.9, lists=lists):
            spans = [(span.type, span.start, span.end, span.depth) for span in one.spans]
            approvals.write(f"{seed} {one.text} {spans} {one.language} {one.register} {one.tokens[-1]}")
    for one in with_new_names(TEXTS, lists=lists):
        approvals.write(one.text)
    for one in small_letters(TEXTS):
        approvals.write(f"{one.text} {one.spans}")


def test_sentences_become_arrays_as_approved():
    encoder = Encoder.fit(TEXTS, length=11, least=1, lists=LISTS)
    approvals.see(encoder=(encoder.words, encoder.characters, encoder.tags, encoder.flags))
    more = [*TEXTS, read_marked("Donaudampfschiff <PERSON>Kai</PERSON> 7 geht ! ÄÖ", "news", "de")]
    for name, array in encoder.inputs(more).items():
        for row in array:
            approvals.see(**{name: row})
    approvals.see(labels=encoder.labels(more), unknown=encoder.unknown_share(more))
    inputs, labels = training_arrays(encoder, TEXTS, copies=2, share=0.3, seed=5)
    approvals.see(training=list(inputs.values()), labels=labels)
    usual, _ = training_arrays(encoder, TEXTS)
    approvals.see(usual=list(usual.values()))
    approvals.see(plain=Encoder.fit(TEXTS).words, rare=Encoder.fit(TEXTS, least=3).words)


def test_the_dictionary_finds_names_as_approved():
    words = "Ann Lee and ann lee of the Bank of Leeds met Lê Văn An in Leeds".split()
    for capitals in (True, False):
        known = Dictionary.fit([*TEXTS, TEXTS[1]], capitals)
        approvals.see(names=known.names, tags=known.tags(words))
    said = [known.tags(one.words) for one in TEXTS]
    for known_ones in (TEXTS[:1], TEXTS[:3], []):
        for side, score in seen_and_unseen(known_ones, TEXTS, said).items():
            approvals.see(**{side: list(score)})
    approvals.see(nothing=Dictionary({}).tags(words[:3]))


def test_scores_of_names_are_as_approved():
    gold = ["B-PERSON I-PERSON O B-LOC".split(), "O B-ORG I-ORG I-ORG".split(), "B-LOC B-LOC O O".split()]
    said = ["B-PERSON I-PERSON O B-ORG".split(), "O B-ORG I-ORG O".split(), "B-LOC I-LOC I-ORG B-LOC".split()]
    approvals.see(score=list(entity_score(gold, said)), some=list(entity_score(gold, said, ["LOC", "ORG"])))
    for tags in [*gold, *said, ["I-LOC", "I-LOC", "B-LOC", "I-ORG", "I-ORG"]]:
        approvals.see(names=entities(tags), broken=broken_steps(tags))


def test_answers_and_pieces_are_as_approved():
    text = "Hôm nay mưa. Ann ở Huế; ba ngày nữa đi Lào Cai… Xong"
    for longest in (3, 4, 5, 8, 50):
        approvals.see(pieces=[[token.text for token in piece.tokens] for piece in pieces_of(text, longest)])
    pieces = pieces_of(text, 50)
    tags = ["B-DATE", "I-DATE", "O", "O", "B-PERSON", "O", "B-ORG|B-PROVINCE", "O"] + ["O"] * 8
    approvals.see(answers=answers_of(pieces, [tags], TODAY), none=answers_of([], [], TODAY))
    for kind, surface in (
        ("DATE", "03/04"), ("DATE", "3 May"), ("DATE", "one day"), ("TIME", "7 pm"), ("TIME", "evening"),
        ("PROVINCE", "sài gòn"), ("PROVINCE", "Leeds"), ("ORG", "BBC"),
    ):  # fmt: skip
        approvals.see(value=[value_of(kind, surface, TODAY, language) for language in ("en", "de", "vi")])
    approvals.see(languages=[language_of(text) for text in ("Straße", "Hà Nội", "York", "", "ÄPFEL", "đi")])
    scores = np.random.default_rng(0).normal(size=(4, 3))
    approvals.see(
        flat=tags_of(scores, 6, "OXY"), cut=tags_of(scores, 2, "OXY"), empty=tags_of(scores[:0], 2, "OXY"),
        paths=[tags_of(np.random.default_rng(seed).normal(size=(5, 3, 3)), 5, "OXY") for seed in range(4)],
    )  # fmt: skip
