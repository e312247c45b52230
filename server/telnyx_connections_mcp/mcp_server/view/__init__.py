"""The page that hosts of MCP Apps show beside an answer: one HTML document, made of the files here."""
