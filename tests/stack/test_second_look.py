"""`make test` asks what failed beside other tests once more, alone, and says so."""

import asyncio
from pathlib import Path

ROOT = Path(__file__).parents[2]

FAILS_ONCE = """
from pathlib import Path

def test_fails_once():
    mark = Path(__file__).with_suffix(".seen")
    seen, _ = mark.exists(), mark.touch()
    assert seen

def test_passes():
    assert True
"""
FAILS = "def test_fails():\n    assert False\n"
FAIL_OFTEN = (
    "import pytest\n\n@pytest.mark.parametrize('n', range(4))\ndef test_fails(n):\n    assert False\n"
)


async def run_tests(folder: Path, source: str) -> tuple[int | None, str]:
    (folder / "test_it.py").write_text(source)
    script = await asyncio.create_subprocess_exec(
        "dev/setup/test.sh", str(folder), cwd=ROOT,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    async with asyncio.timeout(120):
        printed, _ = await script.communicate()
    return script.returncode, printed.decode()


async def test_what_passes_alone_is_named_and_fails_nothing(tmp_path: Path) -> None:
    code, printed = await run_tests(tmp_path, FAILS_ONCE)
    assert code == 0, printed
    named = printed.partition("passed alone, a defect to be mended:")[2].split()
    assert [name.rpartition("::")[2] for name in named] == ["test_fails_once"]


async def test_what_fails_alone_too_fails_the_run(tmp_path: Path) -> None:
    code, printed = await run_tests(tmp_path, FAILS)
    assert code == 1
    assert printed.count("1 failed") == 2, printed


async def test_more_than_three_failures_are_not_asked_again(tmp_path: Path) -> None:
    code, printed = await run_tests(tmp_path, FAIL_OFTEN)
    assert code == 1
    assert printed.count("4 failed") == 1, printed
    assert "once more" not in printed


async def test_a_module_that_cannot_be_loaded_fails_the_run(tmp_path: Path) -> None:
    code, printed = await run_tests(tmp_path, "import nowhere\n")
    assert code not in {0, None}, printed
    assert "passed alone" not in printed
