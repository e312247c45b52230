"""Serving over Streamable HTTP: `serve --http`. Nothing here is imported by stdio."""
