"""Chips whose cells are tables of measured pulses."""

import re

import numpy as np
import pytest

from ohmloom_analog.device_cells import device_state, within_device
from ohmloom_analog.errors import SpecError
from ohmloom_analog.spec import load_spec, write_spec

CHIP = """[[tile]]
rows = 2
columns = 2
cell = { device = "tables/pulses.csv", g_min = 2e-6, g_max = 9e-6, levels = 4 }
"""
TABLE = """branch,pulse,conductance
set,0,2e-6
set,1,7e-6
set,2,9e-6
reset,0,9e-6
reset,1,2e-6
"""


@pytest.fixture
def chip(tmp_path):
    def write(folder="here", table=TABLE):
        place = tmp_path / folder
        (place / "tables").mkdir(parents=True, exist_ok=True)
        (place / "tables" / "pulses.csv").write_text(table)
        (place / "chip.toml").write_text(CHIP)
        return place / "chip.toml"

    return write


def test_path_counts_from_the_folder_of_the_chip(chip, monkeypatch, tmp_path):
    path = chip()
    monkeypatch.chdir(tmp_path)
    spec = load_spec("here/chip.toml")
    assert spec.tile[0].cell.device == str((path.parent / "tables" / "pulses.csv").resolve())
    assert within_device(spec, 0, np.array([1e-6, 3e-6, 1e-5])).tolist() == [2e-6, 3e-6, 9e-6]
    assert device_state(spec, 0, np.array([3e-6]))["conductance"].tolist() == [3e-6]


def test_written_chip_is_read_elsewhere_with_the_same_hash(chip, tmp_path):
    spec = load_spec(chip())
    write_spec(spec, tmp_path / "copy.toml")
    copy = load_spec(tmp_path / "copy.toml")
    assert copy == spec
    assert copy.hash == spec.hash


def test_hash_follows_the_table_and_not_its_place(chip):
    first = load_spec(chip("here")).hash
    assert load_spec(chip("there")).hash == first
    assert load_spec(chip("there", TABLE.replace("7e-6", "6e-6"))).hash != first


def test_table_that_is_gone_is_told_when_the_hash_needs_it(chip):
    path = chip()
    spec = load_spec(path)
    table = path.parent / "tables" / "pulses.csv"
    table.unlink()
    message = f"measured pulses must be an existing CSV file, not '{table.resolve()}'"
    with pytest.raises(SpecError, match=f"^{re.escape(message)}$"):
        _ = spec.hash


def test_fault_of_a_table_names_chip_cell_file_and_line(chip):
    path = chip(table=TABLE.replace("set,2,", "set,3,"))
    table = (path.parent / "tables" / "pulses.csv").resolve()
    message = (
        f"{path}: tile[0].cell.pulse in line 4 of measured pulses '{table}' must be 2, the next "
        "of its branch, not '3'"
    )
    with pytest.raises(SpecError, match=f"^{re.escape(message)}$"):
        load_spec(path)
