"""Settings: read once from the environment, flags and files; what cannot be used is said in a sentence."""
