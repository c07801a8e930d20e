"""What stands between this machine and data: a proxy, certificates, a clock that is wrong."""

from __future__ import annotations

import contextlib
import datetime
import importlib.util
import os
import re
import ssl
import sys
import time
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

from course_utils.foundation import addresses, config
from course_utils.workshop.doctor.finding import Finding

CERTIFICATE_FILES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
DAY = 24 * 3600.0
# Certificates are renewed every year or so: a clock that far ahead takes all of them for expired.
YEARS_AHEAD = 3


def look_at_proxy() -> list[Finding]:
    """Would a proxy be asked for the instructor's mirror, or for JupyterLab on this very machine?

    Fetching goes past it to a mirror in the local network; one that is called by a public name is asked through it.
    """
    proxies = urllib.request.getproxies()
    proxies = {kind: where for kind, where in proxies.items() if kind in ("http", "https", "all")}
    if not proxies:
        return [Finding("proxy", "ok", "none")]
    named = ", ".join(f"{kind} {addresses.shown_proxy(where)}" for kind, where in sorted(proxies.items()))
    hosts = ["127.0.0.1"]
    with contextlib.suppress(config.ConfigurationError):  # which look_at_settings names
        host = urlsplit(config.mirror() or "").hostname or ""
        if host and not addresses.is_nearby(host):
            hosts.append(host)
    asked = [host for host in hosts if not urllib.request.proxy_bypass(host)]
    if asked:
        text = f"{named}; it would be asked for {' and '.join(asked)}, which it cannot reach"
        verb = "set" if sys.platform == "win32" else "export"
        remedy = f"{verb} NO_PROXY={','.join(['localhost', *hosts])}"
        return [Finding("proxy", "note", text, remedy)]
    return [Finding("proxy", "ok", f"{named}; not for {' and '.join(hosts)}")]


def look_at_certificates() -> list[Finding]:
    """Are the certificates there with which https addresses are checked?"""
    findings = []
    for name in CERTIFICATE_FILES:
        value = os.environ.get(name)
        # REQUESTS_CA_BUNDLE may name a folder too.
        if value and not Path(value).exists():
            text = f"{name} names {value}, which is not there: every https address fails"
            findings.append(Finding("certificates", "note", text, f"unset {name}"))
        elif value and Path(value).is_file() and (problem := _unreadable(Path(value))):
            text = f"{name} names {value}, which holds no certificate ({problem})"
            findings.append(Finding("certificates", "note", text, f"unset {name}"))
    folder = os.environ.get("SSL_CERT_DIR")
    if folder and not any(Path(part).is_dir() for part in folder.split(os.pathsep)):
        text = f"SSL_CERT_DIR names {folder}, which is not a folder"
        findings.append(Finding("certificates", "note", text, "unset SSL_CERT_DIR"))
    bundle = certifi_bundle()
    if bundle is None or not bundle.is_file():
        text = (
            f"certifi's list of certificates is missing{f' ({bundle})' if bundle else ''}: data fetch fails"
        )
        findings.append(Finding("certificates", "note", text, "make lab"))
    return findings or [Finding("certificates", "ok", f"certifi's, {bundle}")]


def look_at_clock() -> list[Finding]:
    """Does the clock agree with what the course's files say of their days?

    A wrong clock makes every certificate look expired or not yet valid. The newest day that was written into a
    file of the course is a floor that needs no network.
    """
    now = time.time()
    today = datetime.datetime.fromtimestamp(now)
    newest = newest_day(config.repository_root())
    remedy = "set date and time (the system's settings: automatically), then try again"
    if newest and today.date() < newest - datetime.timedelta(days=1):
        text = (
            f"says {today:%Y-%m-%d}, but the course holds a file of {newest}: certificates seem not yet valid"
        )
        return [Finding("clock", "note", text, remedy)]
    if newest and today.date() > newest + datetime.timedelta(days=365 * YEARS_AHEAD):
        text = f"says {today:%Y-%m-%d}, {YEARS_AHEAD} years and more after the newest file of the course ({newest})"
        return [Finding("clock", "note", text, f"{remedy}; if it is right, look for a newer course")]
    ahead = [path.name for path in _dated_files(config.repository_root()) if path.stat().st_mtime > now + DAY]
    if ahead:
        text = f"says {today:%Y-%m-%d %H:%M}, but {ahead[0]} was written later: the clock has gone back since"
        return [Finding("clock", "note", text, remedy)]
    return [Finding("clock", "ok", f"{today:%Y-%m-%d %H:%M}")]


def newest_day(root: Path) -> datetime.date | None:
    """The newest day written in a recorded table of the course, or None where there is none."""
    days = []
    for path in (root / "benchmarks").glob("*/*.json"):
        text = path.read_text(encoding="utf-8")
        days += re.findall(r'"(?:recorded|date)": "(\d{4}-\d{2}-\d{2})"', text)
    return datetime.date.fromisoformat(max(days)) if days else None


def certifi_bundle() -> Path | None:
    """The file of certificates that comes with certifi, which downloads are checked with; None without certifi."""
    if importlib.util.find_spec("certifi") is None:
        return None
    import certifi

    return Path(certifi.where())


def _dated_files(root: Path) -> list[Path]:
    return [path for path in (root / "course.toml", *(root / "requirements").glob("*.txt")) if path.exists()]


def _unreadable(bundle: Path) -> str:
    """Why no certificate can be read from a file, or an empty string."""
    try:
        ssl.create_default_context(cafile=str(bundle))
    except (ssl.SSLError, OSError) as problem:
        return getattr(problem, "reason", "") or str(problem)
    return ""
