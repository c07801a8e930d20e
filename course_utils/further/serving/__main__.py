"""`python -m course_utils.further.serving NETS`: the service alone, as replicas and containers run it, without the `course` command."""

from __future__ import annotations

import argparse
import sys

from course_utils.further.serving import ServingError
from course_utils.further.serving.running import LOOPBACK, run


def main(words: list[str] | None = None) -> None:
    """Serve a folder of exported nets until a signal to end."""
    parser = argparse.ArgumentParser(prog="python -m course_utils.further.serving", description=main.__doc__)
    parser.add_argument("nets", help="folder of exported nets")
    parser.add_argument(
        "--host", default=LOOPBACK, help="address to listen on; the default is this machine alone"
    )
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--batch", type=int, default=None, help="largest batch; 1 turns batching off")
    asked = parser.parse_args(words)
    try:
        run(asked.nets, asked.host, asked.port, asked.batch)
    except ServingError as problem:
        sys.exit(str(problem))


if __name__ == "__main__":
    main()
