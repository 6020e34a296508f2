"""The kernel's own bytecode for filters of system calls: the few instructions that ours are made of."""

import errno
import os
import struct

ALLOW = 0x7FFF0000
DENY = 0x00050000 | errno.EPERM
LACK = 0x00050000 | errno.ENOSYS
PRETEND = 0x00050000  # success, without anything done
KILL = 0x80000000

LOAD, AND, EQUAL, ANY_BIT, AT_LEAST, RETURN = 0x20, 0x54, 0x15, 0x45, 0x35, 0x06
NUMBER, ARCHITECTURE, ARGUMENTS = 0, 4, 16
"""Where in a call's description its number, the machine and the first argument stand."""

X32 = 0x40000000
"""On x86-64, the bit of the numbers of a second table of calls."""


def op(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    """One instruction; `if_true` and `if_false` are how many it skips."""
    return struct.pack("=HBBI", code, if_true, if_false, value)


def of_machine(architecture: int) -> list[bytes]:
    """How every filter begins: kills what was called as on another machine, denies the second table."""
    return [
        op(LOAD, ARCHITECTURE),
        op(EQUAL, architecture, 1, 0),
        op(RETURN, KILL),
        op(LOAD, NUMBER),
        op(AT_LEAST, X32, 0, 1),
        op(RETURN, DENY),
    ]


def descriptor_of(program: bytes) -> int:
    """A file with the filter, to be closed by the caller."""
    descriptor = os.memfd_create("seccomp")
    os.write(descriptor, program)
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor
