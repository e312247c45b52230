"""What requests for a list say."""

from datetime import UTC, datetime

import pytest

from telnyx_connections_mcp.inventory.kinds.outbound_voice_profiles import OUTBOUND_VOICE_PROFILES


def test_a_list_that_is_not_by_connection_is_never_asked_as_if_it_were() -> None:
    """To leave the connection out would answer with what belongs to others."""
    with pytest.raises(ValueError, match="outbound_voice_profiles cannot be limited to one connection"):
        OUTBOUND_VOICE_PROFILES.sources[0].parameters(datetime.now(UTC), "7")
