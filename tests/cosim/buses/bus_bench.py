"""Runs inside the simulator: a public model of a bus's master against the exported bus of a chip.

Meanwhile the serial link writes and reads a register of its own, so the two take turns.
"""

import itertools
import os
from typing import Any

import cocotb
import numpy as np
from cocotb.clock import Clock
from cocotb.triggers import FallingEdge, RisingEdge, Timer, with_timeout
from cocotbext.apb import Apb4Bus, ApbMaster
from cocotbext.axi import AxiLiteBus, AxiLiteMaster, AxiResp
from cocotbext.wishbone.driver import WBOp, WishboneMaster

from ohmloom_analog.spec import load_spec
from ohmloom_hw.client import LinkClient
from ohmloom_hw.core_registers import MAGIC
from ohmloom_hw.registers import register_table
from ohmloom_sim.uart_transport import UartTransport

SPEC = load_spec(os.environ["SPEC"])
TABLE = register_table(SPEC)
ACCESSES = int(os.environ["ACCESSES"])
SCRATCH, SETTLE, TIMEOUT, ID, UNMAPPED = 0x3C, 0x20, 0x24, 0x00, 0xF00
INPUT, WORDS = 0x10000, TABLE.window("INPUT").words


class Wishbone:
    def __init__(self, dut: Any, rng: np.random.Generator) -> None:
        names = {
            "cyc": "cyc_i",
            "stb": "stb_i",
            "we": "we_i",
            "adr": "adr_i",
            "datwr": "dat_i",
            "datrd": "dat_o",
            "ack": "ack_o",
            "sel": "sel_i",
            "err": "err_o",
        }
        self.rng = rng
        self.master = WishboneMaster(dut, "wb", dut.clk, timeout=200, signals_dict=names)

    async def access(self, address: int, word: int | None, mask: int = 0xF) -> int | None:
        idle = int(self.rng.integers(0, 4))
        (result,) = await self.master.send_cycle(
            [WBOp(adr=address, dat=word, sel=mask, idle=idle, acktimeout=200)]
        )
        return int(result.datrd) if result.ack == 1 else None


class Axi4Lite:
    def __init__(self, dut: Any, rng: np.random.Generator) -> None:
        self.master = AxiLiteMaster(AxiLiteBus.from_prefix(dut, "s_axi"), dut.clk, dut.rst)
        write, read = self.master.write_if, self.master.read_if
        channels = (write.aw_channel, write.w_channel, write.b_channel)
        for channel in (*channels, read.ar_channel, read.r_channel):
            stalls = rng.integers(0, 3, 997) == 0
            channel.set_pause_generator(itertools.cycle(stalls.tolist()))

    async def access(self, address: int, word: int | None, mask: int = 0xF) -> int | None:
        if word is None:
            read = await self.master.read(address, 4)
            return None if read.resp == AxiResp.SLVERR else int.from_bytes(read.data, "little")
        data = word.to_bytes(4, "little")[: mask.bit_count()]
        written = await self.master.write(address, data)
        return None if written.resp == AxiResp.SLVERR else 0


class Apb:
    def __init__(self, dut: Any, rng: np.random.Generator) -> None:
        self.dut, self.rng = dut, rng
        self.master = ApbMaster(Apb4Bus.from_prefix(dut, "s_apb"), dut.clk)
        # Which accesses are refused is judged by the bench, from the pin.
        self.master.pslverr_present = False

    async def access(self, address: int, word: int | None, mask: int = 0xF) -> int | None:
        for _ in range(int(self.rng.integers(0, 4))):
            await RisingEdge(self.dut.clk)
        refused = cocotb.start_soon(self._refused())
        found = 0
        if word is None:
            found = int.from_bytes(await self.master.read(address), "little")
        else:
            await self.master.write(address, word, strb=mask)
        return None if await refused else found

    async def _refused(self) -> bool:
        while True:
            await FallingEdge(self.dut.clk)
            if self.dut.s_apb_pready.value == 1:
                return bool(self.dut.s_apb_pslverr.value)


MASTERS = {"wishbone": Wishbone, "axi4lite": Axi4Lite, "apb": Apb}


async def start(dut: Any) -> tuple[Any, LinkClient]:
    rng = np.random.default_rng(int(os.environ["SEED"]))
    dut.clk.value = 0
    dut.rst.value = 1
    await Timer(1, "ns")
    transport = UartTransport(dut.rx, dut.tx, int(SPEC.baud))
    master = MASTERS[os.environ["BUS"]](dut, rng)
    await Timer(1, "ns")
    cocotb.start_soon(Clock(dut.clk, round(1e12 / SPEC.clock), "ps", impl="gpi").start())
    for _ in range(4):
        await FallingEdge(dut.clk)
    dut.rst.value = 0
    await RisingEdge(dut.clk)
    return master, LinkClient(transport, TABLE, reply_timeout=1e-2)


async def serial(link: LinkClient, counts: list[int]) -> None:
    for number in itertools.count(1):
        await link.write(TIMEOUT, [number])
        assert await link.read(TIMEOUT, 1) == [number]
        counts.append(number)


async def use(dut: Any) -> int:
    master, link = await start(dut)
    rng = np.random.default_rng(1 + int(os.environ["SEED"]))
    counts: list[int] = []
    other = cocotb.start_soon(serial(link, counts))
    memory = {INPUT + 4 * place: 0 for place in range(WORDS)} | {SCRATCH: 0}
    for place in memory:
        assert await master.access(place, 0) is not None
    for _ in range(ACCESSES):
        kind = rng.integers(10)
        place = int(rng.choice(list(memory)))
        word = int(rng.integers(2**32))
        if kind < 4:
            assert await master.access(place, word) is not None
            memory[place] = word
        elif kind < 7:
            assert await master.access(place, None) == memory[place]
        elif kind == 7:
            assert await master.access(UNMAPPED, None if word % 2 else word) is None
        elif kind == 8:
            assert await master.access(ID, word) is None
            assert await master.access(ID, None) == MAGIC
        else:
            assert await master.access(place, word, mask=0x3) is None
    for place, word in memory.items():
        assert await master.access(place, None) == word
    assert not other.done()
    other.cancel()
    return len(counts)


@cocotb.test()
async def bus_and_link_read_and_write_what_they_should(dut: Any) -> None:
    assert await with_timeout(use(dut), 100, "ms") > 0


@cocotb.test()
async def interrupt_tells_the_bus_of_the_end_of_a_run(dut: Any) -> None:
    master, _ = await start(dut)
    offset = {register.name: register.offset for register in TABLE.registers}
    assert await master.access(offset["IRQ_ENABLE"], 3) is not None
    assert dut.irq.value == 0
    # Without steps a run ends at once, by an error.
    assert await master.access(offset["CTRL"], 1) is not None
    for _ in range(4):
        await RisingEdge(dut.clk)
    assert dut.irq.value == 1
    assert await master.access(offset["IRQ_STATUS"], None) == 2
    assert await master.access(offset["IRQ_STATUS"], 2) is not None
    for _ in range(4):
        await RisingEdge(dut.clk)
    assert dut.irq.value == 0
