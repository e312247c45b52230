"""What an answer holds and says: fields in view, coverage, sentences, and what all of it costs in tokens."""
