"""The same service on Ray Serve, for a load that one machine can't carry: copies on many machines, more under load.

Ray starts the copies, hands requests to them and collects these into batches; what a path answers is the same
`make_app` as everywhere. Needs the extra `ray` on Linux or macOS: python -m pip install "course-utils[serve,ray]".

    python -m course_utils.further.serving.ray_serve NETS --replicas 2     # on this machine
    serve deploy deploy/ray.yaml                                           # on a cluster that runs already

Ray reports its use unless RAY_USAGE_STATS_ENABLED is 0, which is set here before it is imported.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from course_utils.further.serving.batching import DEADLINE, MOST
from course_utils.further.serving.contract import ServingError
from course_utils.further.serving.running import LOOPBACK

if TYPE_CHECKING:
    from types import ModuleType

    from ray.serve import Application

USAGE = "RAY_USAGE_STATS_ENABLED"
INSTALL = 'Type: python -m pip install "course-utils[serve,ray]"'
FEWEST, MORE = 1, 4  # replicas, by the load
AT_ONCE = 16  # requests in work that a replica shall have; with more of them, another one is started


def ray_serve() -> ModuleType:
    """The module ray.serve, its reports turned off. Raises ServingError if it isn't installed."""
    os.environ[USAGE] = "0"
    try:
        from ray import serve
    except ImportError:
        raise ServingError(f"Ray Serve isn't installed. {INSTALL}") from None
    return serve


class RayBatcher:
    """Ray's queue in the place of the course's Batcher: the same arguments, the same call."""

    def __init__(
        self,
        run: Callable[[list], Sequence],
        most: int = MOST,
        deadline: float = DEADLINE,
        on_batch: Callable[[int], None] = lambda size: None,
    ) -> None:
        @ray_serve().batch(max_batch_size=most, batch_wait_timeout_s=deadline)
        async def answered(items: list) -> list:
            on_batch(len(items))
            return list(await asyncio.to_thread(run, items))

        self.answered = answered

    async def __aenter__(self) -> RayBatcher:
        return self

    async def __aexit__(self, *_: object) -> None:
        """Ray's queue ends with its replica."""

    async def __call__(self, item: Any) -> Any:
        """The answer for one item; raises what `run` raised."""
        return await self.answered(item)


def application(arguments: dict) -> Application:
    """What `serve run` and `serve deploy` build, from `nets`, `batch`, `replicas`, `most`.

    nets: folder of exported nets, at the same place on each machine. batch: the largest batch. replicas: as many copies;
    without it, 1 to `most` of them (default 4) by the load. Raises ServingError for a missing folder or other arguments.
    """
    serve = ray_serve()
    given = {"nets": None, "batch": MOST, "replicas": None, "most": MORE} | arguments
    if set(given) != {"nets", "batch", "replicas", "most"} or not given["nets"]:
        raise ServingError(f"The arguments are nets, batch, replicas and most; got {', '.join(arguments)}")
    folder, batch = Path(given["nets"]).expanduser().resolve(), int(given["batch"])

    def build() -> object:
        """The application of one replica, made where it runs."""
        from ray import serve as here

        from course_utils.further.serving.ray_serve import RayBatcher as Queue
        from course_utils.further.serving.service import REPLICA, make_app

        os.environ[REPLICA] = here.get_replica_context().replica_id.unique_id
        return make_app(folder, most=batch, queue=Queue)

    copies = (
        {"num_replicas": int(given["replicas"])}
        if given["replicas"]
        else {
            "autoscaling_config": {
                "min_replicas": FEWEST,
                "max_replicas": int(given["most"]),
                "target_ongoing_requests": AT_ONCE,
            }
        }
    )
    deployment = serve.deployment(serve.ingress(build)()).options(
        name="Nets", max_ongoing_requests=4 * AT_ONCE, ray_actor_options={"num_cpus": 1}, **copies
    )
    return deployment.bind()


def run(
    nets: Path | str,
    host: str = LOOPBACK,
    port: int = 8000,
    batch: int = MOST,
    replicas: int | None = None,
    cores: int | None = None,
) -> None:
    """Start Ray on this machine, serve a folder's nets until a signal to end, and stop Ray again.

    cores: that Ray counts with; a replica takes one. By default those of the machine.
    Raises ServingError if Ray isn't installed.
    """
    serve = ray_serve()
    import ray

    ray.init(num_cpus=cores, include_dashboard=False, log_to_driver=False, _node_ip_address=LOOPBACK)
    try:
        serve.start(http_options={"host": host, "port": port})
        serve.run(application({"nets": str(nets), "batch": batch, "replicas": replicas}), route_prefix="/")
        ended = threading.Event()
        for one in (signal.SIGTERM, signal.SIGINT):
            signal.signal(one, lambda *_: ended.set())
        ended.wait()
    finally:
        serve.shutdown()
        ray.shutdown()


def main(words: list[str] | None = None) -> None:
    """Serve a folder of exported nets on Ray until a signal to end."""
    parser = argparse.ArgumentParser(
        prog="python -m course_utils.further.serving.ray_serve", description=main.__doc__
    )
    parser.add_argument("nets", help="folder of exported nets")
    parser.add_argument(
        "--host", default=LOOPBACK, help="address to listen on; the default is this machine alone"
    )
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--batch", type=int, default=MOST, help="largest batch; 1 turns batching off")
    parser.add_argument("--replicas", type=int, default=None, help="copies; default: 1 to 4 by the load")
    parser.add_argument("--cores", type=int, default=None, help="that Ray counts with; default: all")
    asked = parser.parse_args(words)
    try:
        run(asked.nets, asked.host, asked.port, asked.batch, asked.replicas, asked.cores)
    except ServingError as problem:
        sys.exit(str(problem))


if __name__ == "__main__":
    main()
