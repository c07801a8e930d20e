"""The batching queue: order, sizes, deadlines, and whose error it is."""

import asyncio
import time

import pytest

from course_utils.further.serving.batching import Batcher, full_or_late


def ask_all(items, run, **settings):
    """Answers (or errors) for items that come at once."""

    async def asking():
        async with Batcher(run, **settings) as ask:
            return await asyncio.gather(*(ask(item) for item in items), return_exceptions=True)

    return asyncio.run(asking())


def test_each_gets_the_answer_to_his_own_item_and_no_batch_is_too_large():
    sizes = []

    def run(items):
        sizes.append(len(items))
        return [item * 2 for item in items]

    told = []
    assert ask_all(range(100), run, most=32, on_batch=told.append) == [2 * item for item in range(100)]
    assert sum(sizes) == 100 and max(sizes) <= 32 and len(sizes) <= 6
    assert told == sizes


def test_only_the_item_at_fault_gets_the_error():
    def run(items):
        return [1 / item for item in items]

    answers = ask_all([1, 2, 0, 4], run)
    assert [answers[number] for number in (0, 1, 3)] == [1, 0.5, 0.25]
    assert isinstance(answers[2], ZeroDivisionError)


def test_too_few_answers_are_an_error_and_no_mixture():
    assert all(isinstance(one, RuntimeError) for one in ask_all([1, 2], lambda items: []))


def test_a_lone_request_waits_no_longer_than_the_deadline():
    start = time.perf_counter()
    assert ask_all(["a"], lambda items: items, deadline=0.01) == ["a"]
    assert time.perf_counter() - start < 5  # a hang, not a crowded machine


def test_requests_that_come_while_the_net_works_go_together():
    sizes = []

    def run(items):
        sizes.append(len(items))
        time.sleep(0.2)
        return items

    async def asking():
        async with Batcher(run, deadline=0) as ask:
            first = asyncio.create_task(ask(0))
            await asyncio.sleep(0.05)
            await asyncio.gather(first, *(ask(number) for number in range(1, 9)))

    asyncio.run(asking())
    assert sizes == [1, 8]


def test_who_has_gone_is_not_computed():
    seen = []

    async def asking():
        async with Batcher(lambda items: seen.extend(items) or items, deadline=0.1) as ask:
            gone, kept = asyncio.create_task(ask("gone")), asyncio.create_task(ask("kept"))
            await asyncio.sleep(0.01)
            gone.cancel()
            return await kept

    assert asyncio.run(asking()) == "kept" and seen == ["kept"]


@pytest.mark.parametrize(
    ("waiting", "waited", "go"),
    [(1, 0, False), (31, 0.0019, False), (32, 0, True), (1, 0.002, True), (40, 0, True)],
)
def test_the_flush_rule(waiting, waited, go):
    assert full_or_late(waiting, waited) is go
