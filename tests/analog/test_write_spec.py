import re

import pytest

from ohmloom_analog.errors import SpecError
from ohmloom_analog.spec import ChipSpec

RAMP = {"start": 1.0, "stop": 2.0, "step": 0.1}
PULSE = {"drive": RAMP}
CELL = {"device": "skywater", "access": "1t1r", "r_access": 5e3}
PLAIN = {"device": "vteam-b", "access": "1r"}
HALF = {"scheme": "v/2", "half_select": 1.5}


def chip(cell=None, **write):
    tile = {"rows": 2, "columns": 2, "cell": cell or CELL}
    tile["write"] = {"set": PULSE, "reset": PULSE} | write
    return ChipSpec.parse({"tile": [tile]})


def test_a_chip_that_is_written_keeps_what_it_was_given():
    write = chip(cycle_spread=0.1, curve=0.6).tile[0].write
    assert (write.scheme, write.curve, write.cycle_spread) == ("1t1r", 0.6, 0.1)
    assert (write.set.drive.stop, write.pulses, write.confirm) == (2.0, 64, 3)
    assert chip(PLAIN, **HALF, half_select_reset=1.1).tile[0].write.half_select_reset == 1.1


@pytest.mark.parametrize(
    ("cell", "write", "message"),
    [
        (
            CELL,
            {"set": {"drive": {"start": 2.0, "stop": 1.0}}},
            "tile[0].write.set.drive.stop must be at least start = 2, not 1",
        ),
        (
            CELL,
            {"set": {"drive": {"start": 1.0, "stop": 2.0}}},
            "tile[0].write.set.drive.step must be above 0 from 1 to 2, not 0",
        ),
        (
            CELL,
            {"reset": {"drive": {"start": 4.5, "stop": 4.5}}},
            "tile[0].write.reset.drive must be at most drive_full = 4.096 V, not 4.5 V",
        ),
        (
            CELL,
            {"set": PULSE | {"gate": {"start": 2.0, "stop": 2.1, "step": 0.1}}, "gate_full": 2.0},
            "tile[0].write.set.gate must be at most gate_full = 2 V, not 2.1 V",
        ),
        (
            CELL,
            {"set_top": PULSE | {"order": "wgd"}},
            "tile[0].write.set_top must have the order and restart of set, not others",
        ),
        (
            CELL,
            {"gate_read": 0.5},
            "tile[0].write.gate_read must be above gate_threshold = 0.5 V, not 0.5 V",
        ),
        (
            PLAIN,
            {"scheme": "v/2"},
            "tile[0].write.half_select must be given for the scheme v/2, not left out",
        ),
        (
            PLAIN,
            HALF | {"half_select": 1.0},
            (
                "tile[0].write.set.drive must leave unselected cells below half_select = 1 V "
                "with the scheme v/2, not at 1 V"
            ),
        ),
        (
            PLAIN,
            HALF | {"half_select_reset": 0.3},
            (
                "tile[0].write.reset.drive must leave unselected cells below half_select_reset = "
                "0.3 V with the scheme v/2, not at 1 V"
            ),
        ),
        (
            {},
            {},
            (
                "tile[0].cell.device must be one that pulses move in a tile that is written, "
                "not 'ohmic'"
            ),
        ),
        (
            PLAIN,
            {},
            "tile[0].write.scheme must fit cell.access = '1r', not be '1t1r'",
        ),
        (
            CELL,
            HALF,
            "tile[0].write.scheme must fit cell.access = '1t1r', not be 'v/2'",
        ),
        (
            {"device": "skywater", "access": "1t1r"},
            {},
            "tile[0].cell.r_access must be above 0 ohm in a tile that is written, not 0 ohm",
        ),
        (
            CELL | {"device": "mtj"},
            {},
            "tile[0].cell.device must be one of levels to be written, not 'mtj'",
        ),
        (
            CELL,
            {"set": {"drive": {"start": 3.1, "stop": 3.1}}},
            (
                "tile[0].write.set.drive must be a code below 3.1 V, the range of 'skywater', "
                "not 3.1 V"
            ),
        ),
        (
            CELL | {"device": "pcm", "g_max": 20e-6},
            {
                "reset": {"drive": {"start": 3.5, "stop": 3.5}},
                "set": {"drive": {"start": 1.0, "stop": 1.0}},
            },
            "tile[0].write.reset.drive must be a code below 3 V, the range of 'pcm', not 3.5 V",
        ),
    ],
)
def test_what_cannot_be_written_is_refused(cell, write, message):
    with pytest.raises(SpecError, match=f"^chip: {re.escape(message)}$"):
        chip(cell or {"device": "ohmic"}, **write)


def test_two_thirds_stay_below_what_disturbs_where_halves_do_not():
    limit = {"half_select": 0.8}
    with pytest.raises(SpecError, match="below half_select = 0.8 V with the scheme v/2"):
        chip(PLAIN, scheme="v/2", **limit)
    assert chip(PLAIN, scheme="v/3", **limit).tile[0].write.scheme == "v/3"
