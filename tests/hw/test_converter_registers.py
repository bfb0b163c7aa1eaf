import gc
import re
import warnings

import pytest
from amaranth.hdl import Fragment, UnusedElaboratable

from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.chip import Chip
from ohmloom_hw.converters.plan import ConverterPlan
from ohmloom_hw.converters.profile import load_profile
from ohmloom_hw.converters.registers import offset_word
from ohmloom_hw.core import Core
from ohmloom_hw.features import Features
from ohmloom_hw.registers import register_table

SPEC = ChipSpec.parse(
    {
        "tile": [{"count": 2, "rows": 3, "columns": 2}],
        "input": {"bits": 4, "slice_bits": 4},
        "adc": {"bits": 10, "columns_per_adc": 4},
    }
)


def features(name="precise"):
    return Features(behind="converters", converters=load_profile(name))


async def transact(ctx, port, address, write=None):
    ctx.set(port.addr, address)
    ctx.set(port.write, write is not None)
    ctx.set(port.w_data, write or 0)
    ctx.set(port.stb, 1)
    await ctx.tick()
    assert ctx.get(port.ack)
    found = ctx.get(port.r_data), ctx.get(port.err)
    ctx.set(port.stb, 0)
    await ctx.tick()
    return found


def test_table_has_the_converters_registers_where_they_are_planned():
    table = register_table(SPEC, features())
    places = {name: table.register(name).offset for name in ("CONVERTERS", "CONVERTER_STATE")}
    assert places == {"CONVERTERS": 0x0B0, "CONVERTER_STATE": 0x0C4}
    assert table.window("OFFSET").base == 0x0D0000
    plan = ConverterPlan(spec=SPEC, profile=load_profile("precise"))
    assert table.register("SETTLE").reset == plan.settle_cycles > SPEC.settle_cycles
    assert table.register("TIMEOUT").reset == plan.timeout_cycles
    # 16 bits, full scale at 15 of 16 parts, 5 % above it at most.
    assert table.register("LIMIT_READ").reset == 64512
    assert table.register("LIMIT_WRITE").reset == 0
    assert table.register("CONVERTERS").reset == 0x0C10_0102


def test_chip_without_converters_has_none_of_them():
    names = {register.name for register in register_table(SPEC).registers}
    assert not names & {"CONVERTERS", "LIMIT_READ", "LIMITED", "SAFE"}
    assert register_table(SPEC).register("TIMEOUT").reset == 0xFFFF


def test_pins_of_each_tile_take_the_place_of_its_array_port():
    chips = [Chip(SPEC, features()), Chip(SPEC)]
    found = [set(chip.signature.members) for chip in chips]
    for chip in chips:
        Fragment.get(chip, None)
    assert found[0] - found[1] == {"converters_0", "converters_1"}
    assert found[1] - found[0] == {"array_0", "array_1"}


def test_converters_elsewhere_are_refused():
    message = "converters must be given only with behind = 'converters', not pmod with 'twin'"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        Features(behind="twin", converters=load_profile("pmod"))


def test_chip_needs_to_know_its_converters():
    message = "converters must be given for a chip that has them behind its array ports"
    with warnings.catch_warnings():
        # What is refused is never elaborated.
        warnings.simplefilter("ignore", UnusedElaboratable)
        with pytest.raises(ValueError, match=f"^{message}$"):
            Chip(SPEC, Features(behind="converters"))
        gc.collect()


@pytest.mark.parametrize("name", ["precise", "pmod", "breadboard"])
def test_host_sets_limits_and_offsets_of_each_tile(name, run_bench):
    dut = Core(SPEC, features(name))
    table = register_table(SPEC, features(name))
    plan = ConverterPlan(spec=SPEC, profile=load_profile(name))
    base = table.window("OFFSET").base

    async def bench(ctx):
        words = {}
        for tile in range(2):
            for place in range(3):
                for line in (False, True):
                    value = 100 * tile + 10 * place + int(line) - 60
                    word = offset_word(plan, tile=tile, place=place, line=line)
                    words[base + 4 * word] = value
        assert len(words) == 12
        for address, value in words.items():
            assert await transact(ctx, dut.bus, address, value & 0xFFFF_FFFF) == (0, 0)
        for address, value in words.items():
            assert await transact(ctx, dut.bus, address) == (value & 0xFFFF_FFFF, 0)
        state = table.register("CONVERTER_STATE")
        for _ in range(4000):
            found, _ = await transact(ctx, dut.bus, state.offset)
            if found == 3:
                break
        assert found == 3
        # Negative offsets never lower a code below 0; 50 for the output 1 of tile 1, at level 0.
        limit = table.register("LIMIT_READ").offset
        limited = table.register("LIMITED").offset
        assert await transact(ctx, dut.bus, limited) == (0, 0)
        await transact(ctx, dut.bus, limit, 20)
        for _ in range(4000):
            found, _ = await transact(ctx, dut.bus, state.offset)
            if found == 3:
                break
        # Tile 1: offsets 40, 50 and 60 are above 20, tile 0's are below 0.
        assert await transact(ctx, dut.bus, limited) == (3, 0)
        await transact(ctx, dut.bus, table.register("CTRL").offset, 2)
        assert await transact(ctx, dut.bus, limited) == (0, 0)

    run_bench(dut, bench, most_cycles=40_000)


def test_offset_of_no_tile_is_refused():
    plan = ConverterPlan(spec=SPEC, profile=load_profile("pmod"))
    with pytest.raises(ValueError, match=r"^tile must be in \[0, 1\], not 2$"):
        offset_word(plan, tile=2, place=0, line=False)
    with pytest.raises(ValueError, match=r"^place must be in \[0, 3\], not 4$"):
        offset_word(plan, tile=0, place=4, line=True)
