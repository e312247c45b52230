"""Whether this container is healthy: exit code 0 or 1. The image runs it (Dockerfile, HEALTHCHECK).

A server over HTTP must answer `/healthz`. A server over stdio cannot be asked, but the container ends when it does, so
it counts as healthy. The command line of process 1 shows which of the two is running.
"""

import ssl
import sys
import urllib.request
from http.client import HTTPException
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlsplit

DEFAULT_HOST, DEFAULT_PORT = "127.0.0.1", 8000
"""Where `serve --http` listens by default."""

EVERY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  # each with an address that reaches it

TO_OURSELVES = ssl.create_default_context()
TO_OURSELVES.check_hostname = False  # the certificate names the host that clients know, not the loopback address
TO_OURSELVES.verify_mode = ssl.CERT_NONE


def http_address(command_line: list[str]) -> str | None:
    """The HOST:PORT after `--http`, as reached from this machine; None if HTTP is not served."""
    for word, following in pairwise([*command_line, ""]):
        flag, _, value = word.partition("=")
        if flag == "--http":
            return reached_by(value or ("" if following.startswith("-") else following))
    return None


def reached_by(address: str) -> str:
    """HOST:PORT of an address in any form that `serve --http` accepts: HOST:PORT, HOST, :PORT, PORT, or nothing."""
    if address.isdigit():
        address = f":{address}"
    bare_ipv6 = address.count(":") > 1 and not address.startswith("[")
    url = urlsplit(f"//[{address}]" if bare_ipv6 else f"//{address}")
    host = EVERY_ADDRESS.get(url.hostname or "", url.hostname or DEFAULT_HOST)
    return f"[{host}]:{url.port or DEFAULT_PORT}" if ":" in host else f"{host}:{url.port or DEFAULT_PORT}"


def answers(url: str) -> bool:
    """Whether `url` answers with status 200."""
    opener = urllib.request.build_opener(
        urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=TO_OURSELVES)
    )
    try:
        with opener.open(url, timeout=3) as response:
            return bool(response.status == 200)
    except (OSError, HTTPException):  # urllib's errors are OSErrors; a TLS server's reply to plain HTTP is not HTTP
        return False


def main(process: str = "/proc/1/cmdline") -> int:
    """Print the result, for `docker inspect`, and return the exit code."""
    command_line = Path(process).read_text(encoding="utf-8", errors="replace").split("\0")
    address = http_address(command_line)
    if address is None:
        print("HTTP is not served.")  # noqa: T201  # a person reads it
        return 0
    well = any(answers(f"{scheme}://{address}/healthz") for scheme in ("http", "https"))
    print(f"{address}/healthz {'is well' if well else 'does not answer 200'}.")  # noqa: T201  # a person reads it
    return 0 if well else 1


if __name__ == "__main__":
    raise SystemExit(main(*sys.argv[1:]))
