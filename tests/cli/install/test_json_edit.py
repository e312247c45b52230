"""Editing JSON: one member changes, everything else stays to the byte."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from telnyx_connections_mcp.cli.install import json_edit
from telnyx_connections_mcp.cli.install.problem import BrokenFileError

VALUE = {"command": "/x/y", "args": ["--sandbox"], "env": {"A": "ä"}}

comments = st.sampled_from(["", "", '// a } , [ " b\n', "/* { */", "/*\n * x,\n */"])
spaces = st.text(" \t\n", max_size=3)
names = st.text(max_size=4) | st.sampled_from(["servers", "a", "//", "ours ", '"', "\\"])


@st.composite
def gaps(draw: st.DrawFn) -> str:
    """White space and comments as a person may put them between two tokens."""
    return draw(spaces) + draw(comments) + draw(spaces)


@st.composite
def written(draw: st.DrawFn, value: Any) -> str:
    """`value` as JSON with comments and trailing commas, in any layout."""
    if isinstance(value, dict):
        parts = [
            draw(gaps()) + json.dumps(name, ensure_ascii=draw(st.booleans())) + draw(gaps()) + ":" + draw(gaps())
            + draw(written(item)) + draw(gaps())
            for name, item in value.items()
        ]  # fmt: skip
        marks = "{}"
    elif isinstance(value, list):
        parts, marks = [draw(gaps()) + draw(written(item)) + draw(gaps()) for item in value], "[]"
    else:
        return json.dumps(value, ensure_ascii=draw(st.booleans()))
    end = draw(st.sampled_from(["", ","])) if parts else ""
    return marks[0] + ",".join(parts) + end + draw(gaps()) + marks[1]


leaves = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=4)
)
values = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3), max_leaves=8
)
objects = st.dictionaries(names, values, max_size=4)


@st.composite
def texts(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    """A text and its value."""
    value = draw(objects)
    if draw(st.booleans()):
        value["servers"] = draw(objects)
    newline = draw(st.sampled_from(["\n", "\r\n"]))
    return (draw(gaps()) + draw(written(value)) + draw(gaps())).replace("\n", newline), value


@settings(max_examples=60)
@given(texts())
def test_any_layout_is_parsed(given: tuple[str, dict[str, Any]]) -> None:
    """A text is parsed whatever its comments, commas and layout."""
    text, value = given
    assert json_edit.read(text).value == value


@settings(max_examples=60)
@given(texts())
def test_putting_a_member_changes_nothing_else(given: tuple[str, dict[str, Any]]) -> None:
    """Putting it again changes nothing, and removing it restores the text to the byte."""
    text, value = given
    if not isinstance(value.get("servers", {}), dict) or "ours" in value.get("servers", {}):
        return
    made = json_edit.put(text, ["servers", "ours"], VALUE)
    assert json_edit.read(made).value == value | {"servers": value.get("servers", {}) | {"ours": VALUE}}
    again = json_edit.put(json_edit.put(made, ["servers", "ours"], {"x": 1}), ["servers", "ours"], VALUE)
    assert json_edit.read(again).value == json_edit.read(made).value
    without = json_edit.remove(made, ["servers", "ours"])
    if "servers" not in value:
        without = json_edit.remove(without, ["servers"])
    assert json_edit.read(without).value == value
    if value and value.get("servers", True):
        assert without == text


@settings(max_examples=60)
@given(texts(), st.data())
def test_any_member_can_be_removed(given: tuple[str, dict[str, Any]], data: st.DataObject) -> None:
    """The rest keeps its value, and the comments around the member stay."""
    text, value = given
    if not value:
        return
    name = data.draw(st.sampled_from(sorted(value)))
    made = json_edit.remove(text, [name])
    assert json_edit.read(made).value == {key: item for key, item in value.items() if key != name}


@settings(max_examples=60)
@given(texts())
def test_an_item_is_appended_and_removed(given: tuple[str, dict[str, Any]]) -> None:
    """An item is appended to an array, and removing it restores the text."""
    text, value = given
    inputs = value.get("inputs", ["x"])
    if not isinstance(inputs, list) or not inputs:
        return
    text = text if "inputs" in value else json_edit.put(text, ["inputs"], inputs)
    made = json_edit.append(text, "inputs", VALUE)
    assert json_edit.read(made).value == value | {"inputs": [*inputs, VALUE]}
    found = json_edit.find(made, ["inputs"])
    assert found is not None
    assert found.node.parts is not None
    assert json_edit.remove_item(made, "inputs", found.node.parts[-1]) == text


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", '{\n  "s": {\n    "o": 1\n  }\n}\n'),
        ("// mine", '// mine\n{\n  "s": {\n    "o": 1\n  }\n}\n'),
        ("{}", '{\n  "s": {\n    "o": 1\n  }\n}'),
        ("{\r\n}\r\n", '{\r\n  "s": {\r\n    "o": 1\r\n  }\r\n}\r\n'),
        ('{\n\t"s": {}\n}', '{\n\t"s": {\n\t\t"o": 1\n\t}\n}'),
        ('{\n    "a": 1 // one\n}', '{\n    "a": 1, // one\n    "s": {\n        "o": 1\n    }\n}'),
        ('{\n  "s": {\n    "a": 1, // one\n  },\n}', '{\n  "s": {\n    "a": 1, // one\n    "o": 1,\n  },\n}'),
        ('{"a":1,"s":{}}', '{"a":1,"s":{"o":1}}'),
        ('{"a": 1, "s": {"b": 2}}', '{"a": 1, "s": {"b": 2, "o": 1}}'),
        ('{\n  "s": { // none yet\n  }\n}', '{\n  "s": { // none yet\n    "o": 1\n  }\n}'),
        ('{\n  "s": {"b": 2}\n}', '{\n  "s": {"b": 2, "o": 1}\n}'),
    ],
)
def test_what_is_new_looks_like_its_neighbours(before: str, after: str) -> None:
    """A new member has the line ends, indent, commas and comment style of its neighbours."""
    assert json_edit.put(before, ["s", "o"], 1) == after


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{\n  "s": {,}\n}', "line 2, column 9: expected a name in double quotes here"),
        ('{"s" 1}', "line 1, column 6: expected a colon here"),
        ('{"s": }', "line 1, column 7: expected a JSON value here"),
        ('{"s": "a\nb"}', "line 1, column 7: a string does not end"),
        ('{"s": 1 "t": 2}', "line 1, column 9: expected a comma or } here"),
        ('{"s": [1 2]}', "line 1, column 10: expected a comma or ] here"),
        ('{"s": 1', "line 1, column 8: expected a comma or } here"),
        ('{"s": 1} x', "line 1, column 10: there is extra text after the JSON value"),
        ('{"s": 1} /* x', "line 1, column 10: there is extra text after the JSON value"),
        ("[]", "line 1, column 1: the file does not contain a JSON object"),
        ('{"s": []}', 'line 1, column 7: "s" is not a JSON object'),
        ('{"s": {},\n "s": {}}', 'line 2, column 2: "s" appears twice'),
        ('{"s": {"o": 1, "o": 2}}', 'line 1, column 16: "o" appears twice'),
        ("[" * 200, "line 1, column 102: it is nested more than 100 levels deep"),
        (f'{{"n": {"9" * 5000}}}', "line 1, column 7: a number is too long"),
    ],
)
def test_an_invalid_text_is_refused(text: str, said: str) -> None:
    """The error has the line and column."""
    with pytest.raises(BrokenFileError) as caught:
        json_edit.put(text, ["s", "o"], 1)
    assert str(caught.value) == said


def test_an_item_needs_an_array() -> None:
    """An item is neither put into nor removed from anything but an array."""
    with pytest.raises(BrokenFileError, match='line 1, column 12: "inputs" is not a JSON array'):
        json_edit.append('{"inputs": {}}', "inputs", 1)
    part = json_edit.read('{"a": 1}').parts
    assert part is not None
    assert json_edit.remove_item("{}", "inputs", part[0]) == "{}"
