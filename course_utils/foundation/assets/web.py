"""One request over http, by `requests`: streamed, and past the proxy where no proxy leads."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from course_utils.foundation import addresses

if TYPE_CHECKING:
    import requests

DIRECT = {"http": None, "https": None, "all": None}


def ask(
    url: str, *, method: str = "GET", timeout: float | tuple[float, float], **options
) -> requests.Response:
    """The server's answer to one request, its body not read yet; use it as a context manager.

    A proxy from the environment is not asked for addresses of the local network: it stands outside and does not reach
    the instructor's laptop. Raises what `requests` raises.
    """
    import requests

    proxies = DIRECT if addresses.is_nearby(urlsplit(url).hostname or "") else None
    return requests.request(
        method, url, timeout=timeout, stream=True, allow_redirects=True, proxies=proxies, **options
    )
