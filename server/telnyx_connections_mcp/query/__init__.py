"""Questions about a snapshot: conditions, sorting, grouping, and suggestions if nothing matches."""
