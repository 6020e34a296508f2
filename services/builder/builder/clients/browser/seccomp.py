"""A seccomp filter around the whole browser: denies what neither it nor its own sandbox ever needs.

Chromium puts its renderers under an allow-list of its own. This one is the wall around the rest, the browser
process itself, and therefore leaves it what makes that inner sandbox: clone, unshare and chroot. Where there
are no namespaces there is no inner sandbox, and it denies all that reaches what namespaces would hide.
"""

import platform

from builder.clients.sandbox.bpf import (
    ALLOW,
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
)
from builder.clients.sandbox.syscalls import Numbers
from builder.errors import BrowserUnavailable

_AF_UNIX, _AF_NETLINK = 1, 16
_SOCKETS = (_AF_UNIX, _AF_NETLINK)

# Numbers on x86-64 and AArch64; asm/unistd_64.h, asm-generic/unistd.h.
DENIED: Numbers = {
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "setns": (308, 268),
    "open_by_handle_at": (304, 265),
    "name_to_handle_at": (303, 264),
    "kexec_load": (246, 104),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "delete_module": (176, 106),
    "io_uring_setup": (425, 425),
    "personality": (135, 92),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "fsmount": (432, 432),
    "mount_setattr": (442, 442),
    "fanotify_init": (300, 262),
    "acct": (163, 89),
    "swapon": (167, 224),
    "swapoff": (168, 225),
    "reboot": (169, 142),
    "quotactl": (179, 60),
    "syslog": (103, 116),
}
# Memory that no process need have mapped would be seen by no watchdog.
LACKED: Numbers = {"memfd_create": (319, 279)}
# What else reaches others where no namespace hides them: by their ids, by names of the machine, by files.
DENIED_ALONE: Numbers = {
    "ptrace": (101, 117),
    "socket": (41, 198),
    "bind": (49, 200),
    "connect": (42, 203),
    "listen": (50, 201),
    "unshare": (272, 97),
    "chroot": (161, 51),
    "sethostname": (170, 161),
    "setdomainname": (171, 162),
    "settimeofday": (164, 170),
    "clock_settime": (227, 112),
    "adjtimex": (159, 171),
    "clock_adjtime": (305, 266),
    "setpriority": (141, 140),
    "sched_setscheduler": (144, 119),
    "sched_setparam": (142, 118),
    "sched_setattr": (314, 274),
    "sched_setaffinity": (203, 122),
    "ioprio_set": (251, 30),
    "setpgid": (109, 154),
    "migrate_pages": (256, 238),
    "move_pages": (279, 239),
    "process_madvise": (440, 440),
    "process_mrelease": (448, 448),
    "pidfd_open": (434, 434),
    "pidfd_getfd": (438, 438),
    "pidfd_send_signal": (424, 424),
    "kcmp": (312, 272),
    "rt_sigqueueinfo": (129, 138),
    "rt_tgsigqueueinfo": (297, 240),
    "inotify_init1": (294, 26),
    "shmget": (29, 194),
    "shmat": (30, 196),
    "shmctl": (31, 195),
    "semget": (64, 190),
    "semctl": (66, 191),
    "semop": (65, 193),
    "semtimedop": (220, 192),
    "msgget": (68, 186),
    "msgsnd": (69, 189),
    "msgrcv": (70, 188),
    "msgctl": (71, 187),
    "mq_open": (240, 180),
    "mq_unlink": (241, 181),
    "fchown": (93, 55),
    "fchownat": (260, 54),
    "setxattr": (188, 5),
    "lsetxattr": (189, 6),
    "fsetxattr": (190, 7),
    "removexattr": (197, 14),
    "lremovexattr": (198, 15),
    "fremovexattr": (199, 16),
    "mknodat": (259, 33),
    "chown": (92, None),
    "lchown": (94, None),
    "mknod": (133, None),
    "inotify_init": (253, None),
    "utime": (132, None),
}
IGNORED_ALONE: Numbers = {
    "fchmod": (91, 52),
    "fchmodat": (268, 53),
    "fchmodat2": (452, 452),
    "utimensat": (280, 88),
    "chmod": (90, None),
    "utimes": (235, None),
    "futimesat": (261, None),
}
# GETOWN and SETOWN with their like, leases, notices, sizes of pipes: linux/fcntl.h.
_COMMANDS_ALONE = (8, 10, 15, 1024, 1026, 1031)
_FCNTL = (72, 25)
# Limits may be read and set of itself only.
_PRLIMIT = (302, 261)
_SOCKETPAIR = (53, 199)
# Audit architecture, which number of a pair is its, and the number of socket.
_MACHINES = {"x86_64": (0xC000003E, 0, 41), "aarch64": (0xC00000B7, 1, 198)}


def filter_descriptor(*, alone: bool) -> int:
    """The filter in a file of its own, to be closed by the caller; raises BrowserUnavailable.

    `alone`: there are no namespaces and no sandbox of Chromium's own.
    """
    return descriptor_of(browser_program(platform.machine(), alone=alone))


def browser_program(machine: str, *, alone: bool) -> bytes:
    """The filter for this kind of machine; raises BrowserUnavailable for one that has no table here."""
    if machine not in _MACHINES:
        raise BrowserUnavailable(f"There is no list of system calls for this kind of machine ({machine}).")
    architecture, column, socket = _MACHINES[machine]
    program = of_machine(architecture)
    answers = [(DENIED, DENY), (LACKED, LACK)]
    if alone:
        answers += [(DENIED_ALONE, DENY), (IGNORED_ALONE, PRETEND)]
    for calls, answer in answers:
        for numbers in calls.values():
            if (number := numbers[column]) is not None:
                program += [op(EQUAL, number, 0, 1), op(RETURN, answer)]
    if alone:
        program += _denied_with(_FCNTL[column], 1, _COMMANDS_ALONE)
        program += _allowed_with(_PRLIMIT[column], 0, (0,))
        program += _allowed_with(_SOCKETPAIR[column], 0, (_AF_UNIX,))
    program += _allowed_with(socket, 0, _SOCKETS)
    return b"".join([*program, op(RETURN, ALLOW)])


def _allowed_with(number: int, argument: int, values: tuple[int, ...]) -> list[bytes]:
    """Denies the call unless the argument is one of these."""
    tests = [op(EQUAL, value, len(values) - index, 0) for index, value in enumerate(values)]
    block = [op(LOAD, ARGUMENTS + 8 * argument), *tests, op(RETURN, DENY), op(RETURN, ALLOW)]
    return [op(EQUAL, number, 0, len(block)), *block]


def _denied_with(number: int, argument: int, values: tuple[int, ...]) -> list[bytes]:
    """Denies the call when the argument is one of these, and allows it otherwise."""
    tests = [op(EQUAL, value, len(values) - index, 0) for index, value in enumerate(values)]
    block = [op(LOAD, ARGUMENTS + 8 * argument), *tests, op(RETURN, ALLOW), op(RETURN, DENY)]
    return [op(EQUAL, number, 0, len(block)), *block]
