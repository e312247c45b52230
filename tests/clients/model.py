"""A scripted model behind OpenAI's chat completions, in place of a real one.

It asks its questions in turn, one call a message. Where it is told that an argument is unknown and what was meant, it
makes the same call anew with that name: as a model does, from the words alone.
"""

import json
import re
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Call = tuple[str, dict[str, Any]]
_UNKNOWN = re.compile(r"`([\w.]+)` is unknown \(did you mean `([\w.]+)`\?\)")


class Model:
    """The model, and all that it was sent."""

    def __init__(self, questions: Sequence[Call]) -> None:
        self.questions = questions
        self.requests: list[dict[str, Any]] = []

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        """The message that follows those of `request`: a call, or at the end a word."""
        self.requests.append(request)
        calls, told = exchanged(request["messages"])
        corrections = sum(bool(_UNKNOWN.search(text)) for text in told)
        if told and (found := _UNKNOWN.search(told[-1])):
            name, arguments = calls[-1]
            call = (name, renamed(arguments, found[1].split("."), found[2].rpartition(".")[2]))
        elif len(calls) - corrections < len(self.questions):
            call = self.questions[len(calls) - corrections]
        else:
            return {"role": "assistant", "content": "Done."}
        function = {"name": call[0], "arguments": json.dumps(call[1])}
        number = f"call_{len(calls)}"
        return {
            "role": "assistant",
            "content": None,
            "tool_calls": [{"id": number, "type": "function", "function": function}],
        }

    def conversation(self, about: str) -> tuple[dict[str, Any], list[tuple[Call, str]]]:
        """What a conversation that began with `about` held: the tools offered, and each call with what it brought."""
        request = [each for each in self.requests if about in json.dumps(each["messages"])][-1]
        tools = {tool["function"]["name"]: tool["function"]["parameters"] for tool in request["tools"]}
        return tools, list(zip(*exchanged(request["messages"]), strict=True))


def exchanged(messages: Sequence[dict[str, Any]]) -> tuple[list[Call], list[str]]:
    """The calls that the model made so far, and what it was told to each."""
    calls = [
        (call["function"]["name"], json.loads(call["function"]["arguments"]))
        for message in messages
        for call in message.get("tool_calls") or []
    ]
    return calls, [text_of(message["content"]) for message in messages if message["role"] == "tool"]


def text_of(content: Any) -> str:
    """The words of a message, which may come as text or as a list of parts."""
    return content if isinstance(content, str) else "".join(part.get("text", "") for part in content)


def renamed(arguments: dict[str, Any], path: Sequence[str], name: str) -> dict[str, Any]:
    """`arguments` with the last name of `path` changed to `name`."""
    key, *rest = path
    if rest:
        return arguments | {key: renamed(arguments[key], rest, name)}
    return {name if each == key else each: value for each, value in arguments.items()}


@contextmanager
def serve(model: Model) -> Iterator[str]:
    """The base URL under which `model` answers."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            message = model.answer(request)
            choice = {
                "index": 0,
                "message": message,
                "finish_reason": "tool_calls" if "tool_calls" in message else "stop",
            }
            completion = {
                "id": "completion",
                "object": "chat.completion",
                "created": 0,
                "model": "scripted",
                "choices": [choice],
                "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
            }
            body = json.dumps(completion).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
