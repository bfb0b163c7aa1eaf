"""Runs inside the simulator: verify reads and pulses at a port that the bench drives by hand."""

from typing import Any

import cocotb
from cocotb.clock import Clock
from cocotb.triggers import FallingEdge, RisingEdge, Timer, with_timeout

from ohmloom_analog.spec import ChipSpec
from ohmloom_analog.write_verify import Direction
from ohmloom_hw.array_port import ArrayOp
from ohmloom_sim.bridge import ArrayBridge, ArrayPins

PULSE = {"drive": {"start": 1.0, "stop": 1.0}}
SPEC = ChipSpec.parse(
    {
        "tile": [
            {
                "rows": 2,
                "columns": 2,
                "cell": {"device": "skywater", "access": "1t1r", "r_access": 5e3},
                "write": {"set": PULSE, "reset": PULSE, "rail_time": 3e-7, "discharge_time": 2e-7},
            }
        ],
        "encoding": "offset_column",
        "weight_bits": 4,
        "input": {"bits": 4, "slice_bits": 4},
        "adc": {"bits": 10, "columns_per_adc": 2, "conversion_time": 3e-7},
        "dac": {"settle_time": 3e-7},
        "clock": 10e6,
        "baud": 115200,
    }
)
CELL = {"row": 1, "line": 2}
WHAT = {"op": ArrayOp.SET.value, "drive": 1000, "gate": 2000, "width": 4}


class Model:
    """Takes down what is done to it."""

    def __init__(self) -> None:
        self.given: list[Any] = []

    def apply(self, codes: Any) -> None:
        self.given.append(("apply", codes.tolist()))

    def convert(self, lines: Any) -> Any:
        return lines * 0 + 7, lines < 0

    def verify(self, row: int, line: int) -> tuple[int, bool]:
        self.given.append(("verify", row, line))
        return 345, True

    def pulse(self, op: Any, row: int, line: int, *, drive: int, gate: int, width: float) -> None:
        self.given.append((op, row, line, drive, gate, round(width * SPEC.clock, 6)))


class Port:
    """The digital side, by hand; everything changes at rising edges."""

    def __init__(self, dut: Any, *, aborts: bool = False) -> None:
        self.dut, self.model = dut, Model()
        pins = ArrayPins.of(dut, 0)
        self.bridge = ArrayBridge(pins, self.model, spec=SPEC, clock=dut.clk, aborts=aborts)

    async def begin(self) -> None:
        cocotb.start_soon(Clock(self.dut.clk, 100, "ns", impl="gpi").start())
        names = "levels op gate width select start row line drive rails pulse"
        self.put(**dict.fromkeys(names.split(), 0))
        await self.cycles(2)
        self.tasks = self.bridge.start()
        await self.cycles(5)

    def put(self, **values: int) -> None:
        for name, value in values.items():
            getattr(self.dut, f"array_0__{name}").value = value

    async def cycles(self, count: int) -> None:
        for _ in range(count):
            await RisingEdge(self.dut.clk)

    async def pulse(
        self, *, rail: int = 3, high: int = 4, discharge: int = 2, what: Any = None
    ) -> None:
        self.put(rails=1, **CELL, **(WHAT | (what or {})))
        await self.cycles(rail)
        self.put(pulse=1)
        await self.cycles(high)
        self.put(pulse=0)
        await self.cycles(discharge)
        self.put(rails=0, drive=0, gate=0, width=0)
        await self.cycles(2)

    async def verify(self, *, settle: int = 3, levels: int = 0) -> int:
        self.put(op=ArrayOp.VERIFY.value, levels=levels, **CELL)
        await self.cycles(settle)
        self.put(start=1)
        await self.cycles(1)
        self.put(start=0)
        await with_timeout(RisingEdge(self.dut.array_0__done), 10, "us")
        await FallingEdge(self.dut.clk)
        code = int(self.dut.array_0__codes.value)
        await self.cycles(2)
        return code


async def ready(dut: Any, *, aborts: bool = False) -> Port:
    port = Port(dut, aborts=aborts)
    await port.begin()
    return port


@cocotb.test()
async def good_reads_and_pulses_reach_the_model(dut: Any) -> None:
    port = await ready(dut)
    assert await port.verify() == 345
    assert int(dut.array_0__over_range.value) == 1
    await port.pulse()
    await port.pulse(what={"op": ArrayOp.RESET.value, "width": 1, "gate": 0}, high=1, rail=7)
    await port.pulse(what={"op": ArrayOp.FORM.value, "width": 40}, high=40, discharge=9)
    assert await port.verify() == 345
    # A read of the word lines afterwards.
    port.put(op=ArrayOp.READ.value)
    port.put(start=1)
    await port.cycles(1)
    port.put(start=0)
    await with_timeout(RisingEdge(dut.array_0__done), 10, "us")
    await port.cycles(2)
    assert port.model.given == [
        ("verify", 1, 2),
        (Direction.SET, 1, 2, 1000, 2000, 4.0),
        (Direction.RESET, 1, 2, 1000, 0, 1.0),
        ("form", 1, 2, 1000, 2000, 40.0),
        ("verify", 1, 2),
        ("apply", [0, 0]),
    ]
    assert (port.bridge.verifies, port.bridge.conversions) == (2, 1)
    assert port.bridge.pulses is not None
    assert (port.bridge.pulses.pulses, port.bridge.pulses.cut_off) == (3, 0)
    assert not any(task.done() for task in port.tasks)


@cocotb.test()
async def pulse_that_is_cut_off_acts_as_long_as_it_stood(dut: Any) -> None:
    port = await ready(dut, aborts=True)
    port.put(rails=1, **CELL, **WHAT)
    await port.cycles(3)
    port.put(pulse=1)
    await port.cycles(2)
    port.put(pulse=0, rails=0, drive=0, gate=0, width=0, op=0)
    await port.cycles(3)
    # And one whose rails fall before it.
    port.put(rails=1, **CELL, **WHAT)
    await port.cycles(1)
    port.put(rails=0)
    await port.cycles(3)
    await port.pulse()
    assert [given[-1] for given in port.model.given] == [2.0, 4.0]
    assert port.bridge.pulses is not None
    assert (port.bridge.pulses.pulses, port.bridge.pulses.cut_off) == (2, 2)


@cocotb.test()
async def pulse_too_long(dut: Any) -> None:
    await (await ready(dut)).pulse(high=5)


@cocotb.test()
async def pulse_too_long_where_jobs_are_cut_off(dut: Any) -> None:
    await (await ready(dut, aborts=True)).pulse(high=5)


@cocotb.test()
async def pulse_too_short(dut: Any) -> None:
    await (await ready(dut)).pulse(high=3)


@cocotb.test()
async def rail_time_too_short(dut: Any) -> None:
    await (await ready(dut)).pulse(rail=2)


@cocotb.test()
async def discharge_too_short(dut: Any) -> None:
    await (await ready(dut)).pulse(discharge=1)


@cocotb.test()
async def levels_not_at_rest(dut: Any) -> None:
    port = await ready(dut)
    port.put(levels=0x31)
    await port.pulse()


@cocotb.test()
async def operation_without_a_pulse(dut: Any) -> None:
    await (await ready(dut)).pulse(what={"op": ArrayOp.VERIFY.value})


@cocotb.test()
async def unknown_operation(dut: Any) -> None:
    await (await ready(dut)).pulse(what={"op": 7})


@cocotb.test()
async def line_that_moves(dut: Any) -> None:
    port = await ready(dut)
    cocotb.start_soon(port.pulse())
    await port.cycles(5)
    port.put(line=0)
    await port.cycles(9)


@cocotb.test()
async def line_that_is_none(dut: Any) -> None:
    port = await ready(dut)
    port.put(rails=1, **WHAT, row=1, line=3)
    await port.cycles(9)


@cocotb.test()
async def pulse_without_rails(dut: Any) -> None:
    port = await ready(dut)
    port.put(pulse=1)
    await port.cycles(9)


@cocotb.test()
async def second_pulse_on_the_same_rails(dut: Any) -> None:
    port = await ready(dut)
    port.put(rails=1, **CELL, **WHAT)
    for high in (0, 1, 0, 1):
        port.put(pulse=high)
        await port.cycles(4)


@cocotb.test()
async def unknown_drive(dut: Any) -> None:
    port = await ready(dut)
    dut.array_0__drive.value = cocotb.types.LogicArray("X" * 12)
    port.put(rails=1, **CELL, op=ArrayOp.SET.value, width=4)
    await port.cycles(9)


@cocotb.test()
async def verify_of_a_cell_just_selected(dut: Any) -> None:
    await (await ready(dut)).verify(settle=2)


@cocotb.test()
async def verify_with_levels(dut: Any) -> None:
    await (await ready(dut)).verify(levels=1, settle=5)


@cocotb.test()
async def verify_under_voltage(dut: Any) -> None:
    port = await ready(dut)
    port.put(rails=1, **CELL, op=ArrayOp.SET.value, width=4)
    await port.cycles(5)
    await port.verify()


@cocotb.test()
async def start_of_a_pulse(dut: Any) -> None:
    port = await ready(dut)
    port.put(op=ArrayOp.SET.value, start=1)
    await Timer(2, "us")
