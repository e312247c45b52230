"""The parts of answers: shown fields, coverage, sentences, and the token budget."""
