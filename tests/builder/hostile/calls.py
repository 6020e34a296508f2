"""Attacks as bare system calls, as code has them that broke out of Node's own rules: each must be refused.

Numbers are given for x86-64 and AArch64. `victim` is a process of the same user outside of the sandbox.
"""

# Name: numbers, then arguments; text is passed as bytes, `victim` and the like are filled in.
CALLS: dict[str, tuple[tuple[int, int], tuple[int | str, ...]]] = {
    "trace": ((101, 117), (16, "victim", 0, 0)),
    "trace itself": ((101, 117), (0, 0, 0, 0)),
    "read memory": ((310, 270), ("victim", 0, 0, 0, 0, 0)),
    "write memory": ((311, 271), ("victim", 0, 0, 0, 0, 0)),
    "compare processes": ((312, 272), ("victim", "victim", 0, 0, 0)),
    "descriptor of a process": ((434, 434), ("victim", 0)),
    "take a descriptor": ((438, 438), (0, 0, 0)),
    "signal by descriptor": ((424, 424), (0, 15, 0, 0)),
    "end a process": ((62, 129), ("victim", 15)),
    "end a thread": ((234, 131), ("victim", "victim", 15)),
    "end any thread": ((200, 130), ("victim", 15)),
    "queue a signal": ((129, 138), ("victim", 15, 0)),
    "mount": ((165, 40), ("none", "/tmp", "tmpfs", 0, 0)),
    "unmount": ((166, 39), ("/app/node_modules", 2)),
    "remount": ((165, 40), ("none", "/", 0, 32, 0)),
    "pivot": ((155, 41), (".", ".")),
    "change root": ((161, 51), ("/",)),
    "unshare a user namespace": ((272, 97), (0x10000000,)),
    "unshare mounts": ((272, 97), (0x20000,)),
    "clone a user namespace": ((56, 220), (0x10000011, 0, 0, 0, 0)),
    "clone in the new way": ((435, 435), (0, 0)),
    "enter a namespace": ((308, 268), (0, 0)),
    "open a tree": ((428, 428), (-100, "/", 1)),
    "move a mount": ((429, 429), (-100, "/", -100, "/tmp", 0)),
    "open a file system": ((430, 430), ("tmpfs", 0)),
    "change a mount": ((442, 442), (-100, "/", 0, 0, 0)),
    "start a process": ((56, 220), (17, 0, 0, 0, 0)),
    "start a process as vfork does": ((56, 220), (0x4111, 0, 0, 0, 0)),
    "run by descriptor": ((322, 281), (-100, "/bin/sh", 0, 0, 0)),
    "keys": ((250, 219), (0, -3, 0, 0, 0)),
    "add a key": ((248, 217), ("user", "name", "x", 1, -3)),
    "ask for a key": ((249, 218), ("user", "name", 0, -3)),
    "rings": ((425, 425), (8, 0)),
    "program in the kernel": ((321, 280), (0, 0, 0)),
    "performance events": ((298, 241), (0, 0, -1, -1, 0)),
    "handle page faults": ((323, 282), (0,)),
    "socket of the internet": ((41, 198), (2, 1, 0)),
    "socket by IPv6": ((41, 198), (10, 1, 0)),
    "local socket": ((41, 198), (1, 1, 0)),
    "socket of the kernel": ((41, 198), (16, 3, 0)),
    "packets": ((41, 198), (17, 3, 0)),
    "socket of the host": ((41, 198), (40, 1, 0)),
    "pair of sockets": ((53, 199), (1, 1, 0, 0)),
    "send a message": ((46, 211), (1, 0, 0)),
    "receive a message": ((47, 212), (1, 0, 0)),
    "bind": ((49, 200), (1, 0, 0)),
    "connect": ((42, 203), (1, 0, 0)),
    "lease on a shared package": ((72, 25), ("package", 1024, 0)),
    "lease to write": ((72, 25), ("package", 1024, 1)),
    "notices of a shared folder": ((72, 25), ("packages", 1026, 0x80000001)),
    "signals to another": ((72, 25), (1, 8, "victim")),
    "signal of its choice": ((72, 25), (1, 10, 9)),
    "lock a shared package": ((73, 32), ("package", 2)),
    "lock a part of it": ((72, 25), ("package", 6, 0)),
    "large pipes": ((72, 25), (1, 1031, 1 << 20)),
    "watch files": ((294, 26), (0,)),
    "watch all files": ((300, 262), (0, 0)),
    "watch files as of old": ((253, 26), (0,)),
    "lock memory": ((151, 230), (3,)),
    "file in memory": ((319, 279), ("x", 0)),
    "secret memory": ((447, 447), (0,)),
    "device": ((259, 33), (-100, "device", 0o20666, 259)),
    "named pipe": ((259, 33), (-100, "pipe", 0o10666, 0)),
    "hard link": ((265, 37), (-100, "secret", -100, "hard", 0)),
    "symbolic link": ((266, 36), ("secret", -100, "soft")),
    "attribute": ((188, 5), ("package-path", "user.x", "x", 1, 0)),
    "empty by path": ((76, 45), ("secret", 0)),
    "owner": ((260, 54), (-100, "package-path", 0, 0, 0)),
    "priority": ((141, 140), (0, 0, -20)),
    "real time": ((144, 119), (0, 1, 0)),
    "other processors": ((203, 122), (0, 0, 0)),
    "priority of input": ((251, 30), (1, 0, 0)),
    "personality": ((135, 92), (0x0040000,)),
    "become root": ((105, 146), (0,)),
    "become root wholly": ((117, 147), (0, 0, 0)),
    "groups": ((116, 159), (0, 0)),
    "capabilities": ((126, 91), (0, 0)),
    "leave its filter": ((157, 167), (22, 0, 0, 0, 0)),
    "another filter": ((317, 277), (1, 0, 0)),
    "be traced by": ((157, 167), (0x59616D61, -1, 0, 0, 0)),
    "outlive its parent": ((157, 167), (1, 0, 0, 0, 0)),
    "more descriptors": ((302, 261), (0, 7, "limit", 0)),
    "limits of another": ((302, 261), ("victim", 7, 0, "limit")),
    "name of the machine": ((170, 161), ("owned", 5)),
    "clock": ((164, 170), (0, 0)),
    "restart": ((169, 142), (0, 0, 0, 0)),
    "swap": ((167, 224), ("/tmp", 0)),
    "module of the kernel": ((175, 105), (0, 0, 0)),
    "another kernel": ((246, 104), (0, 0, 0, 0)),
    "log of the kernel": ((103, 116), (3, 0, 0)),
    "handle of a file": ((303, 264), (-100, "secret", 0, 0, 0)),
    "open by handle": ((304, 265), (-100, 0, 0)),
    "type into a terminal": ((16, 29), (0, 0x5412, "x")),
    "messages between processes": ((68, 186), (0, 0o1666)),
    "semaphores between processes": ((64, 190), (0, 1, 0o1666)),
    "memory between processes": ((29, 194), (0, 4096, 0o1666)),
    "queue between processes": ((240, 180), ("name", 0o102, 0o666, 0)),
    "timer": ((222, 107), (0, 0, 0)),
    "merge memory": ((28, 233), (0, 0, 12)),
    "write all to disk": ((162, 81), ()),
}

TRYING = """
import ctypes, json, os, platform
T = %s
calls = %s
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
column = ["x86_64", "aarch64"].index(platform.machine())
limit = (ctypes.c_ulong * 2)(100000, 100000)
here = T["packages"] if os.path.exists(T["packages"]) else T["inside"]
own = here + "/pkg/index.js"
package, folder = os.open(own, os.O_RDONLY), os.open(here + "/pkg", os.O_RDONLY)
values = {
    "victim": T["victim"], "package": package, "packages": folder, "limit": ctypes.addressof(limit),
    "secret": T["secret"], "package-path": own,
}
kept = []
def given(value):
    value = values.get(value, value)
    if isinstance(value, str):
        kept.append(ctypes.create_string_buffer(value.encode()))
        return ctypes.c_ulong(ctypes.addressof(kept[-1]))
    return ctypes.c_ulong(value %% 2**64)
for name, (numbers, arguments) in calls.items():
    ctypes.set_errno(0)
    failed = libc.syscall(ctypes.c_long(numbers[column]), *map(given, arguments)) == -1
    print("FOUND " + json.dumps([name, "refused" if failed else "done", str(ctypes.get_errno())]), flush=True)
watched = 0
try:
    descriptors = []
    while True:
        descriptors += os.pipe()
except OSError:
    polls, ends = [], descriptors[: len(descriptors) // 2]
for one in descriptors[len(descriptors) // 2 :]:
    os.close(one)
import select
try:
    while True:
        polls.append(select.epoll())
except OSError:
    pass
for poll in polls:
    for one in ends:
        try:
            poll.register(one)
            watched += 1
        except OSError:
            break
print("FOUND " + json.dumps(["watches", "done", str(watched)]), flush=True)
os._exit(0)
"""

# Those that reach others. Of the rest a browser needs many, or has them where its namespaces keep them in.
BROWSER = (
    *("trace", "read memory", "write memory", "compare processes", "end a process", "end a thread"),
    *("end any thread", "queue a signal", "limits of another", "mount", "remount", "pivot"),
    *("enter a namespace", "open a tree", "move a mount", "open a file system", "change a mount"),
    *("keys", "add a key", "ask for a key", "rings", "program in the kernel", "performance events"),
    *("handle page faults", "socket of the internet", "socket by IPv6", "packets", "socket of the host"),
    *("watch all files", "file in memory", "device", "hard link", "empty by path"),
    *("real time", "personality", "become root", "become root wholly", "clock", "restart", "swap"),
    *("module of the kernel", "another kernel", "log of the kernel", "handle of a file", "open by handle"),
)

REACHING = """
import ctypes, json, os, platform
T = %s
calls = %s
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
column = ["x86_64", "aarch64"].index(platform.machine())
limit = (ctypes.c_ulong * 2)(100000, 100000)
values = {"victim": T["victim"], "limit": ctypes.addressof(limit), "secret": T["secret"]}
kept = []
def given(value):
    value = values.get(value, value)
    if isinstance(value, str):
        kept.append(ctypes.create_string_buffer(value.encode()))
        return ctypes.c_ulong(ctypes.addressof(kept[-1]))
    return ctypes.c_ulong(value %% 2**64)
def tell(name, failed):
    print("FOUND " + json.dumps([name, "refused" if failed else "done"]), flush=True)
def call(number, *arguments):
    return libc.syscall(ctypes.c_long(number[column]), *arguments)
for name, (numbers, arguments) in calls.items():
    tell(name, call(numbers, *map(given, arguments)) == -1)
def reach(name, family, address):
    one = call((41, 198), ctypes.c_ulong(family), ctypes.c_ulong(1), ctypes.c_ulong(0))
    tell(name, one == -1 or call((42, 203), ctypes.c_ulong(one), address, ctypes.c_ulong(len(address))) == -1)
reach("loopback", 2, b"\\2\\0" + T["port"].to_bytes(2, "big") + b"\\x7f\\0\\0\\1" + bytes(8))
reach("abstract socket", 1, b"\\1\\0\\0" + T["abstract"].encode())
reach("socket", 1, b"\\1\\0" + T["socket"].encode() + b"\\0")
tries = {
    "secret": lambda: print(open(T["secret"]).read()),
    "secret to write": lambda: open(T["secret"], "a"),
    "emptied secret": lambda: os.close(os.open(T["secret"], os.O_TRUNC)),
    "home": lambda: os.listdir(T["home"]),
    "planted": lambda: os.mkdir(T["folder"] + "/" + T["name"]),
    "removed": lambda: os.unlink(T["secret"]),
    "packages": lambda: open(T["packages"] + "/pkg/index.js", "a"),
    "cache": lambda: os.listdir(T["cache"]),
    "neighbour": lambda: os.listdir(T["neighbour"]),
    "signal to the victim": lambda: os.kill(T["victim"], 9),
    "signal to the builder": lambda: os.kill(T["builder"], 9),
    "environment of the builder": lambda: open("/proc/%%d/environ" %% T["builder"]).read(),
    "memory of the victim": lambda: open("/proc/%%d/mem" %% T["victim"], "rb").read(1),
    "priority of the victim": lambda: os.setpriority(os.PRIO_PROCESS, T["victim"], 19),
    "processors of the victim": lambda: os.sched_setaffinity(T["victim"], {0}),
    "disk": lambda: open(T["disk"], "rb").read(1),
    "password file": lambda: open("/etc/shadow").read(),
}
for name, work in tries.items():
    try:
        work()
        tell(name, False)
    except OSError:
        tell(name, True)
os._exit(0)
"""
