"""Entering this server into the settings of MCP clients, and taking it out again."""
