"""Questions about connections at hand: conditions, orders, groups, and suggestions where nothing matches."""
