"""What the machine lacks is said before anything is downloaded: the real script on limited machines."""

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from builder.clients.sandbox.levels import Level
from common.testing.tether import NOBODY, free_port
from dev.stack.config import DEFAULT_PORTS, port_variable
from tests.builder.machine import missing
from tests.stack.programs import ROOT
from tests.users import interpreter_for, run_as

PARTS = (
    "Makefile",
    "dev/__init__.py",
    "dev/setup",
    "dev/stack",
    "libs/common/common",
    "services/builder/builder",
)
# What the script itself calls. Neither git nor bwrap, and no package manager.
PROGRAMS = ("env", "bash", "sh", "setpriv", "ldd", "id", "python3", "make", "true")
OPEN = {"BUILDER_ISOLATION": "off"}
# What bubblewrap is needed for, on every machine.
STRICT = {"BUILDER_ISOLATION": "watchdog"}


@pytest.fixture
def checkout() -> Iterator[Path]:
    """A copy of what runs before the set-up; every user may enter it."""
    with TemporaryDirectory(prefix="overskill-checkout-") as folder:
        root = Path(folder)
        root.chmod(0o755)
        for part in PARTS:
            source, target = ROOT / part, root / part
            target.parent.mkdir(parents=True, exist_ok=True)
            copy = shutil.copytree if source.is_dir() else shutil.copy2
            copy(source, target)
        yield root


@pytest.fixture
def settings() -> dict[str, str]:
    """Free ports: the usual ones may be another stack's."""
    return {port_variable(name): str(free_port()) for name in DEFAULT_PORTS}


@pytest.fixture
def few_programs(checkout: Path) -> str:
    """A path with hardly any program on it, which every user may search."""
    folder = checkout / "programs"
    folder.mkdir()
    for name in PROGRAMS:
        (folder / name).symlink_to(sys.executable if name == "python3" else shutil.which(name) or "/missing")
    return str(folder)


def preflight(
    checkout: Path, environment: dict[str, str], purpose: str = "demo", user: int | None = None
) -> subprocess.CompletedProcess[str]:
    user = os.geteuid() if user is None else user
    python = {"PYTHON": environment.get("PYTHON") or interpreter_for(user)}
    return run_as(user, "dev/setup/preflight.sh", purpose, cwd=checkout, **{**environment, **python})


def test_a_machine_with_everything_is_told_nothing_that_stops_it(
    checkout: Path, settings: dict[str, str]
) -> None:
    done = preflight(checkout, settings)
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""


def test_all_that_is_missing_is_named_at_once_with_what_mends_it(
    checkout: Path, settings: dict[str, str], few_programs: str
) -> None:
    with socket.create_server(("127.0.0.1", int(settings["OVERSKILL_API_PORT"]))):
        done = preflight(checkout, {**settings, **STRICT, "PATH": few_programs})
    assert done.returncode == 2
    assert "These packages are missing: git bubblewrap." in done.stderr
    assert f"Port {settings['OVERSKILL_API_PORT']} (api) is taken by" in done.stderr
    assert "OVERSKILL_PORT_BASE=20000" in done.stderr


def test_make_stops_there_and_sets_nothing_up(
    checkout: Path, settings: dict[str, str], few_programs: str
) -> None:
    done = run_as(os.geteuid(), "make", "demo", cwd=checkout, **settings, **STRICT, PATH=few_programs)
    assert done.returncode == 2
    assert "git bubblewrap" in done.stderr
    assert not (checkout / ".venv").exists()
    assert "Creating" not in done.stdout


def test_an_ordinary_user_is_given_the_package_managers_command(
    checkout: Path, settings: dict[str, str], few_programs: str
) -> None:
    Path(few_programs, "apt-get").symlink_to("/bin/false")
    limited = {**settings, **STRICT, "PATH": few_programs}
    done = preflight(checkout, limited, "test", NOBODY)
    assert done.returncode == 2
    install = "apt-get install -y git bubblewrap chromium-headless-shell fonts-liberation chromium curl"
    assert f"As root: apt-get update && {install}" in done.stderr
    Path(few_programs, "sudo").symlink_to("/bin/false")
    again = preflight(checkout, limited, "test", NOBODY)
    assert f"sudo apt-get update && sudo {install}" in again.stderr


def test_a_root_whose_packages_were_installed_is_warned_once(
    checkout: Path, settings: dict[str, str], few_programs: str
) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root may install packages")
    Path(few_programs, "apt-get").symlink_to("/bin/true")
    done = preflight(checkout, {**settings, "PATH": few_programs})
    assert done.returncode == 0, done.stderr
    assert "Installing git bubblewrap" in done.stdout
    assert done.stderr.count("Warning: Builds are contained at the level 'landlock'") == 1


def test_a_user_without_control_groups_goes_on_at_a_weaker_level_unless_that_is_refused(
    checkout: Path, settings: dict[str, str]
) -> None:
    give(checkout, NOBODY)
    done = preflight(checkout, settings, user=NOBODY)
    assert done.returncode == 0
    level = Level.LANDLOCK if missing(Level.WATCHDOG, NOBODY) else Level.WATCHDOG
    assert f"Warning: Builds are contained at the level '{level}', not 'cgroups'" in done.stderr
    done = preflight(checkout, {**settings, "BUILDER_ISOLATION": "cgroups"}, user=NOBODY)
    assert done.returncode == 2
    assert "Builds cannot be contained" in done.stderr
    assert "root" in done.stderr
    assert "BUILDER_ISOLATION=off" in done.stderr
    assert preflight(checkout, {**settings, **OPEN}, user=NOBODY).returncode == 0


def test_a_machine_without_python_is_told_of_it_and_of_the_rest(
    checkout: Path, settings: dict[str, str], few_programs: str
) -> None:
    Path(few_programs, "python3").unlink()
    done = preflight(checkout, {**settings, "PATH": few_programs, "PYTHON": "python3"})
    assert done.returncode == 2
    assert "Python 3.11 or newer is needed; 'python3' is: " in done.stderr
    assert "make PYTHON=" in done.stderr
    assert "bwrap" in done.stderr


def test_a_user_without_a_name_is_told_before_postgres_refuses(
    checkout: Path, settings: dict[str, str]
) -> None:
    give(checkout, 54321)
    done = preflight(checkout, {**settings, **OPEN}, user=54321)
    assert done.returncode == 2
    assert "The user 54321 has no name" in done.stderr


def test_a_root_who_cannot_become_nobody_is_told(checkout: Path, settings: dict[str, str]) -> None:
    if os.geteuid() != 0:
        pytest.skip("only for root")
    python = interpreter_for(0)
    limited = ["setpriv", "--bounding-set=-setuid,-setgid", "--", "dev/setup/preflight.sh", "demo"]
    done = run_as(0, *limited, cwd=checkout, PYTHON=python, **settings, **OPEN)
    assert done.returncode == 2
    assert "Root cannot become nobody here" in done.stderr


def test_a_folder_of_somebody_else_is_refused(checkout: Path, settings: dict[str, str]) -> None:
    done = preflight(checkout, {**settings, **OPEN}, user=NOBODY)
    assert done.returncode == 2
    assert f"You may not write to {checkout}." in done.stderr


def test_registries_that_do_not_answer_are_a_warning(checkout: Path, settings: dict[str, str]) -> None:
    """A cache may have everything, and a mirror may be set in a file."""
    nobody = f"http://127.0.0.1:{free_port()}"
    registries = {"PIP_INDEX_URL": nobody, "npm_config_registry": nobody}
    done = preflight(checkout, {**settings, **registries})
    assert done.returncode == 0
    assert "Warning: PyPI does not answer at 127.0.0.1" in done.stderr
    assert "Warning: npm does not answer" in done.stderr


def test_a_setting_that_cannot_be_used_is_named(checkout: Path) -> None:
    done = preflight(checkout, {"OVERSKILL_PORT_BASE": "x"})
    assert done.returncode == 2
    assert "OVERSKILL_PORT_BASE must be a port" in done.stderr


def give(folder: Path, user: int) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root may give a folder to somebody else")
    os.chown(folder, user, user)
