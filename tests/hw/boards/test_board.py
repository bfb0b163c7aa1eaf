import re

import pytest
from amaranth_boards.icebreaker import ICEBreakerPlatform
from amaranth_boards.orangecrab_r0_2 import OrangeCrabR0_2_25FPlatform
from amaranth_boards.tang_nano_9k import TangNano9kPlatform
from amaranth_boards.ulx3s import ULX3S_25F_Platform, ULX3S_85F_Platform

from ohmloom_analog.errors import SpecError
from ohmloom_hw.boards.board import Board, board_names, constraints_text, load_board

PLAIN = {
    "name": "mine",
    "title": "Mine",
    "family": "ice40",
    "device": "up5k",
    "package": "sg48",
    "clock": 12e6,
    "constraints": "mine.pcf",
    "programmer": (),
}


def test_the_five_boards_are_there():
    wanted = {"icebreaker", "ulx3s", "orangecrab", "tangnano9k", "tangnano20k"}
    assert wanted <= set(board_names())
    assert {load_board(name).clock for name in wanted} == {12e6, 25e6, 27e6, 48e6}


def test_unknown_board_is_refused_with_the_nearest_name():
    message = (
        "board must be one of icebreaker, orangecrab, tangnano20k, tangnano9k, ulx3s, ulx3s_85f, "
        "not 'ice-breaker'; did you mean 'icebreaker'?"
    )
    with pytest.raises(SpecError, match=f"^{re.escape(message)}$"):
        load_board("ice-breaker")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"family": "xc7"}, "family of mine must be one of ice40, ecp5, gowin, not 'xc7'"),
        ({"clock": 0.0}, "clock of mine must be above 0 Hz, not 0 Hz"),
        ({"leds": ("blue",)}, "leds of mine must be of heartbeat, busy, error, not 'blue'"),
    ],
)
def test_board_that_cannot_be_is_refused(change, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        Board(**(PLAIN | change))


@pytest.mark.parametrize("name", board_names())
def test_chip_of_a_board_has_its_clock_and_a_twin(name):
    board = load_board(name)
    spec = board.default_spec
    assert (spec.clock, spec.baud) == (board.clock, board.baud)
    assert board.features.behind == "twin"


def pins(name):
    """Port and pin, and port and its further words, from the file of constraints."""
    board, found = load_board(name), {}
    for raw in constraints_text(board).splitlines():
        line = raw.split("#")[0].split("//")[0].strip()
        patterns = (
            r"set_io(?: -pullup yes)? (\w+) (\w+)",
            r'LOCATE COMP "(\w+)" SITE "(\w+)";',
            r'IO_LOC "(\w+)" (\w+);',
        )
        for pattern in patterns:
            hit = re.fullmatch(pattern, line)
            if hit:
                assert hit[1] not in found
                found[hit[1]] = hit[2]
    return found


@pytest.mark.parametrize("name", board_names())
def test_constraints_name_each_port_once_and_nothing_else(name, board_ports):
    assert set(pins(name)) == board_ports(name)
    assert len(set(pins(name).values())) == len(pins(name))


def pin(platform, name, number=0, part=""):
    for resource in platform.resources.values():
        if (resource.name, resource.number) != (name, number):
            continue
        for io in resource.ios:
            if not part and hasattr(io, "names"):
                return io.names[0]
            if part and getattr(io, "name", "") == part:
                return io.ios[0].names[0]
    raise AssertionError((name, number, part))


@pytest.mark.parametrize("name", ["icebreaker", "ulx3s", "ulx3s_85f", "orangecrab", "tangnano9k"])
def test_pins_are_those_of_amaranth_boards(name):
    platform = {
        "icebreaker": ICEBreakerPlatform,
        "ulx3s": ULX3S_25F_Platform,
        "ulx3s_85f": ULX3S_85F_Platform,
        "orangecrab": OrangeCrabR0_2_25FPlatform,
        "tangnano9k": TangNano9kPlatform,
    }[name]()
    found = pins(name)
    clock = next(r for r in platform.resources.values() if r.name == platform.default_clk)
    assert found["clk"] == clock.ios[0].names[0]
    assert load_board(name).clock == clock.clock.frequency
    if name == "orangecrab":
        # No serial chip is on it: the header's pins, and the parts of the one coloured LED.
        header = next(c for c in platform.connectors.values() if c.name == "io").mapping
        assert (found["rx"], found["tx"]) == (header["0"], header["1"])
        parts = {"led_error": "r", "led_heartbeat": "g", "led_busy": "b"}
        for port, part in parts.items():
            assert found[port] == pin(platform, "rgb_led", 0, part)
        return
    assert found["rx"] == pin(platform, "uart", 0, "rx")
    assert found["tx"] == pin(platform, "uart", 0, "tx")
    leds = {pin(platform, "led", number) for number in range(2 if name == "icebreaker" else 6)}
    assert {value for port, value in found.items() if port.startswith("led_")} <= leds
    inverted = next(r for r in platform.resources.values() if r.name == "led").ios[0].invert
    assert load_board(name).leds_low == inverted
