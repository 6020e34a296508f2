"""Text or binary, and revisions."""

import pytest

from orchestrator import errors
from orchestrator.domain.text import check_prompt, decode_text, expects_text, line_count, revision
from orchestrator.errors import BinaryContent


def test_a_revision_is_eight_digits_that_follow_the_content() -> None:
    assert revision(b"a") == "ca978112"
    assert revision(b"a") != revision(b"a\n")


def test_utf8_is_text_with_all_its_characters() -> None:
    assert decode_text("größe 語 🎈\r\n".encode()) == "größe 語 🎈\r\n"
    assert decode_text(b"") == ""


@pytest.mark.parametrize("content", [b"a\0b", b"\xff\xfe", b"caf\xe9", b"\x89PNG\r\n", b"\xed\xa0\x80"])
def test_what_is_no_utf8_is_refused_as_binary(content: bytes) -> None:
    with pytest.raises(BinaryContent) as refused:
        decode_text(content)
    assert refused.value.code == "binary_content"


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("src/App.tsx", True),
        ("index.HTML", True),
        ("public/logo.svg", True),
        (".npmrc", True),
        (".gitignore", True),
        ("LICENSE", True),
        ("src/a.module.css", True),
        ("public/photo.png", False),
        ("public/photo.JPEG", False),
        ("public/font.woff2", False),
        ("public/model.unknown", False),
    ],
)
def test_the_name_tells_whether_text_is_expected(path: str, text: bool) -> None:
    assert expects_text(path) is text


@pytest.mark.parametrize(
    ("content", "lines"), [(b"", 0), (b"a", 1), (b"a\n", 1), (b"a\nb", 2), (b"\n\n", 2), (b"a\0", None)]
)
def test_lines_are_counted_as_people_count_them(content: bytes, lines: int | None) -> None:
    assert line_count(content) == lines


def test_a_prompt_is_kept_as_it_is_within_the_limit() -> None:
    assert check_prompt(" a list \n") == " a list \n"
    assert len(check_prompt("x" * 100_000)) == 100_000


@pytest.mark.parametrize("prompt", ["", "   ", "\n\t\u3000"])
def test_an_empty_prompt_is_refused(prompt: str) -> None:
    with pytest.raises(errors.PromptEmpty):
        check_prompt(prompt)


@pytest.mark.parametrize("prompt", ["x" * 100_001, "語" * 40_000])
def test_a_prompt_is_measured_in_bytes(prompt: str) -> None:
    with pytest.raises(errors.PromptTooLarge, match="100,000"):
        check_prompt(prompt)
