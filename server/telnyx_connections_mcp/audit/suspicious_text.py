"""Finds texts that may be aimed at the model that reads them."""

import re

from telnyx_connections_mcp.text.cleaning import clean

_INSTRUCTION = re.compile(
    r"\b(ignore|disregard|forget|override)\b.{0,30}\b(previous|prior|above|earlier|all|any|your|the)\b"
    r"|\bsystem\s*(prompt|message|:)|\byou are (now|an?)\b|<\s*/?\s*(system|assistant|user|instructions?)\b"
    r"|\b(assistant|ai|model|llm|agent)\s*[:,].{0,20}\b(must|should|please|call|send|reveal|print|delete|use)\b"
    r"|\b(reveal|print|send|show|leak|exfiltrate)\b.{0,30}\b(api.?key|password|secret|token|prompt|credentials?)\b"
    r"|\bdo not (tell|mention|reveal|inform)\b",
    re.IGNORECASE,
)


def is_suspicious(text: str) -> bool:
    """Whether `text` has invisible characters, or reads like an instruction to a model."""
    visible = clean(text)
    return visible != text or _INSTRUCTION.search(visible) is not None
