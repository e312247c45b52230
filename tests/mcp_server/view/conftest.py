"""A browser with a host of MCP Apps in it: the official bridge and client, and our server over HTTP on the sandbox."""

import os
import shutil
import socket
import subprocess
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from tests.mcp_server.view.shown import Shown

HOST = Path(__file__).parent / "host"
CHROMIUM = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
# As strict as the MCP Inspector's: what the page is made of stands inside it, and nothing else loads or leaves.
POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
)


def missing(what: str) -> None:
    """Skip, saying what is missing; CI must not."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"{what} is missing; CI must run this test")
    pytest.skip(f"this test needs {what}, and it is not installed")


@pytest.fixture(scope="session")
def host_folder(tmp_path_factory: pytest.TempPathFactory, npm_install: Callable[..., None]) -> Path:
    """The host with its packages, installed outside the checkout and bundled."""
    folder = tmp_path_factory.mktemp("host")
    for file in HOST.iterdir():
        shutil.copy(file, folder)
    npm_install(folder)
    npm = shutil.which("npm") or "npm"
    subprocess.run([npm, "run", "--silent", "build"], cwd=folder, check=True, timeout=60)
    return folder


@pytest.fixture(scope="session")
def axe(host_folder: Path) -> str:
    """The source of axe, which looks for what keeps people out."""
    return (host_folder / "node_modules/axe-core/axe.min.js").read_text("utf-8")


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """The origin of the host's files. `/to/PORT/mcp` is the server at that port: its pages are of another origin."""

    async def sandbox(_: Request) -> Response:
        return FileResponse(folder / "sandbox.html", headers={"Content-Security-Policy": POLICY})

    async def forward(request: Request) -> Response:
        url = f"http://127.0.0.1:{request.path_params['port']}/mcp"
        drop = {"host", "origin", "referer", "content-length", "connection", "accept-encoding"}
        headers = [(name, value) for name, value in request.headers.items() if name not in drop]
        client: httpx.AsyncClient = request.state.client
        asked = client.build_request(request.method, url, headers=headers, content=await request.body())
        answer = await client.send(asked, stream=True)

        async def body() -> AsyncIterator[bytes]:
            async for part in answer.aiter_raw():
                yield part
            await answer.aclose()

        kept = {name: value for name, value in answer.headers.items() if name not in ("content-length", "connection")}
        return StreamingResponse(body(), answer.status_code, kept)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[dict[str, httpx.AsyncClient]]:
        async with httpx.AsyncClient(timeout=30) as client:
            yield {"client": client}

    app = Starlette(
        lifespan=lifespan,
        routes=[
            Route("/sandbox.html", sandbox),
            Route("/to/{port:int}/mcp", forward, methods=["GET", "POST", "DELETE"]),
            Mount("/", StaticFiles(directory=folder)),
        ],
    )
    bound = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="error"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]})
    thread.start()
    try:
        yield f"http://127.0.0.1:{bound.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)
        bound.close()


@pytest.fixture(scope="session")
def host_origin(host_folder: Path) -> Iterator[str]:
    with serving(host_folder) as origin:
        yield origin


@pytest.fixture(scope="module")
def browser(host_folder: Path) -> Iterator[Any]:  # noqa: ARG001  # Node.js is looked for before the browser starts
    """Chromium of the distribution; a driver's own would have to be downloaded.

    One for each file: as long as the driver runs, no other event loop can, and other files need theirs.
    """
    found = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if found is None:
        missing("Chromium (chromium-headless-shell)")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        missing("playwright")
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-dev-shm-usage"]  # root in a container has neither
        browser = playwright.chromium.launch(executable_path=found, args=arguments)
        yield browser
        browser.close()


@pytest.fixture
def mount(browser: Any, host_origin: str, axe: str) -> Iterator[Callable[..., Shown]]:
    """Show an answer in the page, in a frame so many pixels wide: see `Shown.mount`.

    Whatever a test did, no request may have left the page, nothing may have gone to the model or the user's browser,
    and the browser may not have complained.
    """
    all_shown: list[Shown] = []

    def show(*, width: int = 760, theme: str | None = "light", server: str | None = None, **what: Any) -> Shown:
        context = browser.new_context(viewport={"width": width + 32, "height": 560}, reduced_motion="reduce")
        context.set_default_timeout(10_000)
        shown = Shown(context.new_page(), host_origin, axe)
        all_shown.append(shown)
        return shown.mount(server, theme, what)

    yield show
    for shown in all_shown:
        assert shown.requests == []
        assert shown.errors == []
        assert shown.seen()["other"] == []
        shown.host.context.close()
