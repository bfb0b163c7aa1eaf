import numpy as np
import pytest

from ohmloom_analog.crossbar import Crossbar
from ohmloom_analog.engines import make_engine
from ohmloom_analog.spec import ChipSpec
from ohmloom_sim.host.compensation import wire_trims
from ohmloom_sim.host.targets import TargetList

PULSE = {"drive": {"start": 1.0, "stop": 2.0, "step": 0.1}}
WIRES = {"r_word": 4.0, "r_bit": 4.0, "r_source": 50.0, "r_sense": 10.0}


def chip(**wires):
    return ChipSpec.parse(
        {
            "weight_bits": 5,
            "adc": {"bits": 10},
            "tile": [
                {
                    "count": 2,
                    "rows": 16,
                    "columns": 8,
                    "cell": {"device": "skywater", "access": "1t1r", "r_access": 5e3},
                    "wires": wires,
                    "write": {"set": PULSE, "reset": PULSE},
                }
            ],
        }
    )


@pytest.fixture
def targets():
    levels = np.full((2, 16, 16), -1)
    levels[0] = np.random.default_rng(2).integers(0, 16, (16, 16))
    return TargetList(levels=levels)


def product(conductance, volts, **wires):
    engine = make_engine("nodal")
    engine.load(Crossbar(conductance, **wires))
    currents = engine.currents(volts)
    return currents[:-1] - currents[-1]


def test_without_wires_nothing_is_to_be_made_up_for(targets):
    assert not wire_trims(chip(), targets).any()


def test_products_come_five_times_nearer(targets):
    spec = chip(**WIRES)
    trims = wire_trims(spec, targets)
    assert not trims[1].any()
    step, code = 39e-6 / 15, 50e-6 / 1023
    wanted = 1e-6 + step * targets.with_reference()[0]
    # A cell is written until a verify read, with its row alone at voltage, gives what is asked.
    series = 50 + 10 + 4 * (1 + np.arange(17))[None] + 4 * (16 - np.arange(16))[:, None]
    written = {}
    for name, asked in (("plain", wanted), ("trimmed", wanted + code * trims[0])):
        written[name] = asked / (1 - asked * series)
    volts = np.full(16, 0.1)
    exact = product(wanted, volts)
    errors = {
        name: np.abs(product(held, volts, **WIRES) - exact).max() for name, held in written.items()
    }
    assert errors["trimmed"] < errors["plain"] / 5
    assert trims[0].max() > 10


def test_trims_stay_within_their_field(targets):
    trims = wire_trims(chip(**{**WIRES, "r_word": 60.0, "r_bit": 60.0}), targets)
    assert trims.max() == 63
