"""Text that others write, read strictly: cleaned, hosts and origins parsed, files within bounds."""
