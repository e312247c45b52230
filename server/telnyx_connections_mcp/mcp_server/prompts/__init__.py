"""Prompts from Markdown files: `prompt_file` reads them, `serving` makes them MCP prompts."""
