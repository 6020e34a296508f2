"""Contains a program without namespaces, and becomes it: `python -I -S launcher.py <plan> <argument>…`.

For machines that forbid user namespaces. It needs nothing but the standard library and runs before any of
the builder's code. The plan is the JSON of `landlock.Plan`; the arguments become the program's. In this
order: lower priority and limits, user, the end with the parent, no new privileges, files by Landlock, system
calls by seccomp, the program. What cannot be applied ends it with status 97 and the reason, before the
program has begun.
"""

import ctypes
import json
import os
import resource
import signal
import struct
import sys
from pathlib import Path
from typing import Any, NoReturn

FAILED = 97

_SET_PDEATHSIG, _SET_SECCOMP, _SET_CHILD_SUBREAPER, _SET_NO_NEW_PRIVS = 1, 22, 36, 38
_SECCOMP_FILTER = 2
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446  # the same on every machine
_VERSION = 1
_BENEATH = 1

_EXECUTE, _WRITE, _READ, _LIST = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_REMOVE_FOLDER, _REMOVE_FILE, _MAKE_FOLDER, _MAKE_FILE = 1 << 4, 1 << 5, 1 << 7, 1 << 8
_REFER, _TRUNCATE = 1 << 13, 1 << 14
_OF_FILES = _EXECUTE | _WRITE | _READ | _TRUNCATE
_RIGHTS = {
    "list": _LIST,
    "read": _READ | _LIST,
    "execute": _EXECUTE | _READ | _LIST,
    "device": _READ | _WRITE,
    "write": _READ | _LIST | _WRITE | _TRUNCATE | _REFER
    | _REMOVE_FOLDER | _REMOVE_FILE | _MAKE_FOLDER | _MAKE_FILE,
}  # fmt: skip
# By version of the kernel's interface: how many rights over files it knows; then ports, then scopes.
_KNOWN_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15}
_MOST_RIGHTS = 16
_TCP_SINCE, _TCP = 4, 0b11  # bind, connect
_SCOPES_SINCE, _SCOPES = 6, 0b11  # abstract sockets, signals

_libc = ctypes.CDLL(None, use_errno=True)
_libc.syscall.restype = ctypes.c_long


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("code", ctypes.c_char_p))


def landlock_version() -> int:
    """Of the kernel's interface; 0 where it has none or does not use it."""
    return max(0, int(_libc.syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint(_VERSION))))


def main() -> NoReturn:
    """Ends in the program, or with status FAILED."""
    plan = json.loads(sys.argv[1])
    try:
        code = os.read(plan["filter"], 1 << 20)
        os.close(plan["filter"])
        _limit(plan)
        # Folders are opened while it may still see them all, and restrict once the user is another.
        rules = _open_rules(plan["files"])
        _become(plan["uid"])
        _end_with(plan["parent"])
        _restrict_files(rules)
        _restrict_calls(code)
        os.chdir(plan["work"])
        os.execve(plan["program"], [plan["program"], *sys.argv[2:]], plan["environment"])  # noqa: S606
    except OSError as error:
        sys.stderr.write(f"The sandbox cannot be made: {error}\n")
        sys.stderr.flush()
    os._exit(FAILED)


def _limit(plan: dict[str, Any]) -> None:
    for name, value in plan["limits"].items():
        resource.setrlimit(getattr(resource, f"RLIMIT_{name}"), (value, value))
    os.sched_setaffinity(0, plan["processors"])
    os.nice(plan["nice"])


def _become(uid: int | None) -> None:
    if uid is not None:
        os.setgroups([])
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)


def _end_with(parent: int) -> None:
    _prctl(_SET_PDEATHSIG, signal.SIGKILL)
    _prctl(_SET_CHILD_SUBREAPER, 1)
    if os.getppid() != parent:
        raise ProcessLookupError("its parent is gone")


def _open_rules(files: list[tuple[str, str]]) -> list[tuple[int, int]]:
    """Descriptors of files and folders with the rights over them."""
    rules = []
    for kind, path in files:
        rights = _RIGHTS[kind] if Path(path).is_dir() else _RIGHTS[kind] & _OF_FILES
        rules.append((os.open(path, os.O_PATH | os.O_CLOEXEC), rights))
    return rules


def _restrict_files(rules: list[tuple[int, int]]) -> None:
    version = landlock_version()
    known = (1 << _KNOWN_RIGHTS.get(version, _MOST_RIGHTS)) - 1
    tcp = _TCP if version >= _TCP_SINCE else 0
    scopes = _SCOPES if version >= _SCOPES_SINCE else 0
    fields = struct.pack("=QQQ", known, tcp, scopes)
    size = 24 if scopes else 16 if tcp else 8
    ruleset = _call(_CREATE_RULESET, fields, ctypes.c_size_t(size), ctypes.c_uint(0))
    for descriptor, rights in rules:
        rule = struct.pack("=Qi", rights & known, descriptor)
        _call(_ADD_RULE, ctypes.c_int(ruleset), ctypes.c_int(_BENEATH), rule, ctypes.c_uint(0))
        os.close(descriptor)
    _prctl(_SET_NO_NEW_PRIVS, 1)
    _call(_RESTRICT_SELF, ctypes.c_int(ruleset), ctypes.c_uint(0))
    os.close(ruleset)


def _restrict_calls(code: bytes) -> None:
    _prctl(_SET_SECCOMP, _SECCOMP_FILTER, ctypes.byref(_Program(len(code) // 8, code)))


def _prctl(option: int, *arguments: Any) -> None:
    padded = [one if not isinstance(one, int) else ctypes.c_ulong(one) for one in arguments]
    if _libc.prctl(option, *padded, *[ctypes.c_ulong(0)] * (4 - len(padded))) != 0:
        raise OSError(ctypes.get_errno(), f"prctl {option}: {os.strerror(ctypes.get_errno())}")


def _call(number: int, *arguments: Any) -> int:
    answer = int(_libc.syscall(ctypes.c_long(number), *arguments))
    if answer < 0:
        raise OSError(ctypes.get_errno(), f"Landlock: {os.strerror(ctypes.get_errno())}")
    return answer


if __name__ == "__main__":
    main()
