"""Mutated messages cause no crash and no hang, and each that expects an answer gets one.

`python tests/mutations.py` sends hundreds of thousands of them.
"""

import importlib.util
import sys
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(scope="module")
def mutations() -> Any:
    spec = importlib.util.spec_from_file_location("mutations", Path(__file__).parents[1] / "mutations.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["mutations"] = module
    spec.loader.exec_module(module)
    return module


def test_mutated_messages_over_stdio_are_answered(mutations: Any) -> None:
    """Every answer belongs to a request, and stdout has nothing else."""
    seen = mutations.over_stdio(1000, seed=20)
    assert {"result", "-32700", "-32600"} < seen.keys()


def test_mutated_messages_over_http_are_answered(mutations: Any, plain: Any) -> None:
    """Every request is answered in every protocol version, whatever the client accepts."""
    seen = mutations.over_http(400, seed=21, port=plain.port)
    assert {"200 application/json", "200 text/event-stream", "400 application/json"} < seen.keys()
