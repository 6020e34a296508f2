"""search: finds by names, words of them, routes and text; says what there is when it finds nothing."""

import pytest

from orchestrator.domain.index import MAX_FILE_BYTES, IndexCache
from orchestrator.domain.ranking import Ranking, words_of
from orchestrator.domain.search import MAX_CHARACTERS, search
from orchestrator.domain.tree import FileRef, Tree
from tests.orchestrator.domain.sources import APP, call, encoded, index_of, workspace_of

INDEX = index_of(APP)


def found(query: str, kind: str | None = None, limit: int = 20) -> list[str]:
    return search(INDEX, query, kind, limit).splitlines()


FINDS = {
    "a name": ("formatDate", None, "src/lib/dates.ts:4 function formatDate (exported): export function"),
    "words of a name": ("format dates", None, "src/lib/dates.ts:4 function formatDate"),
    "a name in small letters": ("formatdate", None, "src/lib/dates.ts:4 function formatDate"),
    "a snake": ("format_date", "function", "src/lib/dates.ts:4 function formatDate"),
    "another form of a word": ("formatting", None, "src/lib/dates.ts:4 function formatDate"),
    "the beginning of a word": ("form", "function", "src/lib/dates.ts:4 function formatDate"),
    "what is not exported": ("pad", None, "src/lib/dates.ts:8 function pad (not exported): const pad = ("),
    "a component": ("button", "component", "src/components/ui/button.tsx:5 component Button (exported)"),
    "a hook": ("books", "hook", "src/hooks/useBooks.ts:3 hook useBooks (exported): export function"),
    "a type": ("Moment", "type", "src/lib/types.ts:1 type Moment (exported): export type Moment = number;"),
    "a value": ("max days", "value", "src/lib/dates.ts:12 value MAX_DAYS (exported)"),
    "a route": ("/books/:id", "route", "src/routes.tsx:12 route /books/:id: { path:"),
    "a route by its page": ("books", "route", "src/routes.tsx:12 route /books/:id"),
    "the root": ("/", "route", "src/routes.tsx:11 route /:"),
    "exact text": ("add a BOOK", None, "src/pages/Home.tsx:9 text: return <ul><Row /><Button>Add a book<"),
    "text by signs": ("<Row />", "text", "src/pages/Home.tsx:9 text: return <ul><Row />"),
    "words of a text": ("write people", "text", "src/lib/dates.ts:3 text: /** As people write it. */"),
    "a style": (".hero", None, "src/styles/extra.css:1 text: .hero { background"),
}  # fmt: skip


@pytest.mark.parametrize(("query", "kind", "first"), FINDS.values(), ids=FINDS)
def test_what_is_looked_for_comes_first(query: str, kind: str | None, first: str) -> None:
    lines = found(query, kind)
    assert lines[0].startswith(first), lines


def test_a_kind_is_kept_to_and_the_limit_too() -> None:
    assert all(" type: " not in line and " component " in line for line in found("row", "component"))
    *lines, more = found("value", limit=3)
    assert (len(lines), more) == (3, "… and more: ask for less at once")


def test_definitions_leave_room_for_text() -> None:
    lines = found("formatDate", limit=4)
    assert lines[0].startswith("src/lib/dates.ts:4 function")
    assert [line for line in lines if "text: import { formatDate }" in line]
    assert sum(line.startswith("src/lib/dates.ts:4 ") for line in lines) == 1


def test_nothing_found_tells_what_there_is() -> None:
    text = "\n".join(found("xylophone", "hook"))
    assert text.startswith("Nothing found of kind hook for 'xylophone'.")
    assert "1 of kind hook" in text
    assert "Of kind hook: useBooks." in text
    assert "Similar names: useBooks." in "\n".join(found("uzeBuuks", "hook"))
    assert search(index_of({}), "a", None, 20) == "Nothing found for 'a'."


def test_an_answer_stays_within_its_characters() -> None:
    many = {
        f"src/a{number}.ts": f"export const value{number} = '{'word ' * 100}';\n" for number in range(200)
    }
    answer = search(index_of(many), "word value", None, 50)
    assert len(answer) < MAX_CHARACTERS + 100
    assert "more: ask for less at once" in answer


def test_a_line_without_end_is_shown_around_what_was_found() -> None:
    (line,) = search(
        index_of({"src/a.json": f"{'x' * 5_000}needle{'y' * 5_000}"}), "needle", None, 20
    ).splitlines()
    assert "needle" in line
    assert len(line) < 300


def test_what_is_too_large_is_named_as_not_searched() -> None:
    answer = search(index_of({**APP, "src/big.json": "1" * (MAX_FILE_BYTES + 1)}), "cn", None, 20)
    assert answer.endswith("Not searched, as they are too large: src/big.json")


def test_pictures_and_locks_are_no_text_to_search() -> None:
    index = index_of(
        {"public/a.png": b"\x89PNG needle", "package-lock.json": "needle", "src/a.ts": b"needle\0"}
    )
    assert search(index, "needle", None, 20).startswith("Nothing found")


def test_words_of_names_are_told_apart() -> None:
    assert words_of("getHTTPResponse2") == ["get", "http", "response", "2", "gethttpresponse2"]
    assert words_of("src/lib/date_utils.ts") == ["src", "lib", "date", "util", "dateutil", "ts"]
    assert words_of("Größe ändern") == words_of("größe ändern") != []


def test_a_rare_word_counts_more_than_a_common_one() -> None:
    ranking = Ranking([{"date": 1, "common": 1}, {"common": 1, "other": 1}, {"common": 1, "more": 1}])
    scores = ranking.scores(["date", "common"])
    assert max(scores, key=lambda number: scores[number]) == 0


def test_only_files_that_have_changed_are_read_again() -> None:
    cache, contents = IndexCache(), encoded(APP)
    refs = {path: FileRef.of(content) for path, content in contents.items()}
    tree = Tree(refs)
    assert cache.missing(tree) == {ref.digest for ref in refs.values()}
    first = cache.of(tree, {refs[path].digest: content for path, content in contents.items()})
    new = b"export const fresh = 1;\n"
    changed = tree.with_file("src/fresh.ts", FileRef.of(new)).without("src/lib/types.ts")
    assert cache.missing(changed) == {FileRef.of(new).digest}
    second = cache.of(changed, {FileRef.of(new).digest: new})
    assert second.files["src/App.tsx"] is first.files["src/App.tsx"]
    assert "fresh" in search(second, "fresh", None, 20)
    assert "src/lib/types.ts" not in second.files


def test_what_was_not_at_hand_is_read_when_it_is() -> None:
    cache, content = IndexCache(), b"export const late = 1;\n"
    tree = Tree({"src/late.ts": FileRef.of(content)})
    assert cache.of(tree, {}).left_out == ("src/late.ts",)
    contents = dict.fromkeys(cache.missing(tree), content)
    assert cache.of(tree, contents).left_out == ()
    assert search(cache.of(tree, {}), "late", "value", 20).startswith("src/late.ts:1 value late")


def test_a_search_sees_what_earlier_calls_of_its_turn_have_written() -> None:
    workspace = workspace_of(APP)
    search_call = {"name": "search", "input": {"query": "priceOf", "kind": "function"}}
    before, _, after = workspace.carry_out(
        [
            search_call,
            {
                "name": "create_file",
                "input": {"path": "src/lib/price.ts", "content": "export function priceOf() {}\n"},
            },
            {"name": "search", "input": {"query": "price of", "kind": "function"}},
        ]
    )
    assert before.text.startswith("Nothing found")
    assert after.text.startswith("src/lib/price.ts:1 function priceOf (exported)")


def test_a_search_needs_the_contents_of_all_texts_and_only_once() -> None:
    workspace = workspace_of({**APP, "public/a.png": b"\x89"})
    calls = [{"name": "search", "input": {"query": "a"}}]
    needed = workspace.missing(calls)
    contents, workspace.contents = workspace.contents, {}
    assert workspace.missing(calls) == needed | workspace.missing(calls)
    assert FileRef.of(b"\x89").digest not in workspace.missing(calls)
    workspace.contents = {digest: contents[digest] for digest in workspace.missing(calls)}
    assert not call(workspace, "search", query="cn").is_error
    workspace.contents = {}
    assert workspace.missing(calls) == set()


@pytest.mark.parametrize(
    "arguments", [{"query": " "}, {"query": "a", "kind": "util"}, {"query": "a", "limit": 0}]
)
def test_wrong_arguments_come_back_as_advice(arguments: dict[str, object]) -> None:
    outcome = call(workspace_of(APP), "search", **arguments)
    assert outcome.is_error
    assert "search takes: query, kind (optional), limit (optional)" in outcome.text
