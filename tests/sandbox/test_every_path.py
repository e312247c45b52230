"""Each fault of the sandbox meets each of its paths."""

import pytest

from telnyx_connections_mcp.sandbox.faults import FAULTS
from telnyx_connections_mcp.sandbox.listings import LISTINGS

from .account import Http

pytestmark = pytest.mark.anyio
HTTP = Http()
SLOW = {"slow", "stall", "reset", "huge", "gzip-bomb"}  # whatever the path, and tried in tests/test_faults.py


@pytest.mark.parametrize("fault", [name for name in FAULTS if name not in SLOW])
async def test_a_fault_responds_on_every_path(fault: str) -> None:
    """Lists, single objects, registrations, refusals and unknown paths: none breaks the sandbox itself."""
    trunk, login = (await HTTP.all("ip_connections"))[0], (await HTTP.all("credential_connections"))[0]
    one = {"credential_type": "sip_credential_connection", "username": login["user_name"]}
    for listing in LISTINGS:
        assert (await HTTP.get(listing.path.removeprefix("/"), f"/fault/{fault}/v2")).status_code
    for path, query in ((f"ip_connections/{trunk['id']}", {}), ("ip_connections/1", {}), ("ips", {"nothing": "1"})):
        assert (await HTTP.get(path, f"/fault/{fault}/v2", **query)).status_code
    assert (await HTTP.get("sip_registration_status", f"/fault/{fault}/v2", **one)).status_code
