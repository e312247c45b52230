"""The MCP server, over any transport. This file imports nothing, because the greeter below it starts cold."""
