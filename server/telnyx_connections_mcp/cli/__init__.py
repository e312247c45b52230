"""The command line. Importing it loads nothing else, because the greeter answers first (docs/decisions/0045)."""
