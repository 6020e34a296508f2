"""The command lines of the browser's sandbox: it sees its own program and fonts, nothing of the machine."""

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from builder.clients.browser.chromium import Chromium
from builder.clients.sandbox.bubblewrap import JOIN, Programs, drop_root
from builder.clients.sandbox.landlock import Restricted, check_reach, launch
from builder.clients.sandbox.limits import NICE, Limits, hard_limits, processors
from builder.clients.sandbox.users import SandboxUser

PROFILE_BYTES = 128 * 1024**2
TEMPORARY = "tmp"
"""The one folder it may write to."""

_DESCRIPTORS = 4096

# The debugging pipe: the browser reads commands from 3 and writes to 4, which the sandbox's stages hand on.
# By their paths: a POSIX shell need not know descriptors of two digits.
_PIPES = 'exec 3<"/proc/self/fd/$1" 4>"/proc/self/fd/$2"; shift 2; exec "$@"'
_FONTS = Path(__file__).with_name("fonts.conf")
_OFF = (
    *("Translate", "MediaRouter", "OptimizationHints", "DialMediaRouteProvider", "AcceptCHFrame"),
    *("BackForwardCache", "Prerender2", "InterestFeedContentSuggestions", "HttpsUpgrades"),
    # A frame of its own for each page loaded costs half of what loading one takes.
    "RenderDocument",
)
_FLAGS = (
    "--headless",
    "--remote-debugging-pipe",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-breakpad",
    "--disable-background-networking",
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
    "--disable-renderer-backgrounding",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-domain-reliability",
    "--disable-extensions",
    "--disable-sync",
    "--block-new-web-contents",
    "--deny-permission-prompts",
    "--force-color-profile=srgb",
    "--hide-scrollbars",
    "--metrics-recording-only",
    "--mute-audio",
    "--no-first-run",
    "--no-pings",
    "--password-store=basic",
    "--webrtc-ip-handling-policy=disable_non_proxied_udp",
    f"--disable-features={','.join(_OFF)}",
    # A page lives for less time than it takes to compile it well.
    "--js-flags=--no-maglev",
)


def in_namespaces(
    programs: Programs,
    chromium: Chromium,
    limits: Limits,
    joins: Sequence[Path],
    user: SandboxUser,
    seccomp: int,
    pipes: tuple[int, int],
) -> list[str]:
    """Joins the control groups, drops root if it is root, and runs the browser in namespaces of its own.

    Without control groups it sets what limits there are beside them; the rest is a watchdog's.
    Chromium's own sandbox works inside: to make it, the browser may have user namespaces of its own.
    """
    folders: tuple[Path, ...] = (chromium.fonts, _FONTS)
    outer: list[str] = []
    if user.own:
        outer, folders = drop_root(programs, folders, user.uid)
    limiting: list[str] = []
    if not joins:
        hard = (f"--{name}={value}:{value}" for name, value in _hard_limits(limits, user).items())
        cpus = ",".join(map(str, processors(limits)))
        limiting = [programs.prlimit, *hard, "--", "nice", "-n", str(NICE), "taskset", "-c", cpus]
    return [
        *limiting,
        *("/bin/sh", "-c", JOIN, "sh", *map(str, joins), "--"),
        *("/bin/sh", "-c", _PIPES, "sh", *map(str, pipes)),
        *outer,
        *(programs.bubblewrap, *_namespaces(), *_files(chromium, folders)),
        *("--seccomp", str(seccomp), "--", "/chromium/browser", *_arguments(Path("/", TEMPORARY))),
    ]


def at_landlock(
    chromium: Chromium, limits: Limits, folder: Path, user: SandboxUser, seccomp: int, pipes: tuple[int, int]
) -> list[str]:
    """Runs the browser where no namespaces can be had; `folder` holds the one that it may write to.

    Chromium's own sandbox needs namespaces, so it is switched off.
    """
    temporary = folder / TEMPORARY
    check_reach(user, chromium.binary, chromium.fonts, temporary)
    fonts = folder / _FONTS.name
    told = _FONTS.read_text(encoding="utf-8")
    told = told.replace("<dir>/fonts<", f"<dir>{chromium.fonts}<").replace("/tmp/", f"{temporary}/")  # noqa: S108
    fonts.write_text(told, encoding="utf-8")
    fonts.chmod(0o644)
    files = [("execute", path) for path in (chromium.binary, *chromium.libraries)]
    files += [("read", path) for path in (*chromium.data, chromium.fonts, fonts)]
    # Chromium counts threads and descriptors there; it may list, and read no file.
    files += [("list", Path("/proc")), ("write", temporary)]
    arguments = ["--no-sandbox", *_arguments(temporary)]
    environment = _environment(temporary, fonts)
    hard = _hard_limits(limits, user)
    restricted = Restricted(chromium.binary, arguments, files, temporary, environment, hard)
    return ["/bin/sh", "-c", _PIPES, "sh", *map(str, pipes), *launch(restricted, limits, user, seccomp)]


def _arguments(temporary: Path) -> list[str]:
    return [*_FLAGS, f"--user-data-dir={temporary}/profile", "about:blank"]


def _environment(temporary: Path, fonts: Path) -> dict[str, str]:
    return {
        "HOME": str(temporary),
        "TMPDIR": str(temporary),
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "FONTCONFIG_FILE": str(fonts),
    }


def _hard_limits(limits: Limits, user: SandboxUser) -> Mapping[str, int]:
    found = hard_limits(limits, watched=True, own_user=user.own)
    return {**found, "nofile": _DESCRIPTORS, "fsize": limits.disk_bytes}


def _namespaces() -> list[str]:
    arguments = ["--unshare-user", "--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts"]
    arguments += ["--unshare-cgroup-try", "--die-with-parent", "--new-session", "--cap-drop", "ALL"]
    arguments += ["--hostname", "browser", "--clearenv"]
    for name, value in _environment(Path("/", TEMPORARY), Path("/fonts.conf")).items():
        arguments += ["--setenv", name, value]
    return arguments


def _files(chromium: Chromium, folders: tuple[Path, ...]) -> list[str]:
    fonts, config = folders
    arguments = ["--proc", "/proc", "--dev", "/dev", "--remount-ro", "/dev"]
    arguments += ["--size", str(PROFILE_BYTES), "--tmpfs", "/tmp"]  # noqa: S108
    arguments += _bind([(fonts, "/fonts"), (config, "/fonts.conf"), (chromium.binary, "/chromium/browser")])
    arguments += _bind((path, f"/chromium/{path.name}") for path in chromium.data)
    arguments += _bind((Path(os.path.realpath(path)), str(path)) for path in chromium.libraries)
    return [*arguments, "--chdir", "/tmp", "--remount-ro", "/"]  # noqa: S108


def _bind(pairs: Iterable[tuple[Path, str]]) -> list[str]:
    return [word for source, target in pairs for word in ("--ro-bind", str(source), target)]
