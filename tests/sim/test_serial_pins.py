import pytest
from hypothesis import given
from hypothesis import strategies as st

from ohmloom_sim.serial_pins import EdgeDecoder, runs_of

BIT = 1000


def levels_of(data):
    """Return the level of each bit time on a line that carries bytes, least bit first."""
    levels = []
    for byte in data:
        levels += [0, *(byte >> place & 1 for place in range(8)), 1]
    return levels


def edges_of(levels, start=0, bit=BIT):
    before, times = 1, []
    for place, level in enumerate(levels):
        if level != before:
            times.append(start + place * bit)
        before = level
    return times


@pytest.mark.parametrize("byte", range(256))
def test_runs_are_the_levels_of_a_byte(byte):
    assert [level for level, bits in runs_of(byte) for _ in range(bits)] == levels_of([byte])


@given(st.lists(st.tuples(st.binary(max_size=5), st.integers(0, 30))), st.integers(960, 1040))
def test_bytes_are_found_in_edges_whatever_silence_is_between(parts, bit):
    levels = []
    for data, silence in parts:
        levels += levels_of(data) + [1] * silence
    decoder = EdgeDecoder(BIT)
    for time in edges_of(levels, start=12345, bit=bit):
        decoder.add(time)
    end = 12345 + len(levels) * bit + BIT
    assert decoder.take(end) == b"".join(data for data, _ in parts)
    assert decoder.take(end + 100 * BIT) == b""


@given(st.binary(min_size=1, max_size=8), st.lists(st.integers(1, 8 * BIT), min_size=1))
def test_a_byte_that_is_under_way_is_kept_for_later(data, pauses):
    decoder, found = EdgeDecoder(BIT), b""
    edges = edges_of(levels_of(data))
    now, end = 0, 10 * len(data) * BIT
    for pause in (*pauses, end):
        now = min(end, now + pause)
        while edges and edges[0] <= now:
            decoder.add(edges.pop(0))
        found += decoder.take(now)
        assert data.startswith(found)
    assert found == data


def test_a_line_that_is_low_too_long_gives_no_byte():
    decoder = EdgeDecoder(BIT)
    for time in (0, 30 * BIT, *edges_of(levels_of(b"\x5a"), start=50 * BIT)):
        decoder.add(time)
    assert decoder.take(70 * BIT) == b"\x5a"
