"""The rules of what a source file may be and hold, so that none of an app's code runs while it is built.

What decides is how the build's tools read a file: Tailwind compiles style sheets, and runs what they name as
a plugin or configuration. The bundler has a wall of its own behind these rules, which say early what it would
refuse.
"""

import posixpath
import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import islice
from pathlib import PurePosixPath
from urllib.parse import unquote

from common.contracts.source import PUBLIC, SOURCE, Problem, lock_reason, module_problems
from common.contracts.templates import TemplateRelease

MAX_PROBLEMS = 50
_SHOWN = 80
_PLATFORM_PAGES = frozenset({f"{PUBLIC}/{name}.html" for name in ("index", "404", "200")})
_SEPARATORS = " \t\n"
_BLANK = " \t\r\n\f\v\ufeff"
_JAVASCRIPT = {".js": ".ts", ".mjs": ".ts", ".cjs": ".ts", ".jsx": ".tsx", ".mts": ".ts", ".cts": ".ts"}
_TYPESCRIPT = (".ts", ".tsx")
_RUN = frozenset({"plugin", "config"})
_LOAD = frozenset({"import", "reference"})
_WOULD_RUN = (
    "would run code while the app is built. Write the styles themselves: @utility, @custom-variant and "
    "@theme do without code"
)
_NO_STYLE_SHEET = (
    "is no style sheet: import files of the app by their path with .css at the end, or the style sheet of an "
    "installed package"
)

_TOKENS = r"""
    (?P<text>[^\\/"'@;{}]++)
  | (?P<string>"[^"\\\n]*(?:\\.[^"\\\n]*)*"|'[^'\\\n]*(?:\\.[^'\\\n]*)*')
  | (?P<escape>\\.)
  | (?P<end>[;{}])
  | (?P<other>.)
"""
# Comments as Tailwind reads them: an escaped character never ends one. No group is possessive: before 3.11.5,
# Python then takes some text that matches for one that does not. There is but one way to match in any case.
_WITH_COMMENTS = re.compile(
    r"(?P<comment>/\*[^\\*]*(?:(?:\\.|\*(?!/))[^\\*]*)*\*/)|" + _TOKENS, re.DOTALL | re.VERBOSE
)
_WITHOUT_COMMENTS = re.compile(_TOKENS, re.DOTALL | re.VERBOSE)
_AT_RULE = re.compile(r"@((?:[-\w]|\\.)*)")
_ESCAPE = re.compile(r"\\(?:([0-9a-fA-F]{1,6})\s?|(.))", re.DOTALL)
_STRING = r"""(?:"(?P<double>[^"]*+)"|'(?P<single>[^']*+)')"""
_URL = re.compile(rf"""\burl\(\s*+(?:{_STRING}|(?P<bare>[^)"']*+))""", re.IGNORECASE)
_IMAGE_SET = re.compile(r"image-set\(", re.IGNORECASE)
_QUOTED = re.compile(_STRING)
_REMOTE = re.compile(r"https?://")
_NO_PART_OF_A_PATH = frozenset("?#:\\\"'")
_PACKAGE = re.compile(r"(?:@[a-z0-9][\w.-]*/)?[a-z0-9][\w-]*(?:/[\w-]+)*")
_SPECIFIER = re.compile(
    r"""\b(?P<word>from|import)[ \t]*+(?P<call>\([ \t]*+)?(["'`])(?P<name>[^"'`\n]*+)\3"""
)
_IMPORTING = ("import", "export", "}")  # an import over several lines ends with a bracket and `from`
# By these ends the build's tools take any file for a style sheet.
_DISGUISED = re.compile(r"\.css$|&lang\.css|[?&]index=\d+\.css$")
_QUERY = re.compile(r"[?#]")
_AS_IT_IS = re.compile(r"[?&](?:raw|url)\b")


def file_problems(path: str, content: bytes) -> list[Problem]:
    """Why an app cannot have the file, if anything speaks against it; at most MAX_PROBLEMS."""
    problem = name_problem(path)
    if problem is not None:
        return [Problem(problem, path)]
    read = _reader(path.casefold())
    if read is None:
        return []
    text = content.decode(errors="replace")
    return [
        Problem(message, path, text.count("\n", 0, offset) + 1)
        for offset, message in islice(read(text), MAX_PROBLEMS)
    ]


def source_problems(files: Mapping[str, bytes], template: TemplateRelease) -> list[Problem]:
    """Why these files are no source of an app of the template; what the template keeps is not asked about."""
    problems: list[Problem] = []
    for path, content in sorted(files.items()):
        reason = lock_reason(path, template.locked)
        if reason is None:
            problems += file_problems(path, content)
        elif path not in template.files:
            problems.append(Problem(f"only the template could bring this file ({reason}): delete it", path))
    refused = {problem.path for problem in problems}
    return problems + module_problems(path for path in sorted(files) if path not in refused)


def name_problem(path: str) -> str | None:
    """Why no file of an app can have the name, although its path is well formed; None when one can."""
    file = PurePosixPath(path.casefold())
    if _top(path.casefold()) == PUBLIC:
        return f"the platform makes the app's {file.name}" if str(file) in _PLATFORM_PAGES else None
    suffix = file.suffix
    if suffix in _JAVASCRIPT:
        better = PurePosixPath(path).with_suffix(_JAVASCRIPT[suffix])
        return (
            f"JavaScript is not type-checked: write it in TypeScript as {better}"
            f"{' (or .tsx)' if better.suffix == '.ts' else ''}; only public/ may hold scripts as they are"
        )
    if suffix == ".html" and str(file) != "index.html":
        return "pages are routes of the app, and its only HTML is index.html: put a document into public/"
    if file.name == "package.json" and len(file.parts) > 1:
        return "a package.json in a folder would redirect what is imported from there"
    if not suffix and not file.name.startswith(".") and file.parts[0] == SOURCE:
        return "it needs an extension that says what it is, such as .ts, .tsx, .css or .md"
    return None


def _reader(path: str) -> Callable[[str], Iterator[tuple[int, str]]] | None:
    """What finds the problems in such a file's text, each with its offset."""
    if path.endswith(".css"):
        return partial(_style_problems, path)
    return _script_problems if path.endswith(_TYPESCRIPT) and _top(path) != PUBLIC else None


def _top(path: str) -> str:
    return path.partition("/")[0]


def _style_problems(path: str, text: str) -> Iterator[tuple[int, str]]:
    in_source, is_public = _top(path) == SOURCE, _top(path) == PUBLIC
    for offset, statement in _statements(text):
        if not is_public and "(" in statement and (address := _leads_out(path, statement)) is not None:
            yield offset, f"url({address[:_SHOWN]}) leads out of the app: it has only its own files"
        rule = _AT_RULE.match(statement.lstrip(_BLANK))
        if rule is None:
            continue
        name = _ESCAPE.sub(_unescaped, rule[1]).casefold()
        if name in _RUN:
            yield offset, f"@{name} {_WOULD_RUN}"
            continue
        parameters = rule.string[rule.end() :].strip()
        if name in _LOAD and not _is_style_sheet(parameters, in_source=in_source):
            shown = " ".join(parameters.split())[:_SHOWN]
            yield offset, f"@{name} {shown} {_NO_STYLE_SHEET}"


def _leads_out(path: str, statement: str) -> str | None:
    """The first address in the statement that is relative and goes up further than the app's own folder."""
    found = list(_URL.finditer(statement))
    if _IMAGE_SET.search(statement):
        found += _QUOTED.finditer(statement)
    for match in found:
        address = next(filter(None, match.groups()), "")
        target = unquote(_ESCAPE.sub(_unescaped, address))
        base = SOURCE if target.startswith("@/") else posixpath.dirname(path)
        if posixpath.normpath(posixpath.join(base, target.removeprefix("@/"))).startswith("../"):
            return address
    return None


def _is_style_sheet(parameters: str, *, in_source: bool) -> bool:
    if parameters[:1] in {'"', "'"}:
        name, _, behind = parameters[1:].partition(parameters[0])
        if behind and behind[0] not in _SEPARATORS:  # is read as part of the name
            return False
    elif parameters[:4].casefold() == "url(":
        name = parameters[4:].partition(")")[0].strip().strip("\"'")
    else:
        return False
    local = not _NO_PART_OF_A_PATH.intersection(name) and not name.startswith("//")
    if _REMOTE.match(name) or (local and name.endswith(".css")):
        return True
    # Elsewhere a file without extension could have a package's name.
    return in_source and _PACKAGE.fullmatch(name) is not None


def _unescaped(escape: re.Match[str]) -> str:
    if escape[1] is None:
        return escape[2]
    code = int(escape[1], 16)
    return chr(code) if code <= 0x10FFFF else "\ufffd"


def _statements(text: str) -> Iterator[tuple[int, str]]:
    """What stands before each `;`, `{` and `}`, without comments, and where it begins."""
    parts: list[str] = []
    pattern, begins, position = _WITH_COMMENTS, 0, 0
    while (token := pattern.match(text, position)) is not None:
        position = token.end()
        kind = token.lastgroup
        if kind == "end":
            yield begins, "".join(parts)
            parts = []
        elif kind != "comment":
            if not parts and kind == "text" and not token[0].strip():
                continue
            if not parts:
                begins = token.start() + len(token[0]) - len(token[0].lstrip())
            parts.append(token[0])
            if token[0] == "/" and text.startswith("*", position):
                # A comment that nobody ends is none, and neither is any after it.
                pattern = _WITHOUT_COMMENTS
    yield begins, "".join(parts)


def _script_problems(text: str) -> Iterator[tuple[int, str]]:
    offset = 0
    for line in text.split("\n"):
        indent = len(line) - len(line.lstrip())
        importing = line.startswith(_IMPORTING, indent)
        for found in _SPECIFIER.finditer(line):
            # Where imports stand, not within a text that a page shows.
            if found["word"] == "from":
                real = importing and found["call"] is None
            else:
                real = found["call"] is not None or found.start() == indent
            if real and (problem := _specifier_problem(found["name"])) is not None:
                yield offset, problem
        offset += len(line) + 1


def _specifier_problem(name: str) -> str | None:
    file, *query = _QUERY.split(name, maxsplit=1)
    shown = name[:_SHOWN]
    if name.startswith("data:"):
        return f"'{shown}' is code in an address: put it into a file of the app"
    if _AS_IT_IS.search(name):
        return None
    if query and _DISGUISED.search(name) and not file.endswith(".css"):
        return f"'{shown}' is no style sheet: import a file that ends with .css"
    return (
        f"'{shown}' is a page: only its text can be imported, with ?raw" if file.endswith(".html") else None
    )
