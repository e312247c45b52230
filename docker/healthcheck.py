"""Whether this container is healthy: exit code 0 or 1. The image runs it (Dockerfile, HEALTHCHECK).

Where the server serves HTTP, it must answer `/healthz`. Where it speaks over standard input and output nothing can be
asked, and the container ends with it: that is healthy. Which of the two it is, the command line of process 1 tells.
"""

import ssl
import sys
import urllib.request
from http.client import HTTPException
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlsplit

DEFAULT_HOST, DEFAULT_PORT = "127.0.0.1", 8000
"""Where `serve --http` listens when it is told nothing else."""

EVERY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  # each with one that it is reached by

TO_OURSELVES = ssl.create_default_context()
TO_OURSELVES.check_hostname = False  # the certificate names the host that clients know, not the loopback address
TO_OURSELVES.verify_mode = ssl.CERT_NONE


def http_address(command_line: list[str]) -> str | None:
    """The HOST:PORT behind `--http`, as this machine reaches it; None where HTTP is not served."""
    for word, following in pairwise([*command_line, ""]):
        flag, _, value = word.partition("=")
        if flag == "--http":
            return reached_by(value or ("" if following.startswith("-") else following))
    return None


def reached_by(address: str) -> str:
    """HOST:PORT of an address as `serve --http` takes it: HOST:PORT, HOST, :PORT, PORT, or nothing."""
    if address.isdigit():
        address = f":{address}"
    bare_ipv6 = address.count(":") > 1 and not address.startswith("[")
    url = urlsplit(f"//[{address}]" if bare_ipv6 else f"//{address}")
    host = EVERY_ADDRESS.get(url.hostname or "", url.hostname or DEFAULT_HOST)
    return f"[{host}]:{url.port or DEFAULT_PORT}" if ":" in host else f"{host}:{url.port or DEFAULT_PORT}"


def answers(url: str) -> bool:
    """Whether `url` answers with a success."""
    opener = urllib.request.build_opener(
        urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=TO_OURSELVES)
    )
    try:
        with opener.open(url, timeout=3) as response:
            return bool(response.status == 200)
    except (OSError, HTTPException):  # urllib's errors are OSErrors; what TLS says to plain HTTP is no HTTP
        return False


def main(process: str = "/proc/1/cmdline") -> int:
    """Say what was found, for `docker inspect`; the exit code."""
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
