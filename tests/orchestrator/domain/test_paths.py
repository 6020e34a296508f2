"""Paths as callers of the orchestrator meet them: refused with a code, a reason and a way out."""

import pytest

from orchestrator.domain.paths import check_path, check_unlocked
from orchestrator.errors import FileLocked, InvalidPath


def test_an_ordinary_path_is_returned_unchanged() -> None:
    assert check_path("src/routes/[id].tsx") == "src/routes/[id].tsx"


@pytest.mark.parametrize("path", ["", "../x", "src/\0", "src/\ud800.ts", "x" * 5_000, ".git/config"])
def test_a_dangerous_path_is_refused_with_a_code_and_a_way_out(path: str) -> None:
    with pytest.raises(InvalidPath) as refused:
        check_path(path)
    assert refused.value.code == "invalid_path"
    assert refused.value.status == 422
    assert "Use a relative path" in refused.value.message
    assert len(refused.value.message) < 500
    assert refused.value.message.encode()  # can be sent and logged, whatever the path was


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("src/lib/env.ts", "the template keeps it"),
        ("vite.config.js", "configures the build"),
        ("package.json", "packages come from the template"),
        (".env", "PUT /v1/apps/{app}/env/"),
        (".env.production", "PUT /v1/apps/{app}/env/"),
    ],
)
def test_a_file_of_the_platforms_is_refused_with_its_reason(path: str, reason: str) -> None:
    with pytest.raises(FileLocked, match=f"{path} is locked") as refused:
        check_unlocked(path, ("src/lib/env.ts",))
    assert reason in refused.value.message
    check_unlocked("src/App.tsx", ("src/lib/env.ts",))
