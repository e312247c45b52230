"""`python -m telnyx_connections_mcp`: the same as the command `telnyx-connections-mcp`."""

from telnyx_connections_mcp.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
