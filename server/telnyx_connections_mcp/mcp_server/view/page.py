"""The page: one HTML document with its style and scripts inline, because hosts load nothing else."""

from functools import cache
from pathlib import Path

SCRIPTS = (
    *("bridge.js", "dom.js", "words.js", "answers.js", "loading.js"),
    *("table.js", "chart.js", "findings.js", "connection.js", "copying.js", "frame.js", "main.js"),
)
"""In the order in which they stand in the page, as one module."""


@cache
def page() -> str:
    """The whole document."""
    here = Path(__file__).parent
    script = "\n".join((here / name).read_text("utf-8") for name in SCRIPTS)
    style = (here / "page.css").read_text("utf-8")
    document = (here / "page.html").read_text("utf-8")
    return document.replace("/* style */", style).replace("/* script */", script)
