"""The simulator adds a package where a wish needs one, and says so where it cannot have it."""

import pytest
from anthropic import AsyncAnthropic

from tests.simulator.harness import Session, template_files

ROUTES, SHARE = "src/routes.tsx", "src/pages/Share.tsx"
REFUSED = "package_refused: not today"


def called(session: Session) -> list[str]:
    return [block.name for turn in session.turns for block in turn.content if block.type == "tool_use"]


async def test_a_qr_code_comes_as_a_page_with_a_package(client: AsyncAnthropic) -> None:
    session = Session(client, template_files(), "A list of books with title, author and a QR code")
    await session.run()
    assert session.packages == ["qrcode.react"]
    assert called(session)[0] == "add_dependency"
    assert 'from "qrcode.react"' in session.files[SHARE]
    assert "@/pages/Share" in session.files[ROUTES]
    assert "QR code" in (session.summary or "")
    assert not any("qrCode" in text for path, text in session.files.items() if path != SHARE)
    assert session.errors == []


@pytest.mark.parametrize("wish", ["Add a QR code", "please include a qr-code for the address"])
async def test_an_app_gets_its_qr_code_later(client: AsyncAnthropic, wish: str) -> None:
    first = await Session(client, template_files(), "A list of books with title and author").run()
    home = first.files["src/pages/Home.tsx"]
    later = await Session(client, first.files, wish).run()
    assert later.packages == ["qrcode.react"]
    assert later.files["src/pages/Home.tsx"] == home
    assert SHARE in later.files


async def test_without_the_package_the_rest_is_built(client: AsyncAnthropic) -> None:
    session = Session(client, template_files(), "A list of books with a QR code", no_packages=REFUSED)
    await session.run()
    assert called(session).count("add_dependency") == 1
    assert SHARE not in session.files
    assert REFUSED in (session.summary or "")
    assert "books" in session.files["src/pages/Home.tsx"]
