"""The command line. It holds nothing: the greeter answers before anything else is imported (docs/decisions/0045)."""
