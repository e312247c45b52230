"""Responses of others in place of Telnyx: proxies, gateways, firewalls, login pages. None has Telnyx's `errors`."""

import json
from collections.abc import Mapping
from typing import Any

from starlette.responses import Response


def _page(status: int, title: str) -> Response:
    body = f"<!DOCTYPE html><html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>"
    return Response(body, status, media_type="text/html")


def _json(status: int, content: Any) -> Response:
    return Response(json.dumps(content), status, media_type="application/json")


FOREIGN: Mapping[str, tuple[str, Response]] = {
    "gateway-404": (
        "a gateway that does not know the path",
        _json(404, {"message": "no Route matched with those values"}),
    ),
    "web-404": ("a web server that does not know the path", _page(404, "404 Not Found")),
    "waf-403": ("a block page of a firewall", _page(403, "Access Denied")),
    "gateway-401": ("a gateway that requires a key of its own", _json(401, {"error": "No API key found in request"})),
    "proxy-407": ("a proxy that requires a login", _page(407, "Proxy Authentication Required")),
    "gateway-429": ("a rate limit of a gateway", _json(429, {"message": "API rate limit exceeded"})),
    "balancer-400": ("a load balancer that refuses the request", _page(400, "400 Request Header Too Large")),
    "filter-451": ("a block page of a content filter", _page(451, "Blocked by policy")),
    "login-200": ("a login page instead of a response", _page(200, "Welcome to the guest network")),
    "login-511": ("a network that requires a login", _page(511, "Network Authentication Required")),
}
"""By name of the fault: in words and as a response."""
