"""What surrounds a connection: its numbers, profile, addresses, settings, registration, failures and changes."""
