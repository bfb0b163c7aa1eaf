"""Devices by name."""

import re

import numpy as np
import pytest

from ohmloom_analog.devices import device, device_names, register
from ohmloom_analog.devices.team import Team, TeamParameters


@pytest.mark.parametrize("name", device_names())
def test_device_knows_its_own_name(name):
    assert device(name).name == name


def test_users_device_is_found_and_its_name_taken(monkeypatch):
    monkeypatch.setattr("ohmloom_analog.devices.registry._FACTORIES", {})
    register("mine", lambda: Team(TeamParameters(r_off=2e3), name="mine"))
    assert device_names() == ("mine",)
    assert device("mine").window(0.1) == pytest.approx((5e-4, 0.02))
    message = "device name must be new, not 'mine'"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        register("mine", lambda: device("skywater"))


TABLE = """branch,pulse,conductance
set,0,2e-6
set,1,9e-6
reset,0,9e-6
reset,1,2e-6
"""


def test_name_of_a_table_is_a_device_of_its_pulses(tmp_path):
    path = tmp_path / "ours.csv"
    path.write_text(TABLE)
    made = device(str(path))
    assert made.name == "ours.csv"
    assert made.window(0.1) == (2e-6, 9e-6)
    after = made.pulse(made.state_for([2e-6], 0.1), 1.0, 1e-6)
    assert float(np.asarray(made.current(0.1, after))[0]) == pytest.approx(9e-7, rel=1e-12)


def test_table_that_is_not_one_is_refused_with_its_line(tmp_path):
    path = tmp_path / "ours.csv"
    path.write_text(TABLE.replace("set,1,9e-6", "set,1,nine"))
    message = (
        f"conductance in line 3 of measured pulses '{path}' must be a finite number of at least "
        "0 S, not 'nine'"
    )
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        device(str(path))


def test_name_of_a_table_cannot_be_registered():
    message = "device name must not end in .csv, which is a table of pulses, not 'ours.csv'"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        register("ours.csv", lambda: device("skywater"))
