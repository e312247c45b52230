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

DEFAULT_ADDRESS = "127.0.0.1:8000"
"""Where `serve --http` listens when it is given no address."""

EVERY_ADDRESS = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "[::]": "[::1]"}  # noqa: S104  # what it is reached by

TO_OURSELVES = ssl.create_default_context()
TO_OURSELVES.check_hostname = False  # the certificate names the host that clients know, not the loopback address
TO_OURSELVES.verify_mode = ssl.CERT_NONE


def http_address(command_line: list[str]) -> str | None:
    """The HOST:PORT behind `--http`, as this machine reaches it; None where HTTP is not served."""
    for word, following in pairwise([*command_line, ""]):
        flag, _, value = word.partition("=")
        if flag == "--http":
            address = value or (following if not following.startswith("-") else "") or DEFAULT_ADDRESS
            host, _, port = address.rpartition(":")
            return f"{EVERY_ADDRESS.get(host, host)}:{port}"
    return None


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


def healthy(command_line: list[str]) -> bool:
    """Whether the server with this command line is healthy."""
    address = http_address(command_line)
    return address is None or any(answers(f"{scheme}://{address}/healthz") for scheme in ("http", "https"))


if __name__ == "__main__":
    process = sys.argv[1] if len(sys.argv) > 1 else "/proc/1/cmdline"
    raise SystemExit(not healthy(Path(process).read_text(encoding="utf-8", errors="replace").split("\0")))
