"""One word per idea: names that docs/glossary.md tells not to use are not used in code."""

import ast
import re
from collections.abc import Iterator

from tests.house.files import ROOT, relative, sources

INVENTED = {"ground", "happening", "said", "talk", "twin"}
# Parts of ordinary terms (put_in_place, pytest.mark), but no names by themselves.
INVENTED_ALONE = {"mark", "marks", "place", "places"}
CODE = ("services", "libs", "dev", "bench", "evaluation")


def test_no_name_in_the_code_is_an_invented_word() -> None:
    found = [
        f"{relative(path)}:{line} {name}"
        for path in sources(".py")
        if relative(path).split("/")[0] in CODE
        for line, name in names(path.read_text(encoding="utf-8"))
        if name.strip("_").lower() in INVENTED_ALONE or words(name) & INVENTED
    ]
    assert not found


def test_the_rule_sees_every_kind_of_name() -> None:
    code = "class GreenTwin:\n    def talk(self, said): self.place = ground\n"
    assert {name for _, name in names(code)} == {"GreenTwin", "talk", "self", "said", "place", "ground"}
    assert words("GreenTwin") == {"green", "twin"}
    assert words("_said_so") == {"said", "so"}
    assert words("background") == {"background"}


def test_the_glossary_names_the_invented_words() -> None:
    glossary = (ROOT / "docs/glossary.md").read_text(encoding="utf-8")
    assert set(re.findall(r"\*\*(\w+)\*\*", glossary)) == INVENTED | {"mark", "place"}


def names(code: str) -> Iterator[tuple[int, str]]:
    """The names that this code defines or uses, with their lines."""
    for node in ast.walk(ast.parse(code)):
        match node:
            case ast.ClassDef() | ast.FunctionDef() | ast.AsyncFunctionDef():
                yield node.lineno, node.name
            case ast.Name():
                yield node.lineno, node.id
            case ast.Attribute():
                yield node.lineno, node.attr
            case ast.arg():
                yield node.lineno, node.arg
            case ast.keyword(arg=str(name)):
                yield node.value.lineno, name


def words(name: str) -> set[str]:
    """The words of a name in either spelling."""
    return {word.lower() for part in name.split("_") for word in re.findall(r"[A-Z]?[a-z0-9]+|[A-Z]+", part)}
