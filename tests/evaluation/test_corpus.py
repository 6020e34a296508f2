"""The corpus is what the project promises, and mistakes in it are told where they stand."""

from pathlib import Path

import pytest

from dev.stack.config import ConfigError
from evaluation.corpus import CorpusError, load_corpus
from evaluation.settings import Settings

FILE = """
kind: shop
title: Shops
entries:
  - id: shop-1
    prompt: A shop
    checks: [{name: Opens, steps: [STEP]}]
"""
STANDARD = "checks: [{name: Fits, steps: [{fits: 390}]}]"


def folder(path: Path, text: str) -> Path:
    (path / "shop.yaml").write_text(text, encoding="utf-8")
    (path / "standard.yaml").write_text(STANDARD, encoding="utf-8")
    return path


def test_the_corpus_has_forty_prompts_of_ten_kinds_in_two_languages() -> None:
    corpus = load_corpus()
    assert len(corpus.titles) >= 10
    assert all(len(corpus.select(kind)) >= 4 for kind in corpus.titles)
    assert len(corpus.entries) >= 40
    assert len({entry.prompt for entry in corpus.entries}) == len(corpus.entries)
    assert sum(entry.language == "de" for entry in corpus.entries) >= 8
    assert sum(bool(entry.then) for entry in corpus.entries) >= 5
    assert any(message.says for entry in corpus.entries for message in entry.then)


def test_the_simulator_serves_several_kinds() -> None:
    served = load_corpus().select("simulator")
    assert len(served) >= 8
    assert len({entry.kind for entry in served}) >= 6


def test_every_entry_has_the_standard_checks_after_its_own() -> None:
    for entry in load_corpus().entries:
        assert [check.name for check in entry.checks][-2:] == [
            "Fits a phone on every page",
            "Can be read on light and dark screens",
        ]
        assert len(entry.checks) > 2


@pytest.mark.parametrize(
    ("step", "told"),
    [
        ("{clik: {button: add}}", "entries.0.checks.0.steps.0: .*'clik'.*'click'"),
        ("{click: {button: '('}}", r"steps.0.click.click.button: .*'\(' is no regular expression"),
        ("{click: {button: add, link: add}}", "exactly one of text, button, .* is needed, not button, link"),
        ("{see: {within: cart}}", "exactly one of .* not none"),
        ("{see: cart, nth: 2}", "steps.0.see.nth: Extra inputs are not permitted"),
        ("{count: {css: li}}", "either at_least or exactly is needed"),
        (
            "{every_page: [{fits: wide}]}",
            "steps.0.every_page.every_page.0.fits.fits: Input should be a valid integer",
        ),
    ],
)
def test_a_mistake_is_told_with_its_file_and_where_it_stands(tmp_path: Path, step: str, told: str) -> None:
    with pytest.raises(CorpusError, match=told) as raised:
        load_corpus(folder(tmp_path, FILE.replace("STEP", step)))
    assert str(tmp_path / "shop.yaml") in str(raised.value)


def test_ids_are_of_their_kind_and_come_once(tmp_path: Path) -> None:
    right = FILE.replace("STEP", "{see: shop}")
    with pytest.raises(CorpusError, match="begin with shop-, unlike game-1"):
        load_corpus(folder(tmp_path, right.replace("shop-1", "game-1")))
    twice = right + right.partition("entries:")[2].lstrip("\n")
    with pytest.raises(CorpusError, match="come twice: shop-1"):
        load_corpus(folder(tmp_path, twice))


def test_a_selection_names_ids_and_kinds() -> None:
    corpus = load_corpus()
    assert [entry.id for entry in corpus.select("tasks-2, game-1")] == ["game-1", "tasks-2"]
    assert {entry.kind for entry in corpus.select("crm,shop-1")} == {"crm", "shop"}
    assert corpus.select("all") == corpus.entries
    with pytest.raises(CorpusError, match=r"no entry or kind .bakery.\. Kinds: booking, crm"):
        corpus.select("tasks,bakery")


def test_a_digest_changes_with_the_entry_but_not_with_its_selection() -> None:
    [entry] = load_corpus().select("tasks-1")
    assert entry.digest() == entry.model_copy(update={"simulator": False}).digest()
    assert entry.digest() != entry.model_copy(update={"prompt": "Another"}).digest()
    assert entry.digest() != entry.model_copy(update={"checks": entry.checks[1:]}).digest()


@pytest.mark.parametrize(
    ("env", "told"),
    [
        ({"EVAL_URL": "http://localhost:8000"}, "EVAL_URL and EVAL_KEY belong together"),
        ({"EVAL_PARALLEL": "many"}, "EVAL_PARALLEL must be a number above 0, not 'many'"),
        ({"EVAL_BUDGET_DOLLARS": "-1"}, "EVAL_BUDGET_DOLLARS must be"),
        ({"EVAL_SECONDS": "nan"}, "EVAL_SECONDS must be"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(env: dict[str, str], told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        Settings.from_environment(env)
