"""A read-only Model Context Protocol server for the voice connections of a Telnyx account."""

__version__ = "0.1.0"
