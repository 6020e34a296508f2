"""What to do about a failed build without a script: plain repairs, or an honest end."""

import re
from dataclasses import dataclass

from dev.simulator.blueprint.plan import CannotDoError, Originals, Plan
from dev.simulator.conversation import Conversation

MAX_FILES = 6
_DIAGNOSTIC = re.compile(
    r"^\s*(?P<file>(?:src|supabase)/\S+?):(?P<line>\d+):(?P<column>\d+):? *(?P<code>TS\d+)?:? *(?P<text>.*)$",
    re.MULTILINE,
)
_FILE = re.compile(r"\b(?:src|supabase)/[\w./-]+\.(?:tsx?|css|sql)\b")
_MEANT = re.compile(r"['\u2018“](\w+)['\u2019”].*Did you mean (?:the [\w ]+ )?['\u2018“](\w+)['\u2019”]")
_UNKNOWN = re.compile(r"Cannot find name '(\w+)'")
_UNUSED = re.compile(r"'(\w+)' is declared but")
_EXPORTS = {
    "@/components/ui": "Badge Button Card CardContent CardHeader CardTitle Checkbox EmptyState "
    "Input Label NativeSelect "
    "Textarea",
    "@/auth": "AccountMenu AuthProvider ProtectedRoute authRoutes useAuth",
    "@/lib/collection": "useCollection",
    "@/lib/supabase": "supabase",
    "react": "useEffect useId useMemo useRef useState",
    "react-router": "Link NavLink useNavigate useParams",
}
_MODULE_OF = {name: module for module, names in _EXPORTS.items() for name in names.split()}


@dataclass(frozen=True)
class _Problem:
    file: str
    line: int
    column: int
    text: str


def repair(conversation: Conversation, plan: Plan) -> Plan:
    """Files that this conversation's plan wrote go back to the plan's text; others get a plain repair."""
    recovery = conversation.recovery
    assert recovery is not None  # noqa: S101 - the caller has seen that there is one
    problems = [
        _Problem(m.group("file"), int(m.group("line")), int(m.group("column")), m.group("text"))
        for m in _DIAGNOSTIC.finditer(recovery.text)
    ]
    named = dict.fromkeys([problem.file for problem in problems] + _FILE.findall(recovery.text))
    files = [path for path in named if conversation.exists(path)][:MAX_FILES]

    def wanted(originals: Originals) -> dict[str, list[str]]:
        ideal = _ideal(plan, originals)
        result = {}
        for path in files:
            if path not in conversation.seen:
                continue
            current = conversation.seen[path]
            mine = [problem for problem in problems if problem.file == path]
            good = ideal.get(path, current)
            result[path] = good if good != current else _repaired(current, mine)
        if len(result) == len(files) and all(
            lines == conversation.seen[path] for path, lines in result.items()
        ):
            raise CannotDoError("I read the files that the error names, and know no rule that repairs them.")
        return result

    summary = "I repaired what the build complained about. (Model simulator.)"
    return Plan("The build failed; I look at the files it names.", tuple(files), wanted, summary, {})


def _ideal(plan: Plan, originals: Originals) -> dict[str, list[str]]:
    try:
        return plan.files(originals)
    except CannotDoError:
        return {}


def _repaired(lines: list[str], problems: list[_Problem]) -> list[str]:
    result = list(lines)
    imports: list[str] = []
    for problem in problems:
        if not 1 <= problem.line <= len(result):
            continue
        if meant := _MEANT.search(problem.text):
            result[problem.line - 1] = re.sub(
                rf"\b{meant.group(1)}\b", meant.group(2), result[problem.line - 1]
            )
        elif unused := _UNUSED.search(problem.text):
            result[problem.line - 1] = re.sub(rf"\b{unused.group(1)}\b,? ?", "", result[problem.line - 1])
        elif (unknown := _UNKNOWN.search(problem.text)) and unknown.group(1) in _MODULE_OF:
            imports.append(f'import {{ {unknown.group(1)} }} from "{_MODULE_OF[unknown.group(1)]}";')
    return [*dict.fromkeys(imports), *result]
