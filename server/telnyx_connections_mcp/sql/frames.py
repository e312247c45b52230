"""What the query process reads and writes: JSON, each with its length in four bytes before it."""

import json
from io import BufferedIOBase
from typing import Any

Frame = dict[str, Any]


def framed(frame: Frame) -> bytes:
    """The bytes of `frame`."""
    data = json.dumps(frame).encode()
    return len(data).to_bytes(4) + data


def read_frame(stream: BufferedIOBase) -> Frame | None:
    """The next frame; None at the end."""
    length = stream.read(4)
    if len(length) < 4:
        return None
    size = int.from_bytes(length)
    data = stream.read(size)
    frame: Frame | None = json.loads(data) if len(data) == size else None
    return frame
