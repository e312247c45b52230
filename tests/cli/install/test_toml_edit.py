"""Editing TOML: one server's table changes, everything else stays to the byte."""

import tomllib

import pytest

from telnyx_connections_mcp.cli.install import toml_edit
from telnyx_connections_mcp.cli.install.problem import BrokenFileError, InstallError

ENTRY = {"command": 'C:\\x "y"', "args": ["-m", "z"], "env": {"A.B": "ü"}, "on": True, "seconds": 1.5, "none": {}}
TEXTS = [
    "",
    "\n",
    'model = "x"\n',
    'model = "x"',
    "# c\nmodel = 'x' # y\n\n[mcp_servers.a]\ncommand='x'\n\n[profiles.p]\nz=1\n# end\n",
    "[mcp_servers]\n[mcp_servers.a]\ncommand='x'\n[mcp_servers.a.env]\nB='c'\n\n\n",
    "mcp_servers.a.command='x'\n",
    "[mcp_servers.a]\r\ncommand='x'\r\n\r\n[t]\r\nb=1\r\n",
    "[mcp_servers.a]\r\ncommand='x'",
    "[mcp_servers.a]\nc='x'\n[other]\nq=1\n[mcp_servers.b]\nd='''\n[mcp_servers.e]\n'''\n",
    "[[list]]\na = [\n  [1],\n]\n",
]


@pytest.mark.parametrize("text", TEXTS)
def test_a_table_is_added_replaced_and_removed(text: str) -> None:
    """A table is added once, replaced in place, and removed to the byte."""
    made = toml_edit.put(text, "mcp_servers", "ours", ENTRY)
    assert tomllib.loads(made)["mcp_servers"]["ours"] == ENTRY
    assert made.startswith(text)
    assert toml_edit.put(made, "mcp_servers", "ours", ENTRY) == made
    changed = toml_edit.put(made, "mcp_servers", "ours", {"command": "z"})
    assert toml_edit.put(changed, "mcp_servers", "ours", ENTRY) == made
    assert toml_edit.remove(made, "mcp_servers", "ours") == text
    assert ("\r\n" in text) == ("\r\n" in made)


def test_surrounding_tables_and_comments_stay() -> None:
    """A table is removed with its subtables, and comments before the next table stay."""
    text = "a=1\n\n[mcp_servers.'ours']\nx=1 # y\n[ mcp_servers . ours . env ]\nA='b'\n\n# the next\n[t]\nb=2\n"
    assert toml_edit.remove(text, "mcp_servers", "ours") == "a=1\n\n# the next\n[t]\nb=2\n"
    made = toml_edit.put(text, "mcp_servers", "ours", {"x": 2})
    assert made == "a=1\n\n[mcp_servers.ours]\nx = 2\n\n# the next\n[t]\nb=2\n"


@pytest.mark.parametrize(
    "text",
    ["mcp_servers = {ours = {a = 1}}\n", "mcp_servers.ours.a = 1\n", "[mcp_servers]\nours = {a = 1}\n"],
)
def test_an_unsupported_form_is_refused(text: str) -> None:
    """A form that cannot be edited safely is refused."""
    with pytest.raises(InstallError, match=r"use --print and edit \[mcp_servers\.ours\] by hand"):
        toml_edit.put(text, "mcp_servers", "ours", ENTRY)
    with pytest.raises(InstallError, match="by hand"):
        toml_edit.remove(text, "mcp_servers", "ours")


def test_a_header_inside_a_string_is_not_a_table() -> None:
    """A multi-line string that looks like our table causes an error, not damage."""
    text = "d='''\n[mcp_servers.ours]\n'''\n[mcp_servers.ours]\na=1\n"
    with pytest.raises(InstallError, match="by hand"):
        toml_edit.remove(text, "mcp_servers", "ours")
    with pytest.raises(InstallError, match="by hand"):
        toml_edit.put("d='''\n[mcp_servers.ours]\n[x]\n'''\n", "mcp_servers", "ours", ENTRY)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a = 1\nb = \n", "line 2, column 5: Invalid value"),
        ("a = 1\na = 2\n", "line 2, column 6: Cannot overwrite a value"),
        ("[a", "line 1, column 3: Expected ']' at the end of a table declaration"),
        ("a = '", "line 1, column 6: "),
        ("mcp_servers = 1", 'line 1, column 1: "mcp_servers" is not a table'),
    ],
)
def test_a_broken_text_is_refused(text: str, said: str) -> None:
    """The error has the line and column."""
    with pytest.raises(BrokenFileError) as caught:
        toml_edit.servers_of(text, "mcp_servers")
    assert str(caught.value).startswith(said)
