"""How clients talk to models: the parts of four APIs that a scripted model needs.

OpenAI's chat completions and responses, Anthropic's messages and Gemini's generateContent. Each parses a request into a
`Turn`, and writes a tool call or a final word, both as events and as a whole response.
"""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

Call = tuple[str, dict[str, Any]]
Written = tuple[list[str], dict[str, Any]]
_WORD = "Done."
_MODEL = "scripted"


@dataclass(frozen=True)
class Turn:
    """The content of a request."""

    tools: dict[str, Any]
    """The schema of each tool's arguments, by the name under which the client offers it."""
    exchanges: list[tuple[Call, str]]
    """Each call so far, with what the model was told."""
    text: str
    """The whole request."""

    def offered(self, tool: str) -> str | None:
        """The client's name for one of our tools."""
        return next((name for name in self.tools if name.endswith(tool)), None)


@dataclass(frozen=True)
class Dialect:
    """One API."""

    read: Callable[[dict[str, Any]], Turn]
    write: Callable[[Call | None], Written]


def dialect_of(path: str) -> Dialect | None:
    """The API of a path; None if a model need not answer there."""
    return next((dialect for end, dialect in _DIALECTS.items() if path.lower().endswith(end)), None)


def _turn(
    request: dict[str, Any], tools: Iterable[tuple[str, Any]], calls: dict[str, Call], told: dict[str, str]
) -> Turn:
    return Turn(dict(tools), [(call, told.get(number, "")) for number, call in calls.items()], json.dumps(request))


def _words(content: Any) -> str:
    """The text of a message, which may be a string or a list of parts."""
    return content if isinstance(content, str) else "".join(part.get("text", "") for part in content or [])


def _event(data: dict[str, Any]) -> str:
    name = f"event: {data['type']}\n" if "type" in data else ""
    return f"{name}data: {json.dumps(data)}\n\n"


def _read_chat(request: dict[str, Any]) -> Turn:
    tools = [(tool["function"]["name"], tool["function"].get("parameters")) for tool in request.get("tools") or []]
    messages = request["messages"]
    calls = {
        call["id"]: (call["function"]["name"], json.loads(call["function"]["arguments"]))
        for message in messages
        for call in message.get("tool_calls") or []
    }
    told = {each["tool_call_id"]: _words(each["content"]) for each in messages if each["role"] == "tool"}
    return _turn(request, tools, calls, told)


def _write_chat(call: Call | None) -> Written:
    message: dict[str, Any] = {"role": "assistant", "content": _WORD}
    if call is not None:
        function = {"name": call[0], "arguments": json.dumps(call[1])}
        made = {"index": 0, "id": f"call_{uuid4().hex}", "type": "function", "function": function}
        message = {"role": "assistant", "content": None, "tool_calls": [made]}
    end = "stop" if call is None else "tool_calls"
    about = {"id": "completion", "created": 0, "model": _MODEL}
    usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
    chunk = about | {"object": "chat.completion.chunk"}
    events = [
        _event(chunk | {"choices": [{"index": 0, "delta": message, "finish_reason": None}]}),
        _event(chunk | {"choices": [{"index": 0, "delta": {}, "finish_reason": end}], "usage": usage}),
        "data: [DONE]\n\n",
    ]
    choice = {"index": 0, "message": message, "finish_reason": end}
    return events, about | {"object": "chat.completion", "choices": [choice], "usage": usage}


def _read_responses(request: dict[str, Any]) -> Turn:
    tools = []
    for tool in request.get("tools") or []:
        space = f"{tool['name']}/" if tool["type"] == "namespace" else ""
        inner = tool["tools"] if space else [tool]
        tools += [(space + each["name"], each.get("parameters")) for each in inner if "name" in each]
    items = [item for item in request["input"] if "call_id" in item]
    calls = {
        item["call_id"]: (item["name"], json.loads(item["arguments"]))
        for item in items
        if item["type"] == "function_call"
    }
    told = {item["call_id"]: _words(item["output"]) for item in items if item["type"] == "function_call_output"}
    return _turn(request, tools, calls, told)


def _write_responses(call: Call | None) -> Written:
    number = uuid4().hex
    part = {"type": "output_text", "text": _WORD, "annotations": []}
    item: dict[str, Any] = {"type": "message", "id": number, "role": "assistant", "content": [part]}
    if call is not None:
        space, _, name = call[0].rpartition("/")
        item = {
            "type": "function_call",
            "id": number,
            "call_id": number,
            "name": name,
            "arguments": json.dumps(call[1]),
        }
        item |= {"namespace": space} if space else {}
    item["status"] = "completed"
    details = {"input_tokens_details": {"cached_tokens": 0}, "output_tokens_details": {"reasoning_tokens": 0}}
    usage = {"input_tokens": 1, "output_tokens": 1, "total_tokens": 2} | details
    begun = {"id": "response", "object": "response", "status": "in_progress", "output": []}
    ended = begun | {"status": "completed", "output": [item], "usage": usage}
    events = [
        _event({"type": "response.created", "response": begun}),
        _event({"type": "response.output_item.done", "output_index": 0, "item": item}),
        _event({"type": "response.completed", "response": ended}),
    ]
    return events, ended


def _read_messages(request: dict[str, Any]) -> Turn:
    tools = [(tool["name"], tool.get("input_schema")) for tool in request.get("tools") or []]
    blocks = [
        block for message in request["messages"] if isinstance(message["content"], list) for block in message["content"]
    ]
    calls = {block["id"]: (block["name"], block["input"]) for block in blocks if block["type"] == "tool_use"}
    told = {block["tool_use_id"]: _words(block.get("content")) for block in blocks if block["type"] == "tool_result"}
    return _turn(request, tools, calls, told)


def _write_messages(call: Call | None) -> Written:
    block: dict[str, Any] = {"type": "text", "text": ""}
    delta = {"type": "text_delta", "text": _WORD}
    if call is not None:
        block = {"type": "tool_use", "id": f"toolu_{uuid4().hex}", "name": call[0], "input": {}}
        delta = {"type": "input_json_delta", "partial_json": json.dumps(call[1])}
    end = {"stop_reason": "end_turn" if call is None else "tool_use", "stop_sequence": None}
    usage = {"input_tokens": 1, "output_tokens": 1}
    begun = {"id": "message", "type": "message", "role": "assistant", "model": _MODEL, "content": [], "usage": usage}
    events = [
        _event({"type": "message_start", "message": begun | {"stop_reason": None, "stop_sequence": None}}),
        _event({"type": "content_block_start", "index": 0, "content_block": block}),
        _event({"type": "content_block_delta", "index": 0, "delta": delta}),
        _event({"type": "content_block_stop", "index": 0}),
        _event({"type": "message_delta", "delta": end, "usage": {"output_tokens": 1}}),
        _event({"type": "message_stop"}),
    ]
    whole = block | ({"text": _WORD} if call is None else {"input": call[1]})
    return events, begun | end | {"content": [whole]}


def _read_gemini(request: dict[str, Any]) -> Turn:
    declared = [each for tool in request.get("tools") or [] for each in tool.get("functionDeclarations", [])]
    tools = [(each["name"], each.get("parametersJsonSchema") or each.get("parameters")) for each in declared]
    parts = [part for content in request["contents"] for part in content["parts"]]
    calls = [(part["functionCall"]["name"], part["functionCall"]["args"]) for part in parts if "functionCall" in part]
    told = [part["functionResponse"]["response"] for part in parts if "functionResponse" in part]
    said = {str(number): "".join(map(str, each.values())) for number, each in enumerate(told)}
    return _turn(request, tools, {str(number): call for number, call in enumerate(calls)}, said)


def _write_gemini(call: Call | None) -> Written:
    part = {"text": _WORD} if call is None else {"functionCall": {"name": call[0], "args": call[1]}}
    candidate = {"content": {"role": "model", "parts": [part]}, "finishReason": "STOP", "index": 0}
    usage = {"promptTokenCount": 1, "candidatesTokenCount": 1, "totalTokenCount": 2}
    whole = {"candidates": [candidate], "usageMetadata": usage, "modelVersion": _MODEL}
    return [_event(whole)], whole


_DIALECTS = {
    "/chat/completions": Dialect(_read_chat, _write_chat),
    "/responses": Dialect(_read_responses, _write_responses),
    "/messages": Dialect(_read_messages, _write_messages),
    "generatecontent": Dialect(_read_gemini, _write_gemini),
}
