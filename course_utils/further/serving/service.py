"""The service: exported nets behind HTTP, with limits, a description of itself, and figures for its monitoring.

`make_app(folder)` gives an ASGI application for uvicorn; `course serve` starts it. Every refusal is JSON with one
sentence, `{"problem": "..."}`. Tracebacks and paths stay in the log of the house.
"""

from __future__ import annotations

import asyncio
import contextlib
import html
import logging
import os
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio
import numpy as np
import prometheus_client as prometheus
from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from course_utils import __version__
from course_utils.further.serving.batching import DEADLINE, MOST, Batcher
from course_utils.further.serving.handlers import Handler, handlers_in
from course_utils.further.serving.refusals import Refused

log = logging.getLogger(__name__)

REPLICA = "COURSE_REPLICA"  # the name of this copy, sent as a header
DRAINED = 64_000_000  # bytes of a too large body that are still taken in, so that the client hears the answer
SENTENCES = {
    404: "There is nothing here. Look at /openapi.json, or at / in a browser.",
    405: "This path wants another method. Look at /openapi.json, or at / in a browser.",
}


@dataclass(frozen=True)
class Limits:
    """What the service takes on.

    Args:
        at_once: requests in work or waiting; the next one is told to come again.
        body_seconds: for a body to arrive.
        answer_seconds: for preparing, waiting and computing.
        readers: threads that decode pictures and read texts.
    """

    at_once: int = 256
    body_seconds: float = 10.0
    answer_seconds: float = 10.0
    readers: int = 2


class Problem(BaseModel):
    """Why there is no answer, in one sentence."""

    problem: str


class Health(BaseModel):
    """Whether requests are answered, and the paths of the nets."""

    status: str
    nets: list[str]


class Meters:
    """The figures of one service, in the text format of Prometheus."""

    def __init__(self) -> None:
        self.registry = registry = prometheus.CollectorRegistry()
        self.requests = prometheus.Counter(
            "course_requests", "Requests by path and status.", ("path", "status"), registry=registry
        )
        self.seconds = prometheus.Histogram(
            "course_request_seconds", "Seconds from the first byte to the answer.", ("path",), registry=registry,
            buckets=(0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10),
        )  # fmt: skip
        self.batches = prometheus.Histogram(
            "course_batch_size", "Requests answered by one call of the net.", ("path",), registry=registry,
            buckets=(1, 2, 4, 8, 16, 32, 64),
        )  # fmt: skip
        self.confidence = prometheus.Histogram(
            "course_confidence", "Largest probability of the net's first output.", ("path",), registry=registry,
            buckets=tuple(round(0.1 * step, 1) for step in range(1, 11)),
        )  # fmt: skip
        self.answers = prometheus.Counter(
            "course_answers",
            "Answers by their label; of a text, the names in it; of a scene, the things in it.",
            ("path", "label"),
            registry=registry,
        )
        self.waiting = prometheus.Gauge("course_waiting", "Requests in work or waiting.", registry=registry)


def make_app(
    nets: Path | str | Sequence[Handler],
    limits: Limits | None = None,
    most: int = MOST,
    deadline: float = DEADLINE,
    threads: int = 1,
    queue: Callable = Batcher,
) -> FastAPI:
    """The application that serves all nets of a folder, or some handlers.

    Args:
        nets: a folder of exported nets, or handlers.
        limits: see Limits.
        most: the largest batch; 1 turns batching off.
        deadline: seconds that a request waits for company.
        threads: cores that one call of a net may use.
        queue: what collects requests into batches; called and used as Batcher is.

    Raises:
        ServingError: where there is no net, or one that can't be opened.
    """
    handlers = handlers_in(nets, threads) if isinstance(nets, str | Path) else list(nets)
    return _Service(handlers, limits or Limits(), most, deadline, queue).app


class _Service:
    def __init__(
        self, handlers: list[Handler], limits: Limits, most: int, deadline: float, queue: Callable
    ) -> None:
        self.queue = queue
        self.handlers, self.limits, self.meters = handlers, limits, Meters()
        self.readers = anyio.CapacityLimiter(limits.readers)
        self.in_work = 0
        self.batchers = {one.path: self.batcher(one, most, deadline) for one in handlers}
        self.app = FastAPI(
            title="Nets of the course",
            version=__version__,
            description="Each path asks one exported net. Problems come as one sentence.",
            lifespan=self.life,
            docs_url=None,  # their pages load scripts from elsewhere; the page at / is our own
            redoc_url=None,
            redirect_slashes=False,
        )
        for handler in handlers:
            self.add(handler)
        add = self.app.add_api_route
        add("/health", self.health, response_model=Health, summary="Is it ready?")
        add(
            "/metrics", self.metrics, summary="Figures for Prometheus", response_class=Response,
            responses={200: {"content": {"text/plain": {}}}},
        )  # fmt: skip
        add("/", self.page, include_in_schema=False)
        self.app.add_exception_handler(HTTPException, self.refuse_path)
        self.app.add_exception_handler(Exception, self.fail)

    @contextlib.asynccontextmanager
    async def life(self, _: FastAPI) -> AsyncIterator[None]:
        """Start the queues, and stop them at the end."""
        async with contextlib.AsyncExitStack() as stack:
            for batcher in self.batchers.values():
                await stack.enter_async_context(batcher)
            yield

    def batcher(self, handler: Handler, most: int, deadline: float) -> Any:
        def run(items: list[np.ndarray]) -> list[list[np.ndarray]]:
            answers: list[list[np.ndarray]] = [[] for _ in items]
            for numbers in alike(items):
                outputs = handler.net.predict(stacked([items[number] for number in numbers]))
                for row, number in enumerate(numbers):
                    answers[number] = [output[row] for output in outputs]
            return answers

        sizes = self.meters.batches.labels(handler.path)
        return self.queue(run, most, deadline, on_batch=sizes.observe)

    def add(self, handler: Handler) -> None:
        """One POST path, with its schemas in the interface's description."""

        async def endpoint(request: Request) -> Response:
            return await self.answer(handler, request)

        endpoint.__name__ = handler.path.strip("/")
        if handler.takes is None:
            kinds = {
                f"image/{kind}": {"schema": {"type": "string", "format": "binary"}}
                for kind in ("jpeg", "png", "webp")
            }
        else:
            kinds = {"application/json": {"schema": handler.takes.model_json_schema()}}
        refusals = {status: {"model": Problem} for status in (400, 408, 413, 415, 422, 503)}
        self.app.add_api_route(
            handler.path, endpoint, methods=["POST"], response_model=handler.gives, summary=handler.summary,
            responses=refusals, openapi_extra={"requestBody": {"required": True, "content": kinds}},
        )  # fmt: skip

    async def answer(self, handler: Handler, request: Request) -> Response:
        """The response to one request, counted and timed."""
        start = time.perf_counter()
        try:
            found = await self.asked(handler, request)
            status, content = 200, found.model_dump_json()
        except Refused as refusal:
            status, content = refusal.status, Problem(problem=refusal.sentence).model_dump_json()
        except TimeoutError:
            status, content = (
                503,
                Problem(problem="It took too long. Come again in a moment.").model_dump_json(),
            )
        except ClientDisconnect:
            status, content = 400, "{}"  # nobody reads it
        self.meters.requests.labels(handler.path, status).inc()
        self.meters.seconds.labels(handler.path).observe(time.perf_counter() - start)
        headers = {"Retry-After": "1"} if status == 503 else {}
        if name := os.environ.get(REPLICA):
            headers["Replica"] = name
        return Response(content, status, headers, media_type="application/json")

    async def asked(self, handler: Handler, request: Request) -> BaseModel:
        """The answer of the net. Raises Refused, or TimeoutError."""
        if self.in_work >= self.limits.at_once:
            raise Refused(503, f"{self.limits.at_once} requests are in work already. Come again in a moment.")
        self.in_work += 1
        self.meters.waiting.set(self.in_work)
        try:
            need_type(handler, request)
            body = await self.body_of(handler, request)
            async with asyncio.timeout(self.limits.answer_seconds):
                item, note = await self.aside(handler.prepare, body)
                ask = self.batchers[handler.path]
                if handler.many:
                    rows = await asyncio.gather(*map(ask, item))
                    response = await self.aside(handler.answer, rows, note)
                else:
                    rows = await ask(item)
                    response = handler.answer(rows, note)
            self.watch(handler, rows, response)
            return response
        finally:
            self.in_work -= 1
            self.meters.waiting.set(self.in_work)

    async def aside(self, work: Callable, *given: object) -> Any:
        """What `work` gives, in a thread, so that other requests go on meanwhile."""
        return await anyio.to_thread.run_sync(work, *given, limiter=self.readers, abandon_on_cancel=True)

    def watch(self, handler: Handler, rows: list, response: BaseModel) -> None:
        """Count answer and confidence: when they drift away from those of the test pictures, something has changed."""
        if handler.counted is not None:
            for label in handler.counted(response):
                self.meters.answers.labels(handler.path, label).inc()
            return
        row, labels = rows[0], next(iter(handler.net.contract.labels.values()))
        if row.ndim != 1 or len(row) != len(labels):
            return
        best = int(row.argmax())
        self.meters.confidence.labels(handler.path).observe(float(row[best]))
        self.meters.answers.labels(handler.path, labels[best]).inc()

    async def body_of(self, handler: Handler, request: Request) -> bytes:
        """The body, of which no more is kept than the handler takes."""
        parts, size = [], 0
        try:
            async with asyncio.timeout(self.limits.body_seconds):
                async for part in request.stream():
                    size += len(part)
                    if size <= handler.most_bytes:
                        parts.append(part)
                    elif size > DRAINED:
                        break
        except TimeoutError:
            raise Refused(
                408, f"The body did not arrive within {self.limits.body_seconds:.0f} seconds."
            ) from None
        if size > handler.most_bytes:
            most = handler.most_bytes / 1e6
            raise Refused(
                413, f"The body is larger than {most:g} MB, which is the most that {handler.path} takes."
            )
        if not size:
            what = "the bytes of a picture" if handler.takes is None else "JSON"
            raise Refused(400, f"The body is empty. Send {what}.")
        return b"".join(parts)

    async def health(self) -> Health:
        """Ready as soon as it answers: nets are opened before the first request is taken."""
        return Health(status="ready", nets=[one.path for one in self.handlers])

    async def metrics(self) -> Response:
        """All figures, in the text format of Prometheus."""
        return Response(
            prometheus.generate_latest(self.meters.registry), media_type=prometheus.CONTENT_TYPE_LATEST
        )

    async def page(self, request: Request) -> HTMLResponse:
        """What there is, for a person with a browser; nothing on it comes from elsewhere."""
        rows = []
        for path, methods in self.app.openapi()["paths"].items():
            for method, about in methods.items():
                rows.append(f"<li><code>{method.upper()} {path}</code> {html.escape(about['summary'])}</li>")
        home = html.escape(str(request.base_url).rstrip("/"))
        tries = [TRIES[one.path].format(home=home) for one in self.handlers if one.path in TRIES]
        return HTMLResponse(PAGE.format(rows="\n".join(rows), tries="\n".join(tries)))

    async def refuse_path(self, _: Request, error: HTTPException) -> Response:
        """Another path or method than there is."""
        sentence = SENTENCES.get(error.status_code, "This request can't be answered.")
        return JSONResponse({"problem": sentence}, error.status_code, headers=error.headers)

    async def fail(self, _: Request, error: Exception) -> Response:
        """A mistake of ours: the log has it, the client hears that it is not the client's."""
        log.error("a request failed", exc_info=error)
        return JSONResponse({"problem": "That is our mistake, and it was written down."}, 500)


def alike(items: list) -> list[list[int]]:
    """Numbers of the items that fit into one array: a detector's pictures have several shapes."""
    groups: dict[tuple, list[int]] = {}
    for number, item in enumerate(items):
        groups.setdefault(() if isinstance(item, dict) else item.shape, []).append(number)
    return list(groups.values())


def stacked(items: list) -> np.ndarray | dict[str, np.ndarray]:
    """Inputs as one batch; those of a net with several inputs are dicts."""
    if isinstance(items[0], dict):
        return {name: np.stack([item[name] for item in items]) for name in items[0]}
    return np.stack(items)


def need_type(handler: Handler, request: Request) -> None:
    """Raise Refused for a body of another type than the handler takes; a picture may come without one."""
    given = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if handler.takes is None:
        if given and not given.startswith("image/") and given != "application/octet-stream":
            raise Refused(
                415, "Send the picture's bytes as they are, with Content-Type: image/jpeg (or png, webp)."
            )
    elif given != "application/json":
        raise Refused(415, "Send JSON, with Content-Type: application/json.")


PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Nets of the course</title>
<style>body {{font: 1rem/1.5 system-ui, sans-serif; max-width: 44rem; margin: 2rem auto; padding: 0 1rem}}
pre {{overflow-x: auto; background: #f2f2f2; color: #111; padding: 0.5rem}}</style></head>
<body><h1>Nets of the course</h1>
<ul>
{rows}
</ul>
<p>The whole description is in <a href="openapi.json">openapi.json</a>. Try it in a terminal:</p>
<pre>{tries}</pre>
</body></html>
"""
TRIES = {  # what to type, for the nets that are there
    "/fruit": 'curl --data-binary @picture.jpg -H "Content-Type: image/jpeg" {home}/fruit',
    "/review": """curl -H "Content-Type: application/json" -d '{{"text": "The jam is very good!"}}' {home}/review""",
    "/tags": """curl -H "Content-Type: application/json" -d '{{"text": "Ann comes to Berlin tomorrow."}}' {home}/tags""",
    "/detect": 'curl --data-binary @picture.jpg -H "Content-Type: image/jpeg" {home}/detect',
}
