"""What a person sees of an answer: the page in its host, and what left it."""

from typing import Any

FRAME = "about:srcdoc"


class Shown:
    """An answer in the page, in a host."""

    def __init__(self, host: Any, origin: str, axe: str) -> None:
        self.host = host
        self.origin = origin
        self.axe = axe
        self.requests: list[str] = []
        """Addresses that were asked for after the page was there."""
        self.errors: list[str] = []
        """What the browser complained of, breaches of the policy among it."""
        host.on("pageerror", lambda error: self.errors.append(str(error)))
        host.on("console", lambda said: self.errors.append(said.text) if said.type in ("error", "warning") else None)

    def mount(self, server: str | None, theme: str | None, what: dict[str, Any]) -> "Shown":
        """Show an answer: see `mount` in host/host.mjs."""
        self.host.goto(f"{self.origin}/host.html")
        self.host.wait_for_function("Boolean(window.mount)")
        if server:
            what["server"] = {"url": server, "legacy": what.pop("legacy", False)}
        context = {"availableDisplayModes": ["inline", "fullscreen"]} | ({"theme": theme} if theme else {})
        what["context"] = context | what.get("context", {})
        self.host.evaluate("what => window.mount(what)", what)
        self.frame = next(frame for frame in self.host.frames if frame.url == FRAME)
        self.host.on("request", lambda request: self.requests.append(request.url))
        return self

    def seen(self) -> dict[str, Any]:
        """What the host saw: `heights`, `calls`, `downloads`, and `other`, which has to stay empty."""
        seen: dict[str, Any] = self.host.evaluate("window.seen")
        return seen
