"""Settings: read once from the environment, flags and files; what cannot be used is reported in a sentence."""
