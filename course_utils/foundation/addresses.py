"""Addresses as people read them, and the two questions that are asked of one: is it an address, is it nearby?

The only place that writes addresses into messages, reports and logs. A mirror's or a proxy's address may hold a name
and a password, or a token after its question mark; what is printed is pasted into questions and committed in notebooks.
"""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import quote, urlsplit

HIDDEN = "…"
# What a reader may know of a query. Any other value may be a token: each service has a name of its own for it.
HARMLESS = frozenset({"download", "dl", "ref", "raw", "version", "format"})
SCHEME = r"[A-Za-z][A-Za-z0-9+.-]{1,20}:/+"  # also with a slash too few
# Up to the last @ in it: a password may hold an @, a slash, a question mark or a quote. Rather too much than too little.
USER = re.compile(rf"(?P<scheme>{SCHEME})[^\s<>]*@")
HOST = re.compile(rf"(?P<scheme>{SCHEME})(?P<host>[^\s/?#\[\"'<>]*:[^\s/?#\"'<>]*)")
WITH_PORT = re.compile(r"[^:]*:\d{0,5}([^\w].*)?$")
QUERY = re.compile(rf"(?P<before>{SCHEME}[^\s?\"'<>]*|[Uu][Rr][Ll]: *[^\s?\"'<>]*)\?(?P<query>[^\s#\"'<>)]*)")
FRAGMENT = re.compile(rf"(?P<before>{SCHEME}[^\s#\"'<>]*)#[^\s\"'<>)]+")


def shown(text: object) -> str:
    """A text, or an address, in which no address tells a name, a password or a token: `http://…@host/path?key=…`."""
    text = USER.sub(rf"\g<scheme>{HIDDEN}@", str(text))
    # `http://name:password` whose host was forgotten: what stands after the colon is not a port.
    text = HOST.sub(
        lambda found: found[0] if WITH_PORT.match(found["host"]) else f"{found['scheme']}{HIDDEN}", text
    )
    text = FRAGMENT.sub(rf"\g<before>#{HIDDEN}", text)
    return QUERY.sub(lambda found: f"{found['before']}?{_shown_query(found['query'])}", text)


def shown_proxy(address: str) -> str:
    """A proxy's address for a report; unlike a web address it may come without its `http://`."""
    if "://" in address:
        return shown(address)
    return shown(f"http://{address}").removeprefix("http://")


def problem_with(address: str) -> str:
    """Why a text is not an http address, as the end of a sentence; empty when it is one."""
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname, parts.port  # the port is read, and refused, only when it is asked for
    except ValueError as error:
        return (
            "not an address: its port is not a number"
            if "ort " in str(error)
            else f"not an address ({error})"
        )
    if parts.scheme not in ("http", "https"):
        return "not an http address"
    if not host:
        return "not an address: its host is missing"
    if re.search(r"[\s\x00-\x1f]", address):
        return "not an address: there is a space in it"
    if ":" not in host and not re.fullmatch(r"(?!-)[\w.-]{1,253}", host):
        return f"not an address: {host!r} is not the name of a host"
    return ""


def beneath(address: str, name: str) -> str:
    """The address of a file beneath another address, whose query (a token, say) stays at the end."""
    path, mark, query = address.partition("?")
    return f"{path.rstrip('/')}/{quote(name)}{mark}{query}"


def host_of(address: str) -> str:
    """Host and port of an address, without the name and the password that may stand before them."""
    return urlsplit(address).netloc.rpartition("@")[2]


def is_nearby(host: str) -> bool:
    """True for this machine and its local network, to which no proxy leads: private addresses, localhost, *.local."""
    host = host.strip("[]").rstrip(".").lower()
    if host == "localhost" or host.endswith((".localhost", ".local")):
        return True
    try:
        number = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return number.is_private or number.is_loopback or number.is_link_local


def _shown_query(query: str) -> str:
    def part(text: str) -> str:
        name, mark, value = text.partition("=")
        harmless = name.lower() in HARMLESS and re.fullmatch(r"[\w.-]{0,16}", value)
        return text if harmless else f"{name if mark else ''}{mark}{HIDDEN if text else ''}"

    return "&".join(map(part, query.split("&")))
