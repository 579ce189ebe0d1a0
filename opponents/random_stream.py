"""A private stream of the C library's random(), which C code without a seed of its own draws from."""

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from arenas.errors import UserError

STATE_BYTES = 128
"""The size at which initstate gives the numbers that srandom gives from the same seed."""


class RandomStream:
    """The numbers random() gives from one seed, whoever else draws from it in between. For one thread.

    Raises `UserError` where the C library has no initstate and setstate: play there could not be repeated.
    """

    def __init__(self, seed: int) -> None:
        self._library = _library()
        self._state = ctypes.create_string_buffer(STATE_BYTES)
        self._address = ctypes.addressof(self._state)
        before = self._library.initstate(seed & 0xFFFFFFFF, self._address, STATE_BYTES)
        self._library.setstate(before)

    @contextmanager
    def drawn_from(self) -> Iterator[None]:
        """Whoever calls random() within gets this stream's next numbers."""
        before = self._library.setstate(self._address)
        try:
            yield
        finally:
            self._library.setstate(before)


@cache
def _library() -> ctypes.CDLL:
    try:
        library = ctypes.CDLL(None)
        library.initstate.argtypes = [ctypes.c_uint, ctypes.c_void_p, ctypes.c_size_t]
        library.setstate.argtypes = [ctypes.c_void_p]
        library.initstate.restype = library.setstate.restype = ctypes.c_void_p
    except (AttributeError, TypeError, OSError) as error:
        raise UserError(
            "the RoShamBo bots draw from random(), and this C library has no initstate and setstate: "
            "their matches would not be reproducible"
        ) from error
    return library
