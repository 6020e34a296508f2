"""What an import that leads nowhere was meant to be: a file of the app, or a package."""

import json
import re
from collections.abc import Mapping

from common.contracts import Diagnostic

_UNRESOLVED = (
    re.compile(r"failed to resolve import \"([^\"]+)\"", re.IGNORECASE),
    re.compile(r"Cannot find (?:module|name) '([^']+)'(?: or its corresponding type declarations)?"),
    re.compile(r"(?:Can't|Could not) resolve '([^']+)' in "),
)
_PACKAGE = re.compile(r"^(?:node:)?(?:@[a-z0-9][\w.~-]*/)?[a-z0-9][\w.~-]*(?:/.*)?$")
_ELSEWHERE = re.compile(r"^(?:https?:)?//")
_MODULE = frozenset({"TS2307", "TS2882"})
_NODE = frozenset(
    {
        *(
            "assert",
            "buffer",
            "child_process",
            "crypto",
            "dns",
            "events",
            "fs",
            "http",
            "http2",
            "https",
            "module",
        ),
        *("net", "os", "path", "perf_hooks", "readline", "stream", "string_decoder", "timers", "tls", "url"),
        *("util", "v8", "vm", "worker_threads", "zlib"),
    }
)


def specifier(message: str) -> str | None:
    """What the import names that a tool could not resolve."""
    return _hidden_part(message) or next(
        (found[1] for pattern in _UNRESOLVED if (found := pattern.search(message))), None
    )


def _hidden_part(message: str) -> str | None:
    """A part that its package does not offer: `"./dist" is not exported under … from package …`."""
    before, refused, after = message.partition('" is not exported under the conditions ')
    package = after.partition("node_modules/")[2].partition(" ")[0]
    path = before.rpartition('"./')[2]
    return f"{package}/{path}" if refused and package and path else None


def missing_package(problem: Diagnostic, source: Mapping[str, bytes]) -> str | None:
    """The package, or the address, that an unresolved import means; None when it means a file of the app."""
    name = specifier(problem.message)
    if problem.code == "cdn-import":
        return problem.message.partition("'")[2].partition("'")[0]
    if name is None or not _is_import(problem, name):
        return None
    if _ELSEWHERE.match(name):
        return name
    if not _PACKAGE.match(name) or _is_own(name, source):
        return None
    parts = name.split("/")
    return "/".join(parts[: 2 if parts[0].startswith("@") else 1])


def packages_of(source: Mapping[str, bytes]) -> tuple[str, ...]:
    """The packages an app can import: those that its template depends on."""
    try:
        wanted = json.loads(source["package.json"]).get("dependencies", {})
    except (KeyError, ValueError, AttributeError):
        return ()
    return tuple(sorted(wanted)) if isinstance(wanted, dict) else ()


def _is_import(problem: Diagnostic, name: str) -> bool:
    """Whether the message is about an import; of Node's modules the type checker speaks as of names."""
    code = problem.code or ""
    if not code.startswith("TS") or code in _MODULE:
        return True
    return name.startswith("node:") or (code in {"TS2591", "TS2580"} and name.partition("/")[0] in _NODE)


def _is_own(name: str, source: Mapping[str, bytes]) -> bool:
    """Whether it is the path of a file of the app under an alias that is none, or under none."""
    first = name.removeprefix("@").partition("/")[0]
    return first == "src" or any(path.startswith(f"src/{first}/") for path in source)
