import random

import pytest

from common.contracts.templates import TemplateRef, Version, is_template_name


def test_versions_order_as_semver_org_says() -> None:
    ordered = [
        "0.9.9",
        "1.0.0-alpha",
        "1.0.0-alpha.1",
        "1.0.0-alpha.beta",
        "1.0.0-beta",
        "1.0.0-beta.2",
        "1.0.0-beta.11",
        "1.0.0-rc.1",
        "1.0.0",
        "1.2.0",
        "1.10.0",
        "2.0.0",
    ]
    shuffled = [Version.parse(text) for text in random.Random(1).sample(ordered, len(ordered))]
    assert [str(version) for version in sorted(filter(None, shuffled))] == ordered


@pytest.mark.parametrize(
    "text",
    [
        "1",
        "1.0",
        "v1.0.0",
        "01.0.0",
        "1.0.0-",
        "1.0.0-01",
        "1.0.0+build",
        "1.0.0\n",
        "\u0661.0.0",
        "latest",
        "",
    ],
)
def test_what_is_no_version(text: str) -> None:
    assert Version.parse(text) is None


@pytest.mark.parametrize(
    "text", ["--help", "-x", "a--b", "a-", "A", "a/b", "a..b", "a b", "é", "", "a" * 64, "a\n"]
)
def test_what_is_no_template_name(text: str) -> None:
    assert not is_template_name(text)
    assert is_template_name("vite-react")


def test_a_release_has_one_name_and_newer_ones_are_greater() -> None:
    refs = [TemplateRef.parse(f"a@{version}") for version in ("1.2.0", "1.10.0-rc.1", "1.10.0")]
    assert refs[0] < refs[1] < refs[2]
    assert [str(ref) for ref in refs] == ["a@1.2.0", "a@1.10.0-rc.1", "a@1.10.0"]


@pytest.mark.parametrize("text", ["a", "a@", "@1.0.0", "a@latest", "a@1.0.0@1", "../x@1.0.0", "a@1.0.0\n"])
def test_what_is_no_release(text: str) -> None:
    with pytest.raises(ValueError, match="name@version"):
        TemplateRef.parse(text)
