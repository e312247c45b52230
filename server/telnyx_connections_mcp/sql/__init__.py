"""Answers SELECT statements that others write, in a process that holds one snapshot and nothing else."""
