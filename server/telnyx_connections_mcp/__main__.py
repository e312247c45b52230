"""`python -m telnyx_connections_mcp`: the same as the command `telnyx-connections-mcp`."""

from telnyx_connections_mcp.cli.entry import main

raise SystemExit(main())
