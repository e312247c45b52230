"""Prompt files: what is valid, and which line is wrong if not."""

import json
import os
from pathlib import Path

import pytest

from telnyx_connections_mcp.mcp_server.prompts.prompt_file import LONGEST_VALUE, PromptFileError, read_prompt

HEAD = "---\nname: x\ntitle: x\ndescription: x\n"
ARGUMENT = "arguments:\n- name: a\n  description: d\n  required: true\n"


def written(directory: Path, content: str | bytes) -> Path:
    path = directory / "it.md"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize(
    ("content", "line", "said"),
    [
        ("just text", 1, "does not begin with front matter"),
        ("", 1, "does not begin with front matter"),
        ("---\nname: x\nnever closed", 1, "does not begin with front matter"),
        (
            "+++\nname = 'x'\n+++\ntext",
            1,
            "its front matter is TOML between +++ lines, as before release 0.2: write",
        ),
        ("---\ntitle: x\nname: [\n---\ntext", 4, "is not YAML: expected the node content"),
        ("---\nname: x\nname: y\n---\ntext", 3, "`name` appears twice"),
        ("---\nname: 'x\n\n---\ntext", 4, "is not YAML: found unexpected end of stream"),
        ("---\nname: x\ntitle: a: b\n---\ntext", 3, "not allowed here (text with a colon needs quotation marks)"),
        ("---\nx: " + "[" * 5000 + "\n---\ntext", 1, "is not YAML: maximum recursion depth exceeded"),
        ("---\nx: &a [*a]\n---\ntext", 2, "`x` is unknown"),
        ("---\nx: *a\n---\ntext", 2, "is not YAML: found undefined alias"),
        ("---\n? [a]\n: b\n---\ntext", 2, "is not YAML: found unhashable key"),
        ("---\nx: !!python/object:os.system {}\n---\ntext", 2, "could not determine a constructor for the tag"),
        ("---\nx: 2026-13-45\n---\ntext", 1, "is not YAML: month must be in 1..12"),
        ("---\nx: \x07\n---\ntext", 1, "is not YAML: unacceptable character #x0007"),
        ("---\na: " + "x" * 8192 + "\n---\ntext", 1, "the front matter is longer than 8 KiB"),
        ("---\n---\ntext", 1, "must have `name: ...`, `title: ...` and `description: ...`"),
        ("---\n- name: x\n---\ntext", 1, "must have `name: ...`"),
        ("---\nname: x\ndescription: x\n---\ntext", 1, "lacks `title`"),
        ("---\nname: a b\ntitle: x\ndescription: x\n---\ntext", 2, "`name` must be 1 to 64 unaccented letters"),
        ("---\nname: yes\ntitle: x\ndescription: x\n---\ntext", 2, "`name` must be 1 to 64 unaccented letters"),
        ("---\nname: x\n\ntitle: 7\ndescription: x\n---\ntext", 4, "`title` must be text of 1 to 100"),
        (HEAD + "text: x\n---\ntext", 5, "`text` is unknown; the front matter may have name, title"),
        (HEAD + "7: x\n---\ntext", 5, "`7` is unknown"),
        (HEAD + "arguments: x\n---\ntext", 5, "`arguments` must be a list whose items have a `name`"),
        (HEAD + "arguments: [x]\n---\ntext", 5, "`arguments` must be a list"),
        (HEAD + "arguments:\n  name: a\n---\ntext", 5, "`arguments` must be a list"),
        (HEAD + "arguments: [{name: a}]\n---\ntext", 5, "argument 1 lacks `description`"),
        (HEAD + ARGUMENT + "- name: b\n---\ntext", 9, "argument 2 lacks `description`"),
        (HEAD + ARGUMENT + "  nmae: b\n---\ntext", 9, "`nmae` is unknown; argument 1 may have name, description"),
        (HEAD + ARGUMENT + "  name: b\n---\ntext", 9, "`name` appears twice"),
        (HEAD + "arguments:\n- name: a\n  description: d\n  required: nope\n---\ntext", 8, "true or false"),
        (
            HEAD + "arguments:\n- name: a\n  description: d\n  default: 3\n---\ntext",
            8,
            "`default` must be text, in quo",
        ),
        (HEAD + "arguments:\n- name: Ä\n  description: d\n---\ntext", 6, "`name` must be lower-case"),
        (HEAD + "arguments:\n- name: a\n  description: d\n---\ntext", 6, "argument `a` lacks a `default`"),
        (HEAD + ARGUMENT + ARGUMENT.partition("\n")[2] + "---\ntext", 9, "`a` appears twice"),
        (HEAD + ARGUMENT + "---\none\ntwo {{ a }} {{who}}", 11, "uses `who`, which is not an argument"),
        (HEAD + ARGUMENT + "---\n{{A}}", 10, "uses `A`, which is not an argument"),
        (HEAD + "---\n \n", 6, "no text after the front matter"),
        (HEAD + "---", 5, "no text after the front matter"),
        (b"---\nname: x\ntitle: \xff\n---\ntext", 3, "it is not UTF-8"),
        (HEAD + "---\n" + "x" * 65536, 1, "larger than 64 KiB"),
    ],
)
def test_an_error_has_its_line(tmp_path: Path, content: str | bytes, line: int, said: str) -> None:
    """The error gives the line in the file and says what is wrong there."""
    with pytest.raises(PromptFileError, match=f"^line {line}: ") as broken:
        read_prompt(written(tmp_path, content))
    assert said in broken.value.what


def test_a_name_that_is_taken_is_refused(tmp_path: Path) -> None:
    """Two files in a folder cannot have the same prompt name."""
    with pytest.raises(PromptFileError, match="line 2: another file in this folder is also named x"):
        read_prompt(written(tmp_path, HEAD + "---\ntext"), {"x"})


def test_only_regular_files_are_read(tmp_path: Path) -> None:
    """A pipe, a folder or a missing file is refused at once."""
    os.mkfifo(tmp_path / "pipe.md")
    (tmp_path / "folder.md").mkdir()
    (tmp_path / "dangling.md").symlink_to(tmp_path / "nowhere")
    for name in ("pipe.md", "folder.md", "dangling.md"):
        with pytest.raises(PromptFileError, match="line 1: it is not a file"):
            read_prompt(tmp_path / name)
    with pytest.raises(PromptFileError, match="line 1: it cannot be read"):
        read_prompt(tmp_path / ("x" * 300))


def test_files_of_any_editor_are_read(tmp_path: Path) -> None:
    """A byte-order mark and CR LF change nothing."""
    plain = read_prompt(written(tmp_path, HEAD + ARGUMENT + "---\n\none {{a}}\ntwo\n"))
    windows = ("\ufeff" + HEAD + ARGUMENT + "---\n\none {{a}}\ntwo\n").replace("\n", "\r\n")
    assert read_prompt(written(tmp_path, windows)) == plain
    assert plain.filled_in({"a": "1"}) == "one 1\ntwo"


def test_an_argument_stays_data(tmp_path: Path) -> None:
    """An argument is cleaned and bounded, is not expanded itself, and becomes a JSON string inside quotes."""
    prompt = read_prompt(written(tmp_path, HEAD + ARGUMENT + '---\n{{a}}\n{"name": "{{ a }}"}'))
    hostile = 'a "quote" \\ {{a}}\nnew line\u202e'
    bare, quoted = prompt.filled_in({"a": hostile}).split("\n")
    assert bare == 'a "quote" \\ {{a}} new line'
    assert json.loads(quoted) == {"name": bare}
    assert len(prompt.filled_in({"a": "x" * 5000}).split("\n")[0]) == LONGEST_VALUE
