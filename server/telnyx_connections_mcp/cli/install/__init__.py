"""Adds this server to the settings of MCP clients, and removes it."""
