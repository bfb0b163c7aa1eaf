from fractions import Fraction
from math import floor

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.formatter import InputFormatter

SHAPES = [
    # rows, input bits, bits of a slice, signed
    (4, 8, 4, False),
    (3, 5, 1, True),
    (2, 12, 5, True),
    (7, 8, 8, False),
]


def make_spec(rows: int, bits: int, slice_bits: int, signed: bool, **ecc: bool) -> ChipSpec:
    return ChipSpec.parse(
        {
            **({"ecc": ecc} if ecc else {}),
            "tile": [{"rows": rows, "columns": 1}],
            "input": {"bits": bits, "slice_bits": slice_bits, "signed": signed},
        }
    )


@pytest.mark.parametrize("shape", SHAPES)
@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_each_pass_shows_its_slice_of_its_part_of_the_inputs(shape, run_bench, data):
    spec = make_spec(*shape)
    rows, bits, slice_bits, signed = shape
    low = -(2**bits) + 1 if signed else 0
    entries = data.draw(
        st.lists(
            st.integers(low, 2**bits - 1),
            min_size=spec.input_entries,
            max_size=spec.input_entries,
        )
    )
    base = data.draw(st.integers(0, spec.input_entries - rows))
    used = data.draw(st.integers(0, rows))
    piece = data.draw(st.integers(0, -(-bits // slice_bits) - 1))
    negative = data.draw(st.booleans()) and signed

    lanes = 32 // spec.entry_bits
    words = [
        sum(
            (entries[at + lane] % 2**spec.entry_bits) << (spec.entry_bits * lane)
            for lane in range(lanes)
        )
        for at in range(0, len(entries), lanes)
    ]
    dut = InputFormatter(spec)

    async def memory(ctx):
        while True:
            address = ctx.get(dut.address)
            await ctx.tick()
            ctx.set(dut.word, words[address])

    async def bench(ctx):
        ctx.set(dut.base, base)
        ctx.set(dut.rows, used)
        ctx.set(dut.piece, piece)
        ctx.set(dut.negative, negative)
        ctx.set(dut.has_sign, signed)
        ctx.set(dut.start, 1)
        await ctx.tick()
        ctx.set(dut.start, 0)
        cycles = 0
        while ctx.get(dut.busy):
            await ctx.tick()
            cycles += 1
        assert cycles == dut.latency
        shown = ctx.get(dut.codes)
        driven = entries[base : base + used] + [0] * (rows - used)
        for row, entry in enumerate(driven):
            part = max(-entry if negative else entry, 0)
            digits = f"{part:0{64}b}"[::-1]
            expected = digits[piece * slice_bits : (piece + 1) * slice_bits][:slice_bits]
            expected = int(expected[::-1], 2)
            if piece == -(-bits // slice_bits) - 1:
                assert expected < 2 ** (bits - piece * slice_bits)
            assert (shown >> (slice_bits * row)) % 2**slice_bits == expected
        assert ctx.get(dut.total) == sum(driven)

    run_bench(dut, bench, memory)


@pytest.mark.parametrize("shape", [shape for shape in SHAPES if shape[2] > 1])
@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_half_slices_of_scaled_inputs(shape, run_bench, data):
    spec = make_spec(*shape, reissue=True, row_scale=True)
    rows, bits, slice_bits, signed = shape
    low = -(2**bits) + 1 if signed else 0
    inputs = st.integers(low, 2**bits - 1)
    entries = data.draw(st.lists(inputs, min_size=rows, max_size=rows))
    scale = st.integers(0, 511) | st.sampled_from([0, 1, 255, 256, 257])
    scales = data.draw(st.lists(scale, min_size=rows, max_size=rows))
    piece = data.draw(st.integers(0, -(-bits // slice_bits) - 1))
    negative = data.draw(st.booleans()) and signed
    fine, half = data.draw(st.booleans()), data.draw(st.booleans())

    lanes = 32 // spec.entry_bits
    padded = entries + [0] * lanes
    words = [
        sum((padded[at + n] % 2**spec.entry_bits) << (spec.entry_bits * n) for n in range(lanes))
        for at in range(0, rows, lanes)
    ]
    dut = InputFormatter(spec)

    async def memories(ctx):
        while True:
            address, row = ctx.get(dut.address), ctx.get(dut.row)
            await ctx.tick()
            ctx.set(dut.word, words[min(address, len(words) - 1)])
            ctx.set(dut.scale, scales[min(row, rows - 1)])

    async def bench(ctx):
        ctx.set(dut.rows, rows)
        ctx.set(dut.piece, piece)
        ctx.set(dut.negative, negative)
        ctx.set(dut.has_sign, signed)
        ctx.set(dut.fine, fine)
        ctx.set(dut.half, half)
        ctx.set(dut.start, 1)
        await ctx.tick()
        ctx.set(dut.start, 0)
        while ctx.get(dut.busy):
            await ctx.tick()
        shown = ctx.get(dut.codes)
        scaled = [
            floor(Fraction(entry * min(scale, 256), 256) + Fraction(1, 2))
            for entry, scale in zip(entries, scales, strict=True)
        ]
        lower = 2 ** -(-slice_bits // 2)
        for row, entry in enumerate(scaled):
            digit = max(-entry if negative else entry, 0) // 2 ** (slice_bits * piece)
            digit %= 2**slice_bits
            expected = (digit // lower if half else digit % lower) if fine else digit
            assert (shown >> (slice_bits * row)) % 2**slice_bits == expected
        assert ctx.get(dut.total) == sum(scaled)

    run_bench(dut, bench, memories)
