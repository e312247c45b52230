"""Rows as an API might send them: plain, odd and hostile."""

from hypothesis import strategies as st

from telnyx_connections_mcp.inventory.kinds.connections import CONNECTIONS

TEXTS = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        [
            *(
                "acme-prod",
                "Büro 2",
                "a\u200bb",
                "\u200b",
                "password=hunter2",
                "x" * 300,
                "y" * 5000,
                "a\ufffdb",
                "***",
            ),
            *(
                "https://u:p@h.example/x",
                "  a",
                "Latency",
                "Lat\u200bency",
                "Bearer abcdef123456",
                "KEY0123456789abcdef_xyz12345",
            ),
            *("2024-03-01T00:00:00Z", "2024-03-01T00:00:00.521Z", "2024-03-01T00:00:00.000Z", "2024-02-30T00:00:00Z"),
            *("2024-03-01", "2024-03-01T00:00:00.5Z", "2024-03-01 00:00:00+02:00", "0001-01-01T00:00:00+05:00"),
            *("https://hooks.example.com/voice", "https://h.example/x?token=abc&y=1", "https://h.example/***"),
            *(
                "http://",
                "no url",
                " https://h.example",
                "https://h\u00fc.example/",
                "https://h.example/" + "a/" * 3000,
            ),
        ]
    ),
)
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(2**70), 2**70), st.floats(), TEXTS),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "password", "name", "value"]), inner)
    ),
    max_leaves=5,
)
NAMES = st.one_of(
    st.sampled_from([field.name for field in CONNECTIONS.fields]),
    st.sampled_from(["new", "api_key", "value", "name", "id\u200b", "hook_url", "n" * 200, "sip_password"]),
)
ROWS = st.dictionaries(NAMES, VALUES, max_size=14)
TYPED = st.fixed_dictionaries(
    {},
    optional={
        field.name: {"active": st.booleans(), "tags": st.lists(TEXTS, max_size=3)}.get(field.name, TEXTS) | st.none()
        for field in CONNECTIONS.fields
    },
)
