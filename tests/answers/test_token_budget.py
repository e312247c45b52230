"""The estimate of tokens, compared with a real tokenizer."""

import json

import bpe_openai
import pytest
from hypothesis import given
from hypothesis import strategies as st

from telnyx_connections_mcp.answers.token_budget import compact_json, cost, estimate_tokens, fit_to_budget
from telnyx_connections_mcp.inventory.kinds.connections import CONNECTIONS
from telnyx_connections_mcp.inventory.record import record
from telnyx_connections_mcp.inventory.views import Detail, show
from telnyx_connections_mcp.redaction.cleaner import Cleaner
from telnyx_connections_mcp.sandbox.fleet import create_fleet

O200K = bpe_openai.get_encoding("o200k_base")


@pytest.mark.parametrize("detail", ["summary", "full"])
@pytest.mark.parametrize("seed", [0, 3, 7])
def test_the_estimate_of_an_answer_is_slightly_high(detail: Detail, seed: int) -> None:
    """The estimate of an answer is between the real number and a quarter more."""
    rows = [record(CONNECTIONS, row) for row in create_fleet(size=100, seed=seed).connections]
    text = compact_json([show(CONNECTIONS, row, detail, Cleaner()) for row in rows])
    assert 1 <= estimate_tokens(text) / len(O200K.encode(text)) <= 1.25


@given(st.lists(st.text(st.characters(min_codepoint=0xA0, exclude_categories=["Cs"]), min_size=5), min_size=3))
def test_the_estimate_of_any_script_is_not_far_too_low(texts: list[str]) -> None:
    """The estimate of text in any script is not far below the real number, because bytes are counted."""
    text = json.dumps(texts, ensure_ascii=False)
    assert estimate_tokens(text) >= 0.6 * len(O200K.encode(text))


def test_extreme_lengths_need_no_estimate() -> None:
    """Texts of at most two bytes a token fit without an estimate, and those beyond forty do not."""
    assert cost("word", 500) <= 500
    assert cost("word " * 3000, 500) > 500
    assert cost(" " * 30_000, 500) > 500


def test_the_summary_is_never_cut() -> None:
    """Rows are shortened to almost nothing before the summary, which says so."""
    answer = fit_to_budget(
        5, lambda *_: {"summary": "s" * 99, "rows": [{"n" * 99: ["x" * 999] * 99}] * 99}, "summary", 1
    ).data
    assert answer["summary"] == "s" * 99
    assert len(answer["rows"]) == 4
    assert answer["shortened"] == "Long texts and lists are cut to keep the answer short."
