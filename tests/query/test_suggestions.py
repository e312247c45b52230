"""Which values are suggested for one that no row has."""

from hypothesis import example, given
from hypothesis import strategies as st
from rapidfuzz import fuzz, process

from telnyx_connections_mcp.query.suggestions import nearest_texts

TEXTS = st.text("abcd-1 ", min_size=1, max_size=40).map(str.strip).filter(bool)


@given(TEXTS, st.lists(TEXTS, max_size=60, unique=True))
@example("ab", ["ab" * 8, "ab" * 9, "a b" * 8, "ba"])
def test_the_most_similar_texts_are_suggested(wanted: str, texts: list[str]) -> None:
    """The result is as if rapidfuzz compared all of them in every way; ties stay in order."""
    wanted, texts = " ".join(wanted.split()), list(dict.fromkeys(" ".join(text.split()) for text in texts))
    found = process.extract(wanted, texts, scorer=fuzz.WRatio, limit=None, score_cutoff=60)
    expected = sorted(found, key=lambda each: (-each[1], each[2]))[:5]
    assert nearest_texts(wanted, texts) == [text for text, *_ in expected]
