"""Logging: on standard error, because standard output is the protocol's."""

import logging
import sys

from telnyx_connections_mcp.settings import Settings


def log_to_stderr(settings: Settings) -> None:
    """Set up the process's logging as the settings say, and log what is wrong with them."""
    logging.basicConfig(
        level=settings.log_level, stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    logging.getLogger("httpx").setLevel(logging.WARNING)  # it would log every URL with its query
    logging.getLogger("httpcore").setLevel(logging.WARNING)
    logging.getLogger("stamina").setLevel(logging.ERROR)  # its lines tell no more than that something is tried again
    if settings.problem is not None:
        logging.getLogger(__name__).error("%s", settings.problem)
