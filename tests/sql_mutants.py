"""Mutation tests of SQL, which mutmut takes for text: change one word of a statement at a time, and run the tests.

`python tests/sql_mutants.py audit [TESTS...]` works on a copy of the package, and prints each change that no test
noticed. The exit code is their number.
"""

import io
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tokenize
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
PACKAGE = Path("server/telnyx_connections_mcp")
STATEMENT = re.compile(r"\b(SELECT|FROM|WHERE|AND|OR|ORDER BY|GROUP BY|HAVING|UNION)\b|instr\(|count\(")
CHANGES = {
    r"\bIS NOT NULL\b": "IS NULL",
    r"\bIS NULL\b": "IS NOT NULL",
    r"\bIS NOT (?=['?])": "IS ",
    r"\bIS (?=\?)": "IS NOT ",
    r"\bNOT (?=IN\b|GLOB\b|instr)": "",
    r"\bAND\b": "OR",
    r"\bOR\b": "AND",
    r" < ": " <= ",
    r" <= ": " < ",
    r" > ": " >= ",
    r" = ": " != ",
    r" != ": " = ",
    r"\bSELECT DISTINCT\b": "SELECT",
    r"\bcount\(DISTINCT ": "count(",
    r"\bUNION\b(?! ALL)": "UNION ALL",
    r"\bmin\(": "max(",
    r" DESC\b": "",
    r"\bORDER BY (\w+)\b(?! DESC)": r"ORDER BY \1 DESC",
    r"\b1\b": "2",
    r"\b0\b": "1",
    r"\bsum\(": "max(",
}


def statements(source: str) -> Iterator[tuple[int, int]]:
    """The start and end of each string in a module that holds SQL and is not a docstring."""
    lines = [0]
    for line in source.splitlines(keepends=True):
        lines.append(lines[-1] + len(line))
    before = tokenize.NEWLINE
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        alone = before in (tokenize.NEWLINE, tokenize.NL, tokenize.INDENT, tokenize.DEDENT)
        if token.type == tokenize.STRING and not alone and STATEMENT.search(token.string):
            yield lines[token.start[0] - 1] + token.start[1], lines[token.end[0] - 1] + token.end[1]
        before = token.type


def mutants(source: str) -> Iterator[tuple[str, str]]:
    """Each changed source, with a description of the change."""
    for begin, end in statements(source):
        for pattern, instead in CHANGES.items():
            for found in re.compile(pattern).finditer(source, begin, end):
                line = source[source.rfind("\n", 0, found.start()) + 1 : source.find("\n", found.end())]
                put = found.expand(instead)
                said = f"{source.count(chr(10), 0, found.start()) + 1}: {found[0]!r} -> {put!r} in {line.strip()}"
                yield source[: found.start()] + put + source[found.end() :], said


def run(room: str, tests: list[str]) -> int:
    survived = tried = 0
    with tempfile.TemporaryDirectory() as folder:
        for name in ("server", "tests", "prompts"):
            shutil.copytree(ROOT / name, Path(folder, name))
        shutil.copy(ROOT / "pyproject.toml", folder)
        command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *tests]
        environ = os.environ | {"PYTHONPATH": str(Path(folder, "server"))}
        for module in sorted(Path(folder, PACKAGE, room).rglob("*.py")):
            source = module.read_text()
            for mutant, said in mutants(source):
                module.write_text(mutant)
                done = subprocess.run(command, cwd=folder, env=environ, capture_output=True, check=False)
                assert done.returncode in (0, 1, 2, 4), done.stdout.decode()
                tried += 1
                if done.returncode == 0:
                    survived += 1
                    print(f"{module.relative_to(folder)}:{said}", flush=True)
            module.write_text(source)
    print(f"{tried - survived} of {tried} killed")
    return survived


if __name__ == "__main__":
    sys.exit(run(sys.argv[1], sys.argv[2:] or [f"tests/{sys.argv[1]}"]))
