"""Errors that stop an installation."""


class InstallError(Exception):
    """Nothing was changed; the text is one sentence that says why, and what to do."""


class BrokenFileError(InstallError):
    """A settings file that cannot be edited, with the position of the problem."""

    def __init__(self, why: str, text: str, position: int) -> None:
        before = text[:position]
        line, column = before.count("\n") + 1, position - before.rfind("\n")
        super().__init__(f"line {line}, column {column}: {why}")
