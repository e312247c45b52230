"""What a client can read without a tool: `offered` is all of it, `reference` a text, `hints` how long it holds."""
