"""A seccomp filter, as the kernel's own bytecode: allows what a build uses and nothing else."""

import platform
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from builder.clients.sandbox.bpf import (
    ALLOW,
    AND,
    ANY_BIT,
    ARGUMENTS,
    DENY,
    EQUAL,
    LACK,
    LOAD,
    PRETEND,
    RETURN,
    descriptor_of,
    of_machine,
    op,
)  # fmt: skip
from builder.clients.sandbox.syscalls import ABSENT, ALLOWED, ALLOWED_TO_FORK, IGNORED, Numbers
from builder.errors import IsolationUnavailable

_ALL_BITS = 0xFFFFFFFF

_SET_ID = 0o6000
# Together they empty a file that may only be read, which old versions of Landlock do not see.
_O_ACCMODE, _O_TRUNC = 0o3, 0o1000
_CLONE_THREAD = 0x10000
_CLONE_NAMESPACES = 0x7E020000
_AF_UNIX, _SOCK_STREAM, _SOCK_TYPES = 1, 1, 0xF
_SIGURG = 23


@dataclass(frozen=True)
class OneOf:
    """The argument, or those of its bits that `mask` has, is one of these."""

    argument: int
    values: tuple[int, ...]
    mask: int = _ALL_BITS


@dataclass(frozen=True)
class Without:
    """The argument has none of these bits."""

    argument: int
    bits: int


@dataclass(frozen=True)
class NotThis:
    """Those bits of the argument that `mask` has are not this value."""

    argument: int
    value: int
    mask: int


@dataclass(frozen=True)
class Null:
    """The argument is a null pointer."""

    argument: int


Condition = OneOf | Without | NotThis | Null

# Values are the kernel's; linux/fcntl.h, asm/ioctls.h, linux/prctl.h, asm/mman.h.
_CONDITIONS: Mapping[str, tuple[Condition, ...]] = {
    "open": (Without(2, _SET_ID), NotThis(1, _O_TRUNC, _O_TRUNC | _O_ACCMODE)),
    "openat": (Without(3, _SET_ID), NotThis(2, _O_TRUNC, _O_TRUNC | _O_ACCMODE)),
    # DUPFD, GETFD, SETFD, GETFL, SETFL, DUPFD_CLOEXEC: no locks, leases, notices, owners, pipe sizes.
    "fcntl": (OneOf(1, (0, 1, 2, 3, 4, 1030)),),
    # TCGETS, TIOCGWINSZ, FIONREAD, FIONBIO, FIONCLEX, FIOCLEX.
    "ioctl": (OneOf(1, (0x5401, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451)),),
    # SET_NAME, GET_NAME.
    "prctl": (OneOf(0, (15, 16)),),
    # No merging of equal pages among them, by which others' memory can be guessed.
    "madvise": (OneOf(2, (0, 1, 2, 3, 4, 8, 10, 11, 14, 15, 16, 17)),),
    # Its own limits, to read.
    "prlimit64": (OneOf(0, (0,)), Null(2)),
    # ARCH_SET_FS.
    "arch_prctl": (OneOf(0, (0x1002,)),),
}
_FORKING: Mapping[str, tuple[Condition, ...]] = {
    "clone": (Without(0, _CLONE_NAMESPACES),),
    "socketpair": (OneOf(0, (_AF_UNIX,)), OneOf(1, (_SOCK_STREAM,), _SOCK_TYPES)),
    # SOL_SOCKET: SO_SNDBUF, SO_RCVBUF.
    "setsockopt": (OneOf(1, (1,)), OneOf(2, (7, 8))),
    "tgkill": (OneOf(2, (_SIGURG,)),),
}
_ALONE: Mapping[str, tuple[Condition, ...]] = {
    "clone": (Without(0, _CLONE_NAMESPACES), OneOf(0, (_CLONE_THREAD,), _CLONE_THREAD)),
}

# Audit architecture, and which number of a pair is its.
_MACHINES = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}


def filter_descriptor(*, may_fork: bool) -> int:
    """The filter in a file of its own, to be closed by the caller; raises IsolationUnavailable."""
    return descriptor_of(seccomp_program(may_fork=may_fork))


@cache
def seccomp_program(machine: str | None = None, *, may_fork: bool) -> bytes:
    """The filter for this kind of machine; raises IsolationUnavailable for one that has no table here."""
    name = machine or platform.machine()
    if name not in _MACHINES:
        raise IsolationUnavailable(
            f"There is no list of system calls for this kind of machine ({name}); there are lists for "
            f"{' and '.join(_MACHINES)}."
        )
    architecture, column = _MACHINES[name]
    allowed: Numbers = {**ALLOWED, **(ALLOWED_TO_FORK if may_fork else {})}
    conditions = {**_CONDITIONS, **(_FORKING if may_fork else _ALONE)}
    program = of_machine(architecture)
    for call, numbers in allowed.items():
        program += _rule(numbers[column], conditions.get(call, ()), ALLOW)
    for numbers in ABSENT.values():
        program += _rule(numbers[column], (), LACK)
    for numbers in IGNORED.values():
        program += _rule(numbers[column], (), PRETEND)
    return b"".join([*program, op(RETURN, DENY)])


def _rule(number: int | None, conditions: tuple[Condition, ...], answer: int) -> list[bytes]:
    """Answers the call of this number; a linear list, as the kernel remembers which calls always pass."""
    if number is None:
        return []
    block = [part for condition in conditions for part in _check(condition)] + [op(RETURN, answer)]
    return [op(EQUAL, number, 0, len(block)), *block]


def _check(condition: Condition) -> list[bytes]:
    """Goes on behind itself when the condition holds, and denies the call otherwise."""
    low = ARGUMENTS + 8 * condition.argument
    if isinstance(condition, Without):
        return [op(LOAD, low), op(ANY_BIT, condition.bits, 0, 1), op(RETURN, DENY)]
    if isinstance(condition, NotThis):
        masked = [op(LOAD, low), op(AND, condition.mask)]
        return [*masked, op(EQUAL, condition.value, 0, 1), op(RETURN, DENY)]
    if isinstance(condition, Null):
        first = [op(LOAD, low), op(EQUAL, 0, 0, 2)]
        return [*first, op(LOAD, low + 4), op(EQUAL, 0, 1, 0), op(RETURN, DENY)]
    values = condition.values
    tests = [op(EQUAL, value, len(values) - index, 0) for index, value in enumerate(values)]
    return [op(LOAD, low), op(AND, condition.mask), *tests, op(RETURN, DENY)]
