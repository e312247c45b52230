"""Other people's text: cleaning, strict parsing of hosts and origins, reading of small files."""
