"""Dynamic batching in sight: requests wait in a queue until there are enough of them, or until the first waited enough.

A net answers 32 inputs in little more time than one. Requests come one by one, so somebody has to collect them: a
queue, a rule that says when to stop waiting, and a thread that runs the net. On a CPU this pays against the cost of
each call; the arithmetic itself is hardly any cheaper.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

MOST = 32
DEADLINE = 0.002  # seconds: what a lone request waits for company


def full_or_late(waiting: int, waited: float, most: int = MOST, deadline: float = DEADLINE) -> bool:
    """The flush rule: True if a batch of `waiting` items, the first of which came `waited` seconds ago, has to go."""
    return waiting >= most or waited >= deadline


@dataclass
class _Waiting:
    item: Any
    came: float = field(default_factory=time.monotonic)
    answer: asyncio.Future = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class Batcher:
    """Collects single items into batches for a function that takes a list and gives a list.

    async with Batcher(run) as ask:
        answer = await ask(item)

    Args:
        run: a list of items to a list of answers in the same order. It is called in one thread of its own.
        most: the largest batch.
        deadline: seconds that the first item of a batch waits for others.
        rule: when to stop waiting; takes waiting, waited, most, deadline as `full_or_late` does.
        on_batch: is told the size of each batch.

    If `run` raises, each item of that batch is run alone, so that only the one at fault gets the error.
    """

    def __init__(
        self,
        run: Callable[[list], Sequence],
        most: int = MOST,
        deadline: float = DEADLINE,
        rule: Callable[[int, float, int, float], bool] = full_or_late,
        on_batch: Callable[[int], None] = lambda size: None,
    ) -> None:
        self.run, self.most, self.deadline, self.rule, self.on_batch = run, most, deadline, rule, on_batch
        self.queue: asyncio.Queue[_Waiting] = asyncio.Queue()
        self.thread = ThreadPoolExecutor(1, thread_name_prefix="batches")
        self.worker: asyncio.Task | None = None

    async def __aenter__(self) -> Batcher:
        self.worker = asyncio.create_task(self._work())
        return self

    async def __aexit__(self, *_: object) -> None:
        if self.worker is not None:
            self.worker.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self.worker
        while not self.queue.empty():
            self.queue.get_nowait().answer.cancel()
        self.thread.shutdown(wait=False, cancel_futures=True)

    async def __call__(self, item: Any) -> Any:
        """The answer for one item; raises what `run` raised for it."""
        waiting = _Waiting(item)
        self.queue.put_nowait(waiting)
        return await waiting.answer

    async def _work(self) -> None:
        while True:
            batch = await self._collect()
            batch = [one for one in batch if not one.answer.done()]  # a caller may have gone
            if batch:
                self.on_batch(len(batch))
                await self._answer(batch)

    async def _collect(self) -> list[_Waiting]:
        batch = [await self.queue.get()]
        while not self.rule(len(batch), time.monotonic() - batch[0].came, self.most, self.deadline):
            if self.queue.empty():
                left = self.deadline - (time.monotonic() - batch[0].came)
                try:
                    batch.append(await asyncio.wait_for(self.queue.get(), max(left, 0)))
                except TimeoutError:
                    continue
            else:
                batch.append(self.queue.get_nowait())
        while len(batch) < self.most and not self.queue.empty():  # who came late through no fault of his own
            batch.append(self.queue.get_nowait())
        return batch

    async def _answer(self, batch: list[_Waiting]) -> None:
        loop = asyncio.get_running_loop()
        try:
            answers = await loop.run_in_executor(self.thread, self.run, [one.item for one in batch])
            if len(answers) != len(batch):
                raise RuntimeError(f"{len(batch)} items were asked for, and {len(answers)} answers came")
        except Exception as error:  # noqa: BLE001 - whatever it is belongs to a caller, not to this loop
            if len(batch) == 1:
                if not batch[0].answer.done():
                    batch[0].answer.set_exception(error)
                return
            for one in batch:
                await self._answer([one])
            return
        for one, answer in zip(batch, answers, strict=True):
            if not one.answer.done():
                one.answer.set_result(answer)
