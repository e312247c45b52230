"""Questions about the whole account: reading every connection, conditions, orders, groups."""
