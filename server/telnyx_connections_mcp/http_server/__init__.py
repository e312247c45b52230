"""The server over Streamable HTTP (`serve --http`). stdio imports nothing from here."""
