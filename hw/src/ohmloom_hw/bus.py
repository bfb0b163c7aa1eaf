"""The word bus between a host link and the registers, and the window behind which a memory sits.

A transaction on the bus: the initiator sets `addr`, `write` and, to write, `w_data`, raises `stb`
and holds all of them until `ack`; in a read `w_data` may be anything. In the cycle of `ack`, `err`
and `r_data` are valid; the next cycle may begin the next transaction. A refused transaction is
acknowledged too, with `err`.
"""

from typing import Any

from amaranth.hdl import Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

__all__ = ["Interface", "Signature", "WindowInterface", "WindowSignature"]


class Signature(wiring.Signature):
    """The bus, seen from its initiator.

    ==========  =========  ==============================================
    name        driven     meaning
    ==========  =========  ==============================================
    ``addr``    initiator  byte address; words are at multiples of 4
    ``w_data``  initiator  word to write
    ``write``   initiator  write, else read
    ``stb``     initiator  a transaction is asked for; held until ``ack``
    ``ack``     target     the transaction ends in this cycle
    ``err``     target     it was refused, without effect
    ``r_data``  target     word read
    ==========  =========  ==============================================
    """

    def __init__(self) -> None:
        super().__init__(
            {
                "addr": Out(24),
                "w_data": Out(32),
                "write": Out(1),
                "stb": Out(1),
                "ack": In(1),
                "err": In(1),
                "r_data": In(32),
            }
        )

    def create(self, *, path: Any = None, src_loc_at: int = 0) -> "Interface":
        """Return an interface with these members."""
        return Interface(self, path=path, src_loc_at=1 + src_loc_at)


class Interface(wiring.PureInterface):
    """The signals of a bus; see `Signature`."""

    addr: Signal
    """Byte address."""
    w_data: Signal
    """Word to write."""
    write: Signal
    """Write, else read."""
    stb: Signal
    """A transaction is asked for."""
    ack: Signal
    """The transaction ends."""
    err: Signal
    """It was refused."""
    r_data: Signal
    """Word read."""


class WindowSignature(wiring.Signature):
    """A memory in the address space, seen from the register file.

    Parameters
    ----------
    addr_bits
        Width of the word index.
    """

    def __init__(self, addr_bits: int) -> None:
        self._addr_bits = addr_bits
        super().__init__(
            {
                "addr": Out(addr_bits),
                "w_data": Out(32),
                "w_en": Out(1),
                "r_en": Out(1),
                "r_data": In(32),
            }
        )

    @property
    def addr_bits(self) -> int:
        """Width of the word index."""
        return self._addr_bits

    def create(self, *, path: Any = None, src_loc_at: int = 0) -> "WindowInterface":
        """Return an interface with these members."""
        return WindowInterface(self, path=path, src_loc_at=1 + src_loc_at)


class WindowInterface(wiring.PureInterface):
    """The signals of a window; see `WindowSignature`."""

    addr: Signal
    """Word index, valid with `w_en` and `r_en`."""
    w_data: Signal
    """Word to write."""
    w_en: Signal
    """One cycle: write."""
    r_en: Signal
    """One cycle: read; the target gives `r_data` in the next cycle."""
    r_data: Signal
    """Word read."""
