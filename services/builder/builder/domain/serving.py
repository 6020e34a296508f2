"""How a deployed app answers requests: what the browser check is served, as the deployer's Worker would."""

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote_to_bytes, urlsplit

from builder.domain.artifact import content_type
from common.contracts.env import fill_page, has_room_for_env

ORIGIN = "https://app.invalid"
"""Where an app is while it is looked at; the name exists nowhere (RFC 6761)."""

VENDOR = "assets/vendor-"
"""What the paths of the bundle's chunks begin with that hold packages alone."""

_INDEX = "index.html"
_MISSING = "404.html"
_OPEN = "200.html"
_SUBRESOURCES = frozenset({"Font", "Image", "Manifest", "Media", "Script", "Stylesheet", "TextTrack"})
_ROUTE = re.compile(r"""\bpath:\s*["'`](/[\w./~-]*)["'`]""")
_MAX_ROUTES = 50
# As the deployer's plan and Worker have it: what is named by its content is asked for once.
_HASHED = re.compile(r"^assets/(?:[^/]*+/)*+[^/]*-(?=[^./]{0,7}[0-9A-Z_-])[A-Za-z0-9_-]{8}\.[A-Za-z0-9.]+$")
_IMMUTABLE = "public, max-age=31536000, immutable"
_NO_METHOD = (405, "This app answers GET and HEAD.\n")
_NO_PATH = (400, "The path is not valid percent-encoded UTF-8.\n")


@dataclass(frozen=True)
class Asked:
    """A request of a page; `kind` is the DevTools protocol's Network.ResourceType."""

    method: str
    url: str
    kind: str
    accept: str = "*/*"


@dataclass(frozen=True)
class Answer:
    """`body` is in base64, as the protocol takes it."""

    status: int
    headers: Mapping[str, str]
    body: str


@dataclass(frozen=True)
class Site:
    """The files of an app, by path, as they are served once it is deployed."""

    files: Mapping[str, bytes]
    app_id: str
    _encoded: dict[str, str] = field(default_factory=dict)

    def answer(self, asked: Asked) -> Answer | None:
        """None for what is not the app's own: there is nobody to ask."""
        if not is_own(asked.url):
            return None
        path = _path(asked.url)
        if path is None or asked.method not in {"GET", "HEAD"}:
            return _plain(*(_NO_PATH if path is None else _NO_METHOD))
        return self._found(asked, path)

    def _found(self, asked: Asked, path: str) -> Answer:
        name = f"{path}{_INDEX}" if path.endswith("/") or not path else path
        if name in self.files:
            return self._file(name)
        if f"{path}/{_INDEX}" in self.files:
            if _MISSING in self.files and has_room_for_env(self.files[f"{path}/{_INDEX}"]):
                return self._file(f"{path}/{_INDEX}")
            return Answer(307, {"location": f"/{path}/"}, "")
        if _is_route(asked, path):
            for fallback, status in ((_OPEN, 200), (_MISSING, 404), (_INDEX, 200)):
                if fallback in self.files:
                    return self._file(fallback, status)
        return _plain(404, "Not found\n")

    def _file(self, path: str, status: int = 200) -> Answer:
        if path not in self._encoded:
            content = self.files[path]
            if path.endswith(".html"):
                content = fill_page(content, {"APP_ID": self.app_id}, ORIGIN)
            self._encoded[path] = base64.b64encode(content).decode()
        headers = {
            "content-type": content_type(path),
            "x-content-type-options": "nosniff",
            "cache-control": _IMMUTABLE if _HASHED.match(path) else "no-cache",
        }
        return Answer(status, headers, self._encoded[path])

    def routes(self) -> list[str]:
        """The paths of the app's route table, as far as its own code names them without parameters."""
        found: dict[str, None] = {"/": None}
        for path, content in self.files.items():
            if path.endswith(".js") and not path.startswith(VENDOR):
                found |= dict.fromkeys(_ROUTE.findall(content.decode(errors="replace"))[:_MAX_ROUTES])
        return list(found)


def is_own(url: str) -> bool:
    """Whether the address is the app's own."""
    return url == ORIGIN or url.startswith(f"{ORIGIN}/")


def _path(url: str) -> str | None:
    try:
        path = unquote_to_bytes(urlsplit(url).path).decode()
    except ValueError:
        return None
    return None if "\0" in path else path.removeprefix("/")


def _is_route(asked: Asked, path: str) -> bool:
    if path.startswith("assets/") or asked.kind in _SUBRESOURCES:
        return False
    return asked.kind == "Document" or "text/html" in asked.accept


def _plain(status: int, text: str) -> Answer:
    headers = {"content-type": "text/plain; charset=utf-8", "cache-control": "no-store"}
    return Answer(status, headers, base64.b64encode(text.encode()).decode())
