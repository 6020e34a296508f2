"""The filter of system calls: tried on the kernel for this machine, computed for the other."""

import errno
import json
import platform
import re
import struct
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from builder.clients.browser import seccomp as browsers
from builder.clients.sandbox.seccomp import seccomp_program
from builder.clients.sandbox.syscalls import ABSENT, ALLOWED, ALLOWED_TO_FORK, IGNORED, Numbers
from builder.errors import IsolationUnavailable

HEADERS = Path("/usr/include")
MACHINES = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}
HIGHEST = 480
NEVER_FILTERED = {335, 336}
"""On x86-64, the kernel's own probes: whoever else calls them gets SIGILL."""
NAMESPACES = 0x10000000
THREAD, FORK = 0x3D0F00, 17

Form = tuple[str, *tuple[int, ...]]
"""A call with its arguments."""

# Installs the filter it is given and tries calls by number; it does so with nothing but the C library.
TRYING = """
import ctypes, json, os, sys
asked = json.load(sys.stdin)
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
code = bytes.fromhex(asked["program"])
class Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("code", ctypes.c_char_p)]
program = Program(len(code) // 8, code)
assert libc.prctl(38, 1, 0, 0, 0) == 0
assert libc.prctl(22, 2, ctypes.byref(program), 0, 0) == 0
answers = []
for number, *arguments in asked["calls"]:
    ctypes.set_errno(0)
    failed = libc.syscall(number, *(ctypes.c_ulong(one) for one in arguments)) == -1
    answers.append(ctypes.get_errno() if failed else 0)
os.write(1, json.dumps(answers).encode())
os._exit(0)
"""
DENIED_FORMS: list[Form] = [
    ("fcntl", 0, 1024, 0),  # F_SETLEASE
    ("fcntl", 0, 1026, 1),  # F_NOTIFY
    ("fcntl", 0, 8, 1),  # F_SETOWN
    ("fcntl", 0, 15, 0),  # F_SETOWN_EX
    ("fcntl", 0, 10, 9),  # F_SETSIG
    ("fcntl", 0, 6, 0),  # F_SETLK
    ("fcntl", 0, 1031, 1 << 20),  # F_SETPIPE_SZ
    ("fcntl", 0, 1 << 32 | 1024, 0),  # the kernel looks at the low half
    ("ioctl", 0, 0x5412, 0),  # TIOCSTI
    ("ioctl", 0, 0x40049409, 0),  # FICLONE
    ("ioctl", 0, 0x8912, 0),  # SIOCGIFCONF
    ("ioctl", 0, 0x5452, 0),  # FIOASYNC
    ("prctl", 0x59616D61, 1),  # PR_SET_PTRACER
    ("prctl", 22, 2, 0),  # PR_SET_SECCOMP
    ("prctl", 1, 0),  # PR_SET_PDEATHSIG
    ("prctl", 4, 1),  # PR_SET_DUMPABLE
    ("madvise", 0, 0, 12),  # MADV_MERGEABLE
    ("prlimit64", 0, 7, 4096, 0),  # a new limit
    ("prlimit64", 1, 7, 0, 0),  # another process
    ("openat", -100, 0, 0o1000, 0),  # O_RDONLY | O_TRUNC
    ("openat", -100, 0, 0o101, 0o2755),
    ("clone", NAMESPACES | THREAD),
    ("clone", NAMESPACES | FORK),
]
DENIED_ALONE: list[Form] = [
    ("clone", FORK),
    ("clone", 0x4000 | 0x100 | FORK),  # as vfork
    ("socketpair", 1, 1, 0, 0),
    ("tgkill", 1, 1, 9),
]
DENIED_FORKING: list[Form] = [
    ("socketpair", 1, 2, 0, 0),  # SOCK_DGRAM
    ("socketpair", 1, 5, 0, 0),  # SOCK_SEQPACKET
    ("socketpair", 16, 1, 0, 0),  # AF_NETLINK
    ("tgkill", 1, 1, 9),
    ("setsockopt", 0, 1, 32, 0, 0),  # SO_SNDBUFFORCE
]
HARMLESS: list[Form] = [
    ("getpid",),
    ("fcntl", 0, 1),
    ("prctl", 16, 0),
    ("madvise", 0, 0, 4),
    ("prlimit64", 0, 7, 0, 0),
]


def numbers(*, may_fork: bool) -> Numbers:
    return {**ALLOWED, **(ALLOWED_TO_FORK if may_fork else {})}


BROWSERS = {
    False: {errno.EPERM: browsers.DENIED, errno.ENOSYS: browsers.LACKED, 0: {}},
    True: {
        errno.EPERM: {**browsers.DENIED, **browsers.DENIED_ALONE},
        errno.ENOSYS: browsers.LACKED,
        0: browsers.IGNORED_ALONE,
    },
}
BROWSER_FORMS: list[Form] = [("fcntl", 0, 1024, 0), ("fcntl", 0, 8, 1), ("prlimit64", 1, 0, 0)]
BROWSER_NEEDS: list[Form] = [("fcntl", 0, 1030, 0), ("prlimit64", 0, 7, 0, 1), ("socketpair", 1, 5, 0)]


def known(column: int) -> dict[str, int]:
    every = {**ALLOWED, **ALLOWED_TO_FORK, **ABSENT, **IGNORED}
    return {name: number for name, pair in every.items() if (number := pair[column]) is not None}


def decide(program: bytes, architecture: int, number: int, *arguments: int) -> int:
    """What a filter answers: the kernel's interpreter for the few instructions that filters here have."""
    padded = (*arguments, *([0] * (6 - len(arguments))))
    data = struct.pack("=IIQ6Q", number, architecture, 0, *(one % 2**64 for one in padded))
    code = list(struct.iter_unpack("=HBBI", program))
    accumulator = index = 0
    while True:
        operation, if_true, if_false, value = code[index]
        index += 1
        if operation == 0x20:
            (accumulator,) = struct.unpack_from("=I", data, value)
        elif operation == 0x54:
            accumulator &= value
        elif operation == 0x06:
            return int(value)
        else:
            passed = {0x15: accumulator == value, 0x45: accumulator & value, 0x35: accumulator >= value}
            index += if_true if passed[operation] else if_false


def tried(calls: Sequence[tuple[int, ...]], *, may_fork: bool) -> list[int]:
    """The error number of each call behind the filter, on the kernel of this machine; 0 for none."""
    asked = {"program": seccomp_program(may_fork=may_fork).hex(), "calls": calls}
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", TRYING], input=json.dumps(asked), capture_output=True, text=True,
        check=True,
    )  # fmt: skip
    answers: list[int] = json.loads(done.stdout)
    return answers


@pytest.mark.parametrize("may_fork", [True, False])
def test_every_call_that_is_not_listed_is_denied_by_the_kernel(*, may_fork: bool) -> None:
    column = MACHINES[platform.machine()][1]
    allowed = {pair[column] for pair in numbers(may_fork=may_fork).values()}
    absent, ignored = ({pair[column] for pair in some.values()} for some in (ABSENT, IGNORED))
    others = [(number,) for number in range(HIGHEST) if number not in allowed | NEVER_FILTERED]
    assert len(others) > HIGHEST - 130
    for (number,), answer in zip(others, tried(others, may_fork=may_fork), strict=True):
        expected = errno.ENOSYS if number in absent else 0 if number in ignored else errno.EPERM
        assert answer == expected, number


@pytest.mark.parametrize("may_fork", [True, False])
def test_the_dangerous_forms_of_calls_are_denied_by_the_kernel(*, may_fork: bool) -> None:
    here = known(MACHINES[platform.machine()][1])
    forms = [*DENIED_FORMS, *(DENIED_FORKING if may_fork else DENIED_ALONE)]
    answers = tried([(here[name], *rest) for name, *rest in forms], may_fork=may_fork)
    assert answers == [errno.EPERM] * len(forms)
    harmless = tried([(here[name], *rest) for name, *rest in HARMLESS], may_fork=may_fork)
    assert errno.EPERM not in harmless


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize("may_fork", [True, False])
def test_both_machines_get_the_same_rules(machine: str, *, may_fork: bool) -> None:
    program = seccomp_program(machine, may_fork=may_fork)
    architecture, column = MACHINES[machine]
    here, deny, allow = known(column), 0x00050000 | errno.EPERM, 0x7FFF0000
    for name, *arguments in [*DENIED_FORMS, *(DENIED_FORKING if may_fork else DENIED_ALONE)]:
        assert decide(program, architecture, here[name], *arguments) == deny, name
    for name, *arguments in [*HARMLESS, ("clone", THREAD), ("openat", 3, 0, 0o1101, 0o644)]:
        assert decide(program, architecture, here[name], *arguments) == allow, name
    assert decide(program, architecture, here["clone"], FORK) == (allow if may_fork else deny)
    assert decide(program, architecture ^ 1, here["getpid"]) == 0x80000000
    assert decide(program, architecture, here["getpid"] | 0x40000000) == deny
    assert decide(program, architecture, here["clone3"]) == 0x00050000 | errno.ENOSYS


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize("alone", [True, False])
def test_a_browser_is_denied_the_same_calls_on_both_machines(machine: str, *, alone: bool) -> None:
    program = browsers.browser_program(machine, alone=alone)
    architecture, column = MACHINES[machine]
    for error, calls in BROWSERS[alone].items():
        for name, numbers in calls.items():
            if (number := numbers[column]) is not None:
                assert decide(program, architecture, number) == 0x00050000 | error, name
    here, deny, allow = known(column), 0x00050000 | errno.EPERM, 0x7FFF0000
    for name, *arguments in BROWSER_FORMS:
        assert decide(program, architecture, here[name], *arguments) == (deny if alone else allow), name
    for name, *arguments in BROWSER_NEEDS:
        assert decide(program, architecture, here[name], *arguments) == allow, name
    internet = decide(program, architecture, (41, 198)[column], 2, 1, 0)
    local = decide(program, architecture, (41, 198)[column], 1, 1, 0)
    assert (internet, local) == (deny, deny if alone else allow)


def test_an_unknown_kind_of_machine_builds_nothing() -> None:
    with pytest.raises(IsolationUnavailable, match="riscv64"):
        seccomp_program("riscv64", may_fork=False)


@pytest.mark.skipif(not (HEADERS / "asm-generic/unistd.h").exists(), reason="needs the kernel's headers")
@pytest.mark.parametrize("machine", MACHINES)
def test_the_numbers_are_the_kernels(machine: str) -> None:
    generic = HEADERS / "asm-generic/unistd.h"
    native = HEADERS / "x86_64-linux-gnu/asm/unistd_64.h"
    text = (native if machine == "x86_64" and native.exists() else generic).read_text()
    if machine == "x86_64" and not native.exists():
        pytest.skip("needs the headers of x86-64")
    defined = {name: int(number) for name, number in re.findall(r"#define __NR(?:3264)?_(\w+) (\d+)\b", text)}
    column = MACHINES[machine][1]
    for_browsers = {**BROWSERS[True][0], **BROWSERS[True][errno.EPERM], **browsers.LACKED}
    named = {name: number for name, pair in for_browsers.items() if (number := pair[column]) is not None}
    for name, number in {**known(column), **named}.items():
        # Calls that are newer than these headers are not in them.
        assert defined.get(name, number) == number, name
    assert len(defined.keys() & known(MACHINES[machine][1]).keys()) > 90
