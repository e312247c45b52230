"""JSON schemas that every MCP client can use, made from pydantic's.

Several clients and model APIs cannot handle references, definitions or nullable unions, and titles cost tokens without
information: a tool's schema has none of these.
"""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, TypeAdapter

from telnyx_connections_mcp.query.choices import UNLISTED


def input_schema(arguments: type[BaseModel]) -> dict[str, Any]:
    """The flat schema of a tool's arguments."""
    return flat(arguments.model_json_schema())


def output_schema(result: Any) -> dict[str, Any]:
    """The flat schema of a tool's structured content, described by a `TypedDict`."""
    return flat(TypeAdapter(result).json_schema())


def described(schema: Mapping[str, Any]) -> str:
    """The description of an argument, with its default unless it says that itself; empty if it has neither."""
    said, default = str(schema.get("description", "")), schema.get("default", False)
    if default is False or "default" in said.lower():
        return said
    return f"{said} Default: {default}.".lstrip()


def with_property(schema: dict[str, Any], name: str, value: dict[str, Any]) -> dict[str, Any]:
    """The schema of an object, with one more optional property."""
    return schema | {"properties": {**schema.get("properties", {}), name: value}}


def shown(schema: Any) -> Any:
    """`schema` without the enumerations that are listed elsewhere."""
    if isinstance(schema, list):
        return [shown(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    hidden = {UNLISTED, "enum"} if UNLISTED in schema else ()
    return {name: shown(value) for name, value in schema.items() if name not in hidden}


def flat(schema: dict[str, Any]) -> dict[str, Any]:
    """`schema` with references inlined, and without null arms, null defaults, titles and the docstrings of models."""
    definitions = schema.pop("$defs", {})
    result: dict[str, Any] = _flat(schema, definitions)
    result.pop("description", None)
    return result


def _flat(node: Any, definitions: dict[str, Any]) -> Any:
    if isinstance(node, list):
        return [_flat(item, definitions) for item in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        target = dict(definitions[node["$ref"].removeprefix("#/$defs/")])
        target.pop("description", None)  # the docstring of the model is for programmers
        return _flat(target | {key: value for key, value in node.items() if key != "$ref"}, definitions)
    if "anyOf" in node:
        (arm,) = [arm for arm in node["anyOf"] if arm != {"type": "null"}]  # real unions are not allowed
        return _flat(arm | {key: value for key, value in node.items() if key != "anyOf"}, definitions)
    return {
        key: {name: _flat(child, definitions) for name, child in value.items()}
        if key == "properties"
        else _flat(value, definitions)
        for key, value in node.items()
        if not (
            key == "title" or (key == "default" and value is None) or (key, value) == ("additionalProperties", True)
        )
    }
