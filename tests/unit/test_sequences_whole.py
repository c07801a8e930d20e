"""Dates in words, slips, letters and searches on fixed seeds: what comes out is what was approved."""

import datetime as dt

import approvals
import numpy as np
import pytest

from course_utils.further.sequences import dates, decoding, letters, spelling


def test_every_form_of_a_date_is_written_as_approved():
    days = [dt.date(1950, 1, 1), dt.date(2019, 5, 3), dt.date(2000, 2, 29), dt.date(2049, 12, 31)]
    days += [dt.date(2020, month, 10 + month) for month in range(1, 13)]
    days += [dt.date(2021, 3, day) for day in (1, 2, 3, 4, 21, 22, 23, 30, 31)]
    for language, forms in dates.FORMS.items():
        for number, form in enumerate(forms):
            approvals.write(f"{language} {number}: {' | '.join(map(form, days))}")


@pytest.mark.parametrize("part", dates.PARTS)
def test_pairs_of_a_part_are_drawn_as_approved(part):
    for seed in (0, 3):
        for pair in dates.date_pairs(part, 40, seed):
            approvals.write(f"{pair.text} {pair.iso} {pair.language} {pair.form}")


def test_slips_are_made_and_mended_as_approved():
    random = np.random.default_rng(0)
    words = "market cheese letters aab ßtreet noon xy".split()
    for word in words:
        approvals.see(
            slips=[dates.with_typo(word, place % len(word), random) for place in range(16)],
            misspelt=[spelling.misspelt(word, random) for _ in range(6)], twice=[spelling.misspelt(word, random, 2) for _ in range(6)],
        )  # fmt: skip
    texts = [
        "The cheese was good, the letter too.",
        "Cheese and cheeses; letters! LETTER 12 letter",
        "a bb ccc dddd",
    ]
    for options in ({}, {"shortest": 2}, {"least": 2}, {"shortest": 3, "least": 3}):
        counts = spelling.word_counts(texts, **options)
        approvals.see(counts=dict(counts))
        approvals.see(
            mended=[spelling.correct(word, counts) for word in "chese leter lettre bb zzz good goood".split()]
        )
    approvals.see(near=spelling.within_one_edit("ab"), empty=spelling.within_one_edit(""))


def test_texts_become_rows_and_back_as_approved():
    known = letters.Letters(["Tag", "3. Mai", "Tết"], 8)
    rows = known.rows(["Tag", "", "3. Mai 2019", "Tế?"])
    approvals.see(signs=known.signs, rows=rows, row=rows.tolist(), texts=known.texts(rows), size=len(known))
    approvals.see(shifted=letters.shifted(rows).tolist(), odd=known.text([1, 5, 3, 0, 6, 2, 7]))


class Asked:
    """Stands in for a net: the shares of the next label follow from what came before."""

    def predict(self, inputs, **_):
        return self.predict_on_batch(inputs)

    def predict_on_batch(self, inputs):
        sources, before = inputs
        rows = []
        for source, row in zip(sources, before, strict=True):
            steps = [
                np.random.default_rng([int(source.sum()), *map(int, row[: place + 1])]).random(6) ** 3
                for place in range(len(row))
            ]
            rows.append([one / one.sum() for one in steps])
        return np.array(rows)  # fmt: skip


def test_searches_find_the_strings_that_were_approved():
    net, sources = Asked(), np.array([[3, 4], [5, 1], [2, 2], [9, 9]])
    approvals.see(
        greedy=decoding.greedy(net, sources, 6).tolist(), one=decoding.greedy(net, sources[:1], 3).tolist()
    )
    for source in sources:
        ask = decoding.next_label(net, source, 6)
        approvals.see(next=list(ask(())), then=list(ask((3, 4))))
        for width in (1, 2, 4):
            approvals.see(found=[(one.labels, one.score) for one in decoding.beam_search(ask, width, 5)])
        approvals.see(all=[(one.labels, one.score) for one in decoding.every_string(ask, (3, 4), 4)])
        approvals.see(other_end=[one.labels for one in decoding.beam_search(ask, 3, 4, end=5)])
