"""A disk that fails under a real process: every system call of a child is stopped (ptrace), those that change files
under a folder are counted, and from a given one on the process dies, or the kernel's answer is an error.

Nothing of the product knows of it, and SQLite's own writes meet it as Python's do. Linux on x86-64 only.
"""

import ctypes
import errno
import os
import platform
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

SUPPORTED = sys.platform == "linux" and platform.machine() == "x86_64"


class Trouble(StrEnum):
    """What happens at the chosen call. `KILL` before it; `TORN` in the middle of it, if it writes; the rest from it on,
    until the child says that it is mended."""

    NONE = "none"
    KILL = "kill"
    TORN = "torn"
    FULL = "full"
    READ_ONLY = "read_only"
    PULLED = "pulled"


@dataclass(frozen=True, slots=True)
class Fault:
    """`at` counts the calls that change something under `root`, from 1; for what is pulled those that read it too."""

    trouble: Trouble
    at: int
    root: str


_NAMES = (
    "r15", "r14", "r13", "r12", "rbp", "rbx", "r11", "r10", "r9", "r8", "rax", "rcx", "rdx", "rsi", "rdi", "orig_rax",
    "rip", "cs", "eflags", "rsp", "ss", "fs_base", "gs_base", "ds", "es", "fs", "gs",
)  # fmt: skip


class _Registers(ctypes.Structure):
    """`user_regs_struct` of the kernel."""

    _fields_ = [(name, ctypes.c_ulonglong) for name in _NAMES]


_TRACEME, _GETREGS, _SETREGS, _SYSCALL, _SETOPTIONS = 0, 12, 13, 24, 0x4200
_SYSGOOD, _CLONE, _EXITKILL = 1, 8, 0x100000
_WALL = 0x40000000
_NOTHING = (1 << 64) - 1
_AT_FDCWD = -100

BEGIN, MEND = 121, 124
"""getpgid and getsid: by these a child says that counting begins, and that the disk is well again."""

_WRITES = {1: "write", 18: "pwrite64", 20: "writev", 296: "pwritev"}
_SYNCS = {74: "fsync", 75: "fdatasync"}
_OF_FILE = {**_WRITES, **_SYNCS, 77: "ftruncate", 285: "fallocate", 40: "sendfile", 326: "copy_file_range"}
_PATH_FIRST = {76: "truncate", 82: "rename", 83: "mkdir", 84: "rmdir", 87: "unlink", 90: "chmod"}
_PATH_SECOND = {258: "mkdirat", 263: "unlinkat", 264: "renameat", 316: "renameat2"}
_OPEN, _OPENAT = 2, 257
_READS = {0: "read", 17: "pread64", 19: "readv", 5: "fstat", 217: "getdents64"}
_LOOKS_FIRST = {4: "stat", 6: "lstat", 21: "access", 137: "statfs"}
_LOOKS_SECOND = {262: "newfstatat", 269: "faccessat", 332: "statx"}
_TAKES_ROOM = {*_WRITES, 285, 40, 326, 83, 258}
_COPIES = {326: 2}
"""Where the target of a copy stands among the arguments, if not first."""


@dataclass(frozen=True, slots=True)
class _Call:
    """One call that concerns the folder."""

    number: int
    changes: bool
    makes: bool
    by_path: bool


@dataclass(slots=True)
class Traced:
    """How a child ended (as `os.waitstatus_to_exitcode`), and how many changes it made from its beginning on."""

    code: int = 0
    calls: int = 0
    hit: bool = False
    names: list[str] = field(default_factory=list)


def run(child: Callable[[], int], fault: Fault) -> Traced:
    """Fork, let the child run under the fault, and wait for its end. The caller may have no other thread."""
    pid = os.fork()
    if pid == 0:
        _ptrace(_TRACEME, 0, 0, 0)
        os.kill(os.getpid(), signal.SIGSTOP)
        try:
            os._exit(child())
        except BaseException:
            sys.excepthook(*sys.exc_info())
            os._exit(1)
    os.waitpid(pid, 0)
    _ptrace(_SETOPTIONS, pid, 0, _SYSGOOD | _CLONE | _EXITKILL)
    return _Tracer(pid, fault).run()


class _Tracer:
    """Stands between one child and the kernel."""

    def __init__(self, pid: int, fault: Fault) -> None:
        self._pid, self._fault = pid, fault
        self._inside: dict[int, int] = {}
        self._begun = self._on = False
        self._seen = Traced()

    def run(self) -> Traced:
        _ptrace(_SYSCALL, self._pid, 0, 0)
        while True:
            tid, status = os.waitpid(-1, _WALL)
            if os.WIFEXITED(status) or os.WIFSIGNALED(status):
                if tid == self._pid:
                    self._seen.code = os.waitstatus_to_exitcode(status)
                    return self._seen
                continue
            sent = os.WSTOPSIG(status)
            deliver = 0
            if sent == signal.SIGTRAP | 0x80:
                self._stopped(tid)
            elif sent not in (signal.SIGTRAP, signal.SIGSTOP):
                deliver = sent
            _ptrace(_SYSCALL, tid, 0, deliver, gone=True)

    def _stopped(self, tid: int) -> None:
        registers = _Registers()
        if _ptrace(_GETREGS, tid, 0, ctypes.addressof(registers), gone=True):
            return
        if tid in self._inside:
            answer = self._inside.pop(tid)
            if answer == _TORN:
                os.kill(self._pid, signal.SIGKILL)
            elif answer:
                registers.rax = (1 << 64) - answer
                _ptrace(_SETREGS, tid, 0, ctypes.addressof(registers))
            return
        self._inside[tid] = self._entered(tid, registers)

    def _entered(self, tid: int, registers: _Registers) -> int:
        """What the call is to end with: 0 for whatever the kernel says."""
        number = int(registers.orig_rax)
        if number == BEGIN:
            self._begun = True
        elif number == MEND:
            self._on, self._begun = False, False
        call = self._call(tid, registers) if self._begun else None
        if call is None:
            return 0
        if call.changes or self._fault.trouble is Trouble.PULLED:
            self._seen.calls += 1
            if self._seen.calls == self._fault.at and self._fault.trouble is not Trouble.NONE:
                self._on = self._seen.hit = True
                if self._dies(tid, registers, call):
                    return _TORN
        answer = self._answer(call) if self._on else 0
        if answer:
            registers.orig_rax = _NOTHING
            _ptrace(_SETREGS, tid, 0, ctypes.addressof(registers))
        return answer

    def _dies(self, tid: int, registers: _Registers, call: _Call) -> bool:
        """Whether the child is to die once the kernel wrote half of it; or it is dead by now."""
        trouble = self._fault.trouble
        if trouble is Trouble.TORN and call.number in (1, 18) and registers.rdx > 1:
            registers.rdx //= 2
            _ptrace(_SETREGS, tid, 0, ctypes.addressof(registers))
            return True
        if trouble in (Trouble.KILL, Trouble.TORN):
            os.kill(self._pid, signal.SIGKILL)
        elif trouble is Trouble.PULLED:
            os.rename(self._fault.root, self._fault.root + ".pulled")
        return False

    def _answer(self, call: _Call) -> int:
        trouble = self._fault.trouble
        if trouble is Trouble.FULL and (call.number in _TAKES_ROOM or call.makes):
            return errno.ENOSPC
        if trouble is Trouble.READ_ONLY and call.changes and call.number not in _SYNCS:
            return errno.EROFS
        if trouble is Trouble.PULLED:
            return errno.ENOENT if call.by_path else errno.EIO
        return 0

    def _call(self, tid: int, registers: _Registers) -> _Call | None:
        """What a call is to the folder; None if it does not concern it."""
        number, args = int(registers.orig_rax), (registers.rdi, registers.rsi, registers.rdx)
        if number in _OF_FILE or number in _READS:
            if not self._is_ours(_link(tid, args[_COPIES.get(number, 0)])):
                return None
            return _Call(number, number in _OF_FILE, False, False)
        if number in (_OPEN, _OPENAT):
            flags = args[1] if number == _OPEN else args[2]
            makes = bool(flags & (os.O_CREAT | os.O_TRUNC))
            place = args[0] if number == _OPEN else args[1]
            if not self._is_ours(path := _text(tid, place)):
                return None
            writes = bool(flags & (os.O_WRONLY | os.O_RDWR))
            return _Call(number, makes or writes, makes and not os.path.exists(path), True)
        for first, changes in ((_PATH_FIRST, True), (_LOOKS_FIRST, False)):
            if number in first:
                return _Call(number, changes, False, True) if self._is_ours(_text(tid, args[0])) else None
        for second, changes in ((_PATH_SECOND, True), (_LOOKS_SECOND, False)):
            if number in second:
                path = _text(tid, args[1]) or _link(tid, args[0])
                return _Call(number, changes, False, True) if self._is_ours(path) else None
        return None

    def _is_ours(self, path: str) -> bool:
        root = self._fault.root
        return path == root or path.startswith((root + "/", root + ".pulled/"))


_TORN = -1


def _link(tid: int, descriptor: int) -> str:
    """The file behind a descriptor of the child."""
    try:
        return os.readlink(f"/proc/{tid}/fd/{ctypes.c_int(descriptor).value}")
    except OSError:
        return ""


def _text(tid: int, address: int) -> str:
    """A path among the child's arguments."""
    try:
        with Path(f"/proc/{tid}/mem").open("rb", buffering=0) as memory:
            memory.seek(address)
            found = memory.read(4096 - address % 4096)
            if b"\0" not in found:
                found += memory.read(4096)
    except (OSError, ValueError):
        return ""
    return os.fsdecode(found.partition(b"\0")[0])


_libc = ctypes.CDLL(None, use_errno=True)
_libc.ptrace.restype = ctypes.c_long
_libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]


def _ptrace(request: int, tid: int, address: int, data: int, *, gone: bool = False) -> bool:
    """Whether the thread was gone by then. Raises OSError if this may not be done."""
    ctypes.set_errno(0)
    if _libc.ptrace(request, tid, address, data) == -1:
        number = ctypes.get_errno()
        if gone and number == errno.ESRCH:
            return True
        raise OSError(number, os.strerror(number), "ptrace")
    return False
