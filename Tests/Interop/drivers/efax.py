"""efax, Debian's own T.30, with a modem of libspandsp (T.31) on a pseudo terminal."""

from __future__ import annotations

import ctypes
import os
import pty
import select
import subprocess
from pathlib import Path

import numpy as np

from .fax import PACKET, FaxMachine
from .tiff import library

AT_TX = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p,
                         ctypes.POINTER(ctypes.c_uint8), ctypes.c_size_t)
CONTROL = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int,
                           ctypes.c_void_p)
CALL, CTS = 0, 7
CONNECTED = 2


class Modem:
    """What efax thinks is a fax modem of class 1; to `FaxMachine` a machine like libspandsp's."""

    is_image = False
    # It has to say goodbye to its modem.
    ends_with_call = False

    def __init__(self, pages: Path, name: str, log: Path) -> None:
        self.lib = library("spandsp")
        self.lib.t31_init.restype = ctypes.c_void_p
        self.master, self.slave = pty.openpty()
        self._tx, self._control = AT_TX(self._answer), CONTROL(self._change)
        self.state = ctypes.c_void_p(self.lib.t31_init(
            None, self._tx, None, self._control, None, None, None))
        self.lib.t31_set_transmit_on_idle(self.state, 1)
        self.is_clear = True
        self.is_dialled = False
        with log.open("wb") as out:
            self.efax = subprocess.Popen(
                ["efax", "-d", os.ttyname(self.slave), "-o1", "-l", name, "-v", "chewinr",
                 "-t", "T1", str(pages)], stdout=out, stderr=out, stdin=subprocess.DEVNULL)

    def _answer(self, at: int, user: int, text: object, count: int) -> int:
        os.write(self.master, bytes(text[:count]))  # type: ignore[index]
        return 0

    def _change(self, state: int, user: int, what: int, value: int | None) -> int:
        if what == CALL:
            self.is_dialled = True
        elif what == CTS:
            self.is_clear = bool(value)
        return 0

    @property
    def is_active(self) -> bool:
        return self.efax.poll() is None

    def hear(self, sound: bytes) -> None:
        frame = (ctypes.c_int16 * PACKET)()
        ctypes.memmove(frame, sound, 2 * PACKET)
        self.lib.t31_rx(self.state, frame, PACKET)

    def speak(self) -> np.ndarray:
        if self.is_dialled:
            self.is_dialled = False
            self.lib.t31_call_event(self.state, CONNECTED)
        while self.is_clear and select.select([self.master], [], [], 0)[0]:
            typed = os.read(self.master, 256)
            self.lib.t31_at_rx(self.state, typed, len(typed))
        frame = (ctypes.c_int16 * PACKET)()
        made = self.lib.t31_tx(self.state, frame, PACKET)
        spoken = np.frombuffer(frame, np.int16).astype(float) / 32768
        spoken[max(0, made):] = 0
        return spoken

    def close(self) -> None:
        if self.is_active:
            self.efax.kill()
        self.efax.wait()
        os.close(self.master)
        os.close(self.slave)


class Efax(FaxMachine):
    """Calls, and has efax send the pages."""

    log: Path

    def _machine(self, calls: bool, pages: Path) -> Modem:  # type: ignore[override]
        return Modem(pages, self.ident, self.log)
