"""Prompts from Markdown files: `files` reads them, `serving` makes them MCP prompts."""
