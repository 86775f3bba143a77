"""What a child process that reads a stranger's file gives up: memory, time, files, programs, other processes, the network.

Three layers: resource limits of the kernel; a filter of system calls (seccomp, Linux on x86-64 and arm64); an audit hook of
Python (PEP 578), the only one of the last two elsewhere.
"""

from __future__ import annotations

import ctypes
import os
import platform
import resource
import signal
import struct
import sys
from typing import Any

from interviews.extraction import limits

# <linux/prctl.h>, <linux/seccomp.h>, <linux/audit.h>, <linux/filter.h>
_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP, _SECCOMP_MODE_FILTER = 1, 38, 22, 2
_ALLOW, _REFUSE, _KILL = 0x7FFF0000, 0x00050000 | 1, 0x80000000
_LOAD, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06

_X86_64 = {
    "open": 2, "socket": 41, "connect": 42, "accept": 43, "sendto": 44, "sendmsg": 46, "bind": 49, "listen": 50, "socketpair": 53,
    "clone": 56, "fork": 57, "vfork": 58, "execve": 59, "kill": 62, "truncate": 76, "chdir": 80, "rename": 82, "mkdir": 83,
    "rmdir": 84, "creat": 85, "link": 86, "unlink": 87, "symlink": 88, "chmod": 90, "chown": 92, "lchown": 94, "ptrace": 101,
    "rt_sigqueueinfo": 129, "utime": 132, "mknod": 133, "pivot_root": 155, "chroot": 161, "mount": 165, "setxattr": 188,
    "lsetxattr": 189, "removexattr": 197, "tkill": 200, "tgkill": 234, "utimes": 235, "keyctl": 250, "openat": 257,
    "mkdirat": 258, "mknodat": 259, "fchownat": 260, "futimesat": 261, "unlinkat": 263, "renameat": 264, "linkat": 265,
    "symlinkat": 266, "fchmodat": 268, "unshare": 272, "utimensat": 280, "accept4": 288, "rt_tgsigqueueinfo": 297,
    "prlimit64": 302, "open_by_handle_at": 304, "sendmmsg": 307, "setns": 308, "process_vm_readv": 310,
    "process_vm_writev": 311, "renameat2": 316, "bpf": 321, "userfaultfd": 323, "execveat": 322, "pidfd_send_signal": 424,
    "io_uring_setup": 425, "open_tree": 428, "move_mount": 429, "fsopen": 430, "pidfd_open": 434, "clone3": 435, "openat2": 437,
    "pidfd_getfd": 438, "fchmodat2": 452,
}  # fmt: skip
_ARM64 = {
    "setxattr": 5, "lsetxattr": 6, "removexattr": 14, "mknodat": 33, "mkdirat": 34, "unlinkat": 35, "symlinkat": 36, "linkat": 37,
    "renameat": 38, "mount": 40, "pivot_root": 41, "truncate": 45, "chdir": 49, "chroot": 51, "fchmodat": 53, "fchownat": 54,
    "openat": 56, "utimensat": 88, "unshare": 97, "ptrace": 117, "kill": 129, "tkill": 130, "tgkill": 131, "rt_sigqueueinfo": 138,
    "socket": 198, "socketpair": 199, "bind": 200, "listen": 201, "accept": 202, "connect": 203, "sendto": 206, "sendmsg": 211,
    "keyctl": 219, "clone": 220, "execve": 221, "rt_tgsigqueueinfo": 240, "accept4": 242, "prlimit64": 261,
    "open_by_handle_at": 265, "setns": 268, "sendmmsg": 269, "process_vm_readv": 270, "process_vm_writev": 271, "renameat2": 276,
    "bpf": 280, "execveat": 281, "userfaultfd": 282, "pidfd_send_signal": 424, "io_uring_setup": 425, "open_tree": 428,
    "move_mount": 429, "fsopen": 430, "pidfd_open": 434, "clone3": 435, "openat2": 437, "pidfd_getfd": 438, "fchmodat2": 452,
}  # fmt: skip
_MACHINES = {"x86_64": (0xC000003E, _X86_64), "aarch64": (0xC00000B7, _ARM64)}
_REFUSED_EVENTS = (
    *(
        "socket.",
        "subprocess.",
        "os.exec",
        "os.fork",
        "os.posix_spawn",
        "os.spawn",
        "os.system",
        "os.remove",
        "os.rename",
        "os.mkdir",
    ),
    *(
        "os.rmdir",
        "os.link",
        "os.symlink",
        "os.kill",
        "shutil.",
        "urllib.",
        "ftplib.",
        "http.",
        "smtplib.",
        "pty.spawn",
        "ctypes.dlopen",
    ),
)


def limit(parent: int) -> None:
    """Set the limits of this process and die with ``parent``. The first thing a child does."""
    for what, most in (
        (resource.RLIMIT_AS, limits.MEMORY_BYTES),
        (resource.RLIMIT_CPU, limits.CPU_SECONDS),
        (resource.RLIMIT_NOFILE, limits.OPEN_FILES),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        try:
            resource.setrlimit(what, (most, most))
        except (ValueError, OSError):
            # macOS knows no limit of addresses; elsewhere a lower one is set already.
            if sys.platform == "linux" and resource.getrlimit(what)[0] > most:
                raise
    if sys.platform == "linux":
        _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)  # it ended before we could ask to end with it


def confine() -> bool:
    """Give up the network, other programs and every file that is not open yet. True when the kernel holds it too."""
    is_filtered = _filter()
    sys.addaudithook(_refuse)
    return is_filtered


def _refuse(event: str, arguments: tuple[Any, ...]) -> None:
    if event.startswith(_REFUSED_EVENTS) or (event == "open" and not isinstance(arguments[0], int)):
        raise PermissionError(event)


def _filter() -> bool:
    machine = _MACHINES.get(platform.machine())
    if sys.platform != "linux" or machine is None:
        return False
    architecture, calls = machine
    refused = sorted(set(calls.values()))
    code = [
        (_LOAD, 0, 0, 4),
        (_EQUAL, 1, 0, architecture),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, 0),
        # The x32 calls of x86-64 would be a second door.
        (_AT_LEAST, len(refused) + 1, 0, 0x40000000),
        *((_EQUAL, len(refused) - place, 0, number) for place, number in enumerate(refused)),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _REFUSE),
    ]
    program = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in code))
    pointer = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(code), ctypes.addressof(program)))
    try:
        _prctl(_PR_SET_NO_NEW_PRIVS, 1)
        _prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.addressof(pointer))
    except OSError:
        return False
    return True


def _prctl(option: int, *values: int) -> None:
    call = ctypes.CDLL(None, use_errno=True).prctl
    call.argtypes = [ctypes.c_int, *[ctypes.c_ulong] * 4]
    if call(option, *values, *[0] * (4 - len(values))):
        raise OSError(ctypes.get_errno(), "prctl")
