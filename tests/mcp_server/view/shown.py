"""What a person sees of an answer: the page in its host, and what left it."""

import json
from typing import Any

FRAME = "about:srcdoc"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
CARDS = {"light": "#ffffff", "dark": "#1b1d21", None: "#ffffff"}
"""What the host has behind the page, by its theme."""


class Shown:
    """An answer in the page, in a host."""

    def __init__(self, host: Any, origin: str, axe: str) -> None:
        self.host = host
        self.origin = origin
        self.axe = axe
        self.requests: list[str] = []
        """Addresses that were asked for, other than the server's, once the page was there."""
        self.errors: list[str] = []
        """What the browser complained of, breaches of the policy among it."""
        host.on("pageerror", lambda error: self.errors.append(str(error)))
        host.on("console", self._said)

    def mount(self, server: str | None, theme: str | None, what: dict[str, Any]) -> "Shown":
        """Show an answer: see `mount` in host/host.mjs. `server` is the URL of one over HTTP."""
        self.theme = theme
        self.host.goto(f"{self.origin}/host.html")
        self.host.wait_for_function("Boolean(window.mount)")
        if server:
            port = server.rpartition(":")[2].partition("/")[0]
            what["server"] = {"url": f"/to/{port}/mcp", "legacy": what.pop("legacy", False)}
        context = {"availableDisplayModes": ["inline", "fullscreen"]} | ({"theme": theme} if theme else {})
        what["context"] = context | what.get("context", {})
        self.host.evaluate("what => window.mount(what)", what)
        self.frame = next(frame for frame in self.host.frames if frame.url == FRAME)
        self.host.on("request", self._requested)
        if not what.get("silent"):
            self.wait("#view:not([data-kind=waiting])")
        return self

    def deliver(self, data: dict[str, Any]) -> None:
        """Show another answer in the same page."""
        result = {"content": [{"type": "text", "text": json.dumps(data)}], "structuredContent": data}
        self.host.evaluate("result => window.deliver(result)", result)

    def resize(self, width: int) -> None:
        """Make the frame so many pixels wide."""
        self.host.set_viewport_size({"width": width + 32, "height": 560})
        self.wait(f"#view[data-width={'narrow' if width < 520 else 'wide'}]")

    def retheme(self, theme: str) -> None:
        """Let the host change its theme."""
        self.theme = theme
        self.host.evaluate("theme => changeContext({theme})", theme)
        self.wait(f"[data-theme={theme}]")

    def _said(self, said: Any) -> None:
        asked_server = said.location["url"].startswith(f"{self.origin}/to/")  # a stream that it has not is no error
        if said.type in ("error", "warning") and not asked_server:
            self.errors.append(said.text)

    def _requested(self, request: Any) -> None:
        if not request.url.startswith(f"{self.origin}/to/"):
            self.requests.append(request.url)

    def wait(self, selector: str) -> None:
        """Until there is such an element. The policy forbids the page to evaluate conditions."""
        self.frame.wait_for_selector(selector, state="attached")

    def seen(self) -> dict[str, Any]:
        """What the host saw: `heights`, `calls`, `downloads`, `era`, and `other`, which has to stay empty."""
        seen: dict[str, Any] = self.host.evaluate("window.seen")
        return seen

    @property
    def title(self) -> str:
        """The heading."""
        title: str = self.frame.inner_text("h1")
        return title

    def text(self, selector: str = "main") -> str:
        """The text of the first such element as a person reads it, white space as one space."""
        return " ".join(self.frame.inner_text(selector).split())

    def texts(self, selector: str) -> list[str]:
        """The texts of all such elements."""
        return [" ".join(text.split()) for text in self.frame.locator(selector).all_inner_texts()]

    def press(self, name: str, *, exact: bool = False) -> None:
        """Click the button of this name."""
        self.frame.get_by_role("button", name=name, exact=exact).first.click()

    def has_button(self, name: str) -> bool:
        """Whether there is a button of this name."""
        return bool(self.frame.get_by_role("button", name=name).count())

    def goes_to(self, title: str) -> None:
        """Until the heading is `title`."""
        self.frame.get_by_role("heading", level=1, name=title, exact=True).wait_for()

    def says(self, words: str) -> None:
        """Until the status says `words`."""
        self.frame.get_by_role("status").filter(has_text=words).wait_for()

    @property
    def height(self) -> int:
        """How high the page is, in pixels."""
        height: int = self.frame.evaluate("Math.ceil(document.body.getBoundingClientRect().height)")
        return height

    def barriers(self) -> list[str]:
        """What axe finds that keeps people out, with the elements: WCAG A and AA, and best practice."""
        if not self.frame.evaluate("Boolean(window.axe)"):
            self.frame.evaluate(f"() => {{ {self.axe} }}")
        # axe does not see what is behind a transparent page.
        self.frame.evaluate("colour => document.documentElement.style.background = colour", CARDS[self.theme])
        run = (
            "rules => axe.run(document, {runOnly: rules, resultTypes: ['violations']}).then(found => found.violations)"
        )
        found = self.frame.evaluate(run, RULES)
        self.frame.evaluate("document.documentElement.style.background = ''")
        return [f"{what['id']}: {[node['html'][:120] for node in what['nodes']]}" for what in found]
