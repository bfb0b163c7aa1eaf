"""The host driver over the Wishbone pins of a chip in a simulation, for jobs of many accesses."""

from collections.abc import Sequence
from typing import Any

from cocotb.triggers import Timer

from ohmloom_analog.errors import HardwareError, LinkError
from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.driver import Driver
from ohmloom_hw.features import Features
from ohmloom_sim.benches.setup import clock_period_ps

__all__ = ["WishboneDriver"]

_LONGEST = 8


class _NoLine:
    """Stands where a serial line would be."""

    async def write(self, data: bytes) -> None:
        raise LinkError(_NO_LINE)

    async def read(self, timeout: float) -> bytes:
        raise LinkError(_NO_LINE)


_NO_LINE = "accesses must go over the bus, not over a serial line"


class WishboneDriver(Driver):
    """A `Driver` whose accesses are bus cycles.

    Parameters
    ----------
    dut
        Emitted Verilog with the pins of a Wishbone, clocked already, at a falling edge.
    spec
        What it was emitted from.
    features
        What it was built with.
    """

    def __init__(self, dut: Any, spec: ChipSpec, features: Features) -> None:
        super().__init__(_NoLine(), spec, features=features)
        self._dut = dut
        period = clock_period_ps(spec)
        self._wait, self._rest = Timer(3 * period, "ps"), Timer(period, "ps")
        # Idle, or the receiver would make something of a line that floats.
        dut.rx.value = 1
        dut.wb_sel_i.value = 0xF
        dut.wb_cyc_i.value = 0
        dut.wb_stb_i.value = 0

    async def read(self, address: int, count: int) -> list[int]:
        """Return words at addresses that rise by 4."""
        return [await self._cycle(address + 4 * index, None) for index in range(count)]

    async def write(self, address: int, words: Sequence[int]) -> None:
        """Write words at addresses that rise by 4."""
        for index, word in enumerate(words):
            await self._cycle(address + 4 * index, word)

    async def _cycle(self, address: int, word: int | None) -> int:
        dut = self._dut
        dut.wb_adr_i.value = address
        dut.wb_we_i.value = int(word is not None)
        if word is not None:
            dut.wb_dat_i.value = word
        dut.wb_cyc_i.value = 1
        dut.wb_stb_i.value = 1
        await self._wait
        for _ in range(_LONGEST):
            if int(dut.wb_ack_o.value) or int(dut.wb_err_o.value):
                break
            await self._rest
        refused, done = int(dut.wb_err_o.value), int(dut.wb_ack_o.value)
        found = int(dut.wb_dat_o.value) if word is None and done else 0
        await self._rest
        # The bus is left alone also where the access is refused, for whoever comes next.
        dut.wb_cyc_i.value = 0
        dut.wb_stb_i.value = 0
        place = self.table.describe(address)
        if refused:
            what = "read" if word is None else "written"
            msg = f"{place} must be there to be {what}, and not be locked by a run"
            raise HardwareError(msg)
        if not done:
            msg = f"{place} must be acknowledged within {_LONGEST} clock cycles, not later"
            raise HardwareError(msg)
        return found
