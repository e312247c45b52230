"""The tools for a person or a cron job at a terminal: options in, a table or JSON and an exit code out.

Only `cli.commands` imports it. Nothing here imports the tools, httpx or rich before a command really runs, or its own
options are asked for: the help and the shell's completion of the program import every command.
"""
