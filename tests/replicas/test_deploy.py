"""The files in deploy/ only use what exists."""

import re
from pathlib import Path

import pytest

from telnyx_connections_mcp.cli.serve import OPTIONS
from telnyx_connections_mcp.config.settings_table import VARIABLES

DEPLOY = Path(__file__).parents[2] / "deploy"


@pytest.mark.parametrize("name", ["compose.yaml", "local.sh", "haproxy.cfg"])
def test_every_variable_and_option_exists(name: str) -> None:
    """Every variable and option in them is one of the server's."""
    text = (DEPLOY / name).read_text()
    assert set(re.findall(r"TELNYX_[A-Z_]+", text)) <= VARIABLES.keys()
    for command in re.findall(r'"serve", (".*?")\]', text):
        assert {word for word in re.findall(r'"([^"]+)"', command) if word.startswith("--")} <= OPTIONS.keys()


def test_the_image_has_what_the_deployment_uses() -> None:
    """The image has the extra that replicas need, because nothing can be installed in it later."""
    assert "[otel,redis]" in (DEPLOY.parent / "Dockerfile").read_text()
