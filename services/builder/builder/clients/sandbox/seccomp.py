"""A seccomp filter, as the kernel's own bytecode: denies what a build never needs and exploits often do."""

import errno
import os
import platform
import struct

_ALLOW = 0x7FFF0000
_DENY = 0x00050000 | errno.EPERM
_ABSENT = 0x00050000 | errno.ENOSYS
_KILL = 0x80000000

_LOAD, _EQUAL, _MASK, _AT_LEAST, _RETURN = 0x20, 0x15, 0x45, 0x35, 0x06
_NUMBER, _ARCHITECTURE, _FIRST_ARGUMENT = 0, 4, 16
_X32 = 0x40000000
_AF_UNIX = 1
_CLONE_NAMESPACES = 0x7E020000

# audit architecture; denied calls; the numbers of socket, clone and clone3. Denied, in this order: ptrace,
# process_vm_readv, process_vm_writev, add_key, request_key, keyctl, bpf, perf_event_open, userfaultfd, mount,
# umount2, pivot_root, chroot, unshare, setns, open_by_handle_at, name_to_handle_at, kexec_load, init_module,
# finit_module, delete_module, io_uring_setup, personality, open_tree, move_mount, fsopen, fsmount,
# mount_setattr.
_MACHINES = {
    "x86_64": (
        0xC000003E,
        (
            *(101, 310, 311, 248, 249, 250, 321, 298, 323, 165, 166, 155, 161, 272, 308, 304, 303, 246),
            *(175, 313, 176, 425, 135, 428, 429, 430, 432, 442),
        ),
        (41, 56, 435),
    ),
    "aarch64": (
        0xC00000B7,
        (
            *(117, 270, 271, 217, 218, 219, 280, 241, 282, 40, 39, 41, 51, 97, 268, 265, 264, 104),
            *(105, 273, 106, 425, 92, 428, 429, 430, 432, 442),
        ),
        (198, 220, 435),
    ),
}


def filter_descriptor() -> int | None:
    """The filter in a file of its own, to be closed by the caller; None for a machine without a table."""
    program = seccomp_program()
    if program is None:
        return None
    descriptor = os.memfd_create("seccomp")
    os.write(descriptor, program)
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor


def seccomp_program(machine: str | None = None) -> bytes | None:
    """The filter for this kind of machine; None for one that has no table here."""
    if (machine or platform.machine()) not in _MACHINES:
        return None
    architecture, denied, (socket, clone, clone3) = _MACHINES[machine or platform.machine()]
    program = [
        _op(_LOAD, _ARCHITECTURE),
        _op(_EQUAL, architecture, 1, 0),
        _op(_RETURN, _KILL),
        _op(_LOAD, _NUMBER),
        # x86-64 has a second table of calls behind this bit.
        _op(_AT_LEAST, _X32, 0, 1),
        _op(_RETURN, _DENY),
    ]
    for number in denied:
        program += [_op(_EQUAL, number, 0, 1), _op(_RETURN, _DENY)]
    # Its flags are behind a pointer, out of a filter's sight; libraries fall back to clone.
    program += [_op(_EQUAL, clone3, 0, 1), _op(_RETURN, _ABSENT)]
    # No new namespaces, and no sockets but local ones.
    program += [_op(_EQUAL, clone, 0, 4), _op(_LOAD, _FIRST_ARGUMENT), _op(_MASK, _CLONE_NAMESPACES, 0, 1)]
    program += [_op(_RETURN, _DENY), _op(_RETURN, _ALLOW)]
    program += [_op(_EQUAL, socket, 0, 3), _op(_LOAD, _FIRST_ARGUMENT), _op(_EQUAL, _AF_UNIX, 1, 0)]
    program += [_op(_RETURN, _DENY), _op(_RETURN, _ALLOW)]
    return b"".join(program)


def _op(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("=HBBI", code, if_true, if_false, value)
