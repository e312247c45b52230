"""What a client can read without a tool: `offered` lists it, `reference` is a text, `hints` adds cache hints."""
