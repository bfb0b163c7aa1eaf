import pytest
from amaranth.lib import data

from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.csr import RegisterFile, register_shape
from ohmloom_hw.register_model import Field, Register, RegisterTable, Window
from ohmloom_hw.registers import register_table

TABLE = RegisterTable(
    registers=(
        Register(
            name="ID",
            offset=0,
            access="constant",
            fields=(Field(name="value", reset=0xCAFE1234),),
            doc="",
        ),
        Register(
            name="GO",
            offset=4,
            access="strobe",
            fields=(Field(name="a", width=1), Field(name="b", low=3, width=2)),
            doc="",
        ),
        Register(
            name="STATE",
            offset=8,
            access="ro",
            fields=(Field(name="low", width=4), Field(name="high", low=8, width=8)),
            doc="",
        ),
        Register(
            name="COUNT", offset=0xC, access="ro", fields=(Field(name="value", width=16),), doc=""
        ),
        Register(
            name="SET",
            offset=0x10,
            access="rw",
            fields=(Field(name="value", width=16, reset=0x55),),
            doc="",
        ),
        Register(
            name="MODE",
            offset=0x14,
            access="rw",
            fields=(
                Field(name="x", width=2, reset=2),
                Field(name="y", low=30, width=2, reset=1),
            ),
            doc="",
        ),
        Register(
            name="SEEN",
            offset=0x18,
            access="clear",
            fields=(Field(name="p", width=1), Field(name="q", low=4, width=2)),
            doc="",
        ),
    ),
    windows=(
        Window(name="MEM", base=0x10000, words=8, access="rw", doc=""),
        Window(name="OUT", base=0x20000, words=1, access="ro", doc=""),
        Window(name="WIDE", base=0x30000, words=0x8000, access="rw", doc=""),
    ),
)


class Host:
    def __init__(self, dut, spec_windows=TABLE.windows):
        self.dut, self.windows, self.seen = dut, spec_windows, []

    async def memories(self, ctx):
        """Answer each window a cycle after it is asked, and only then."""
        ports = [getattr(self.dut, f"window_{window.name.lower()}") for window in self.windows]
        asked = [value for port in ports for value in (port.w_en, port.r_en, port.addr)]
        words = [port.w_data for port in ports]
        async for _, _, *found in ctx.tick().sample(*asked, *words):
            for number, (window, port) in enumerate(zip(self.windows, ports, strict=True)):
                writes, reads, address = found[3 * number :][:3]
                if writes:
                    self.seen.append((window.name, address, found[3 * len(ports) + number]))
                if reads:
                    self.seen.append((window.name, address, None))
                ctx.set(port.r_data, 0xAB000000 + address if reads else 0xBADBAD)

    async def access(self, ctx, address, word=None):
        """Return error and data of one transaction, and check its length."""
        bus = self.dut.bus
        ctx.set(bus.addr, address)
        ctx.set(bus.write, word is not None)
        ctx.set(bus.w_data, word or 0)
        ctx.set(bus.stb, 1)
        for _ in range(self.dut.latency):
            assert not ctx.get(bus.ack)
            await ctx.tick()
        assert ctx.get(bus.ack)
        found = ctx.get(bus.err), ctx.get(bus.r_data)
        ctx.set(bus.stb, 0)
        return found

    async def read(self, ctx, address):
        error, word = await self.access(ctx, address)
        assert not error
        await ctx.tick()
        return word


def run(run_bench, body):
    host = Host(RegisterFile(TABLE))

    async def bench(ctx):
        await body(ctx, host, host.dut)

    run_bench(host.dut, bench, host.memories)


def test_reset_values_are_those_of_the_table(run_bench):
    async def body(ctx, host, dut):
        assert ctx.get(dut.w_set) == 0x55
        assert ctx.get(dut.w_mode.x) == 2
        assert ctx.get(dut.w_mode.y) == 1
        assert await host.read(ctx, 0) == 0xCAFE1234
        assert await host.read(ctx, 0x10) == 0x55
        assert await host.read(ctx, 0x14) == 1 << 30 | 2

    run(run_bench, body)


def test_written_registers_read_back_and_bits_outside_fields_are_zero(run_bench):
    async def body(ctx, host, dut):
        for word in (0, 0xFFFFFFFF, 0xA5C35A3D):
            assert not (await host.access(ctx, 0x10, word))[0]
            await ctx.tick()
            assert not (await host.access(ctx, 0x14, word ^ 0xFFFFFFFF))[0]
            await ctx.tick()
            assert ctx.get(dut.w_set) == word & 0xFFFF
            assert ctx.get(dut.w_mode.x) == ~word & 3
            assert ctx.get(dut.w_mode.y) == ~word >> 30 & 3
            assert await host.read(ctx, 0x10) == word & 0xFFFF
            assert await host.read(ctx, 0x14) == ~word & 0xC0000003

    run(run_bench, body)


def test_strobes_last_one_cycle_and_read_as_zero(run_bench):
    async def body(ctx, host, dut):
        history = []
        await host.access(ctx, 4, 0xFFFFFFF9)
        for _ in range(4):
            history.append((ctx.get(dut.w_go.a), ctx.get(dut.w_go.b)))
            await ctx.tick()
        assert history == [(1, 3), (0, 0), (0, 0), (0, 0)]
        assert await host.read(ctx, 4) == 0
        assert ctx.get(dut.w_go.a) == 0

    run(run_bench, body)


def test_read_only_registers_show_what_drives_them(run_bench):
    async def body(ctx, host, dut):
        ctx.set(dut.r_state.low, 9)
        ctx.set(dut.r_state.high, 0x81)
        ctx.set(dut.r_count, 0xBEEF)
        assert await host.read(ctx, 8) == 0x8109
        assert await host.read(ctx, 0xC) == 0xBEEF

    run(run_bench, body)


def test_windows_are_written_and_read_word_by_word(run_bench):
    async def body(ctx, host, dut):
        assert not (await host.access(ctx, 0x10004, 0x1111))[0]
        await ctx.tick()
        assert await host.read(ctx, 0x1001C) == 0xAB000007
        assert await host.read(ctx, 0x20000) == 0xAB000000
        assert not (await host.access(ctx, 0x4FFFC, 0x2222))[0]
        await ctx.tick()
        assert await host.read(ctx, 0x30000) == 0xAB000000
        assert host.seen == [
            ("MEM", 1, 0x1111),
            ("MEM", 7, None),
            ("OUT", 0, None),
            ("WIDE", 0x7FFF, 0x2222),
            ("WIDE", 0, None),
        ]

    run(run_bench, body)


@pytest.mark.parametrize(
    ("address", "write"),
    [
        pytest.param(0x1C, False, id="read above the registers"),
        pytest.param(0x1C, True, id="write above the registers"),
        pytest.param(0x810, True, id="alias of a register"),
        pytest.param(0x10020, False, id="read above a window"),
        pytest.param(0x10020, True, id="write above a window"),
        pytest.param(0x20004, False, id="read above a window of one word"),
        pytest.param(0x50000, True, id="write above a wide window"),
        pytest.param(0xFF0010, True, id="write at the top"),
        pytest.param(0x12, True, id="misaligned register"),
        pytest.param(0x10001, False, id="misaligned window read"),
        pytest.param(0x10002, True, id="misaligned window write"),
        pytest.param(0x00, True, id="write to a constant"),
        pytest.param(0x08, True, id="write to what is read only"),
        pytest.param(0x20000, True, id="write to a window that is read only"),
    ],
)
def test_refused_access_is_an_error_without_effect(address, write, run_bench):
    async def body(ctx, host, dut):
        error, word = await host.access(ctx, address, 0xFFFFFFFF if write else None)
        assert error
        assert write or word == 0
        strobe = ctx.get(dut.w_go.as_value())
        await ctx.tick()
        assert strobe == ctx.get(dut.w_go.as_value()) == 0
        assert ctx.get(dut.w_set) == 0x55
        assert ctx.get(dut.w_mode.as_value()) == 1 << 30 | 2
        assert host.seen == []
        assert await host.read(ctx, 0) == 0xCAFE1234

    run(run_bench, body)


def test_windows_are_refused_while_locked_and_registers_are_not(run_bench):
    async def body(ctx, host, dut):
        ctx.set(dut.locked, 1)
        for word in (None, 5):
            error, _ = await host.access(ctx, 0x10000, word)
            assert error
            await ctx.tick()
        assert host.seen == []
        assert await host.read(ctx, 0x10) == 0x55
        ctx.set(dut.locked, 0)
        assert await host.read(ctx, 0x10000) == 0xAB000000

    run(run_bench, body)


def test_transactions_may_follow_each_other_without_a_pause(run_bench):
    async def body(ctx, host, dut):
        bus, acks = dut.bus, []
        ctx.set(bus.stb, 1)
        for address in (0x0, 0x10000, 0x10):
            ctx.set(bus.addr, address)
            await ctx.tick()
            acks.append((ctx.get(bus.ack), ctx.get(bus.r_data)))
            await ctx.tick()
            acks.append((ctx.get(bus.ack), None))
        assert acks == [
            (1, 0xCAFE1234),
            (0, None),
            (1, 0xAB000000),
            (0, None),
            (1, 0x55),
            (0, None),
        ]

    run(run_bench, body)


def test_register_that_is_cleared_shows_what_the_chip_notes_and_passes_written_ones_on(run_bench):
    async def body(ctx, host, dut):
        ctx.set(dut.r_seen, {"p": 1, "q": 2})
        assert await host.read(ctx, 0x18) == 0x21
        assert ctx.get(dut.w_seen.p) == ctx.get(dut.w_seen.q) == 0
        assert not (await host.access(ctx, 0x18, 0xFFFFFF10))[0]
        assert (ctx.get(dut.w_seen.p), ctx.get(dut.w_seen.q)) == (0, 1)
        await ctx.tick()
        assert (ctx.get(dut.w_seen.p), ctx.get(dut.w_seen.q)) == (0, 0)

    run(run_bench, body)


def test_every_register_of_a_chip_that_can_be_written_reads_back(run_bench):
    table = register_table(ChipSpec.parse({"tile": [{"rows": 4, "columns": 4}]}))
    dut = RegisterFile(table)
    host = Host(dut, ())
    written = [register for register in table.registers if register.access == "rw"]

    async def bench(ctx):
        for register in written:
            assert await host.read(ctx, register.offset) == register.reset
        for number, register in enumerate(written):
            await host.access(ctx, register.offset, 0x5A5A5A5A + number)
            await ctx.tick()
        for number, register in enumerate(written):
            kept = sum(((1 << field.width) - 1) << field.low for field in register.fields)
            assert await host.read(ctx, register.offset) == (0x5A5A5A5A + number) & kept

    assert {register.name for register in written} >= {"STEPS", "SETTLE", "TIMEOUT", "SCRATCH"}
    run_bench(dut, bench)


def test_port_of_a_single_value_is_plain_and_of_fields_a_structure():
    assert register_shape(TABLE.register("COUNT")) == 16
    shape = register_shape(TABLE.register("STATE"))
    assert isinstance(shape, data.StructLayout)
    assert list(shape.members) == ["low", "reserved_4", "high"]
