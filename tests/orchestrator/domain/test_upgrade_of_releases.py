"""Released foundations: an app on 1.3.0, which people have changed, moves to what is released now."""

from pathlib import Path

from common.contracts.source import lock_reason
from common.contracts.templates import TemplateRelease
from orchestrator.clients.merge import merge_lines
from orchestrator.domain.making_way import make_way
from orchestrator.domain.paths import check_source
from orchestrator.domain.upgrade import Merge, merge
from templates.clients.content import read_template
from templates.domain.compatibility import too_low
from templates.domain.release import Release, make_release
from templates.settings import PACKAGED_CONTENT

RELEASED = Path(__file__).parents[2] / "templates" / "releases" / "vite-react-1.3.0"
BEFORE = make_release("1.3.0", read_template(RELEASED))
NOW = make_release("now", read_template(PACKAGED_CONTENT / "vite-react"))
APP, ROUTES, BOOKS = "src/App.tsx", "src/routes.tsx", "src/pages/Books.tsx"


def served(release: Release) -> TemplateRelease:
    files = {file.path: file.content for file in release.files}
    return TemplateRelease(release.descriptor.ref, release.digest, release.descriptor.locked, files)


def upgraded(**changed: bytes) -> Merge:
    base, target = served(BEFORE), served(NOW)
    found = merge(base, make_way(base, {**base.files, **changed}, target).files, target)
    for sides in found.both:
        found.take(sides, merge_lines(sides))
    check_source(found.files, target)
    return found


def test_an_app_that_nobody_has_changed_becomes_one_of_the_new_release() -> None:
    found = upgraded()
    assert found.files == served(NOW).files
    assert found.for_the_model == ()


def test_what_people_have_written_is_there_after_the_upgrade() -> None:
    before = served(BEFORE).files
    mine = {
        BOOKS: b"export default function Books() { return null; }\n",
        ROUTES: b"// my routes\n" + before[ROUTES],
        APP: before[APP] + b"// my end\n",
        "src/index.css": before["src/index.css"] + b".mine { color: red; }\n",
    }
    found = upgraded(**mine)
    assert found.files[BOOKS] == mine[BOOKS]
    for path, line in (
        (ROUTES, b"// my routes"),
        (APP, b"// my end"),
        ("src/index.css", b".mine { color: red; }"),
    ):
        assert line in found.files[path].splitlines()
    locked = {path for path in served(NOW).files if lock_reason(path, NOW.descriptor.locked)}
    assert {path: found.files[path] for path in locked} == {path: served(NOW).files[path] for path in locked}


def test_the_number_of_the_release_says_what_has_changed() -> None:
    assert too_low(BEFORE, NOW) is None
