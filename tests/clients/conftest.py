"""Where the frameworks and programs are installed."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

Client = Callable[[str], Path]


@pytest.fixture(scope="session")
def client() -> Client:
    """The path of a file among the clients that .ci/clients installed; skips the test if it is missing."""

    def find(path: str) -> Path:
        folder = os.environ.get("CLIENTS")
        if folder is None:
            pytest.skip("this test needs clients of other makers: .ci/clients DIR installs and tries them")
        found = Path(folder) / path
        if not found.exists():
            reason = f"{path} is not among the clients that .ci/clients installed"
            if os.environ.get("CI") == "true":
                pytest.fail(f"{reason}; CI must run this test")
            pytest.skip(reason)
        return found

    return find
