import decks
import numpy as np
import pytest
from typer.testing import CliRunner

from ohmloom_analog.chip import AnalogChip
from ohmloom_analog.engines import ENGINE_NAMES
from ohmloom_analog.spec import ChipSpec, write_spec
from ohmloom_analog.state import load_state, save_state
from ohmloom_sim.cli import app

SPEC = ChipSpec.parse(
    {
        "name": "small",
        "tile": [
            {
                "count": 2,
                "rows": 4,
                "columns": 2,
                "cell": {"spread": 0.02},
                "wires": {"r_word": 2.0, "r_bit": 3.0, "r_source": 50.0, "c_bit": 1e-15},
            }
        ],
    }
)


@pytest.fixture
def chip(tmp_path, monkeypatch):
    """Write a chip and what it holds; return it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    rng = np.random.default_rng(0)
    levels = [rng.integers(0, 16, (4, 4)) for _ in range(2)]
    made = AnalogChip.build(SPEC, levels, engine="nodal", seed=5)
    write_spec(SPEC, tmp_path / "chip.toml")
    save_state(made.state(), tmp_path / "state.npz")
    return made


def ohmloom(*arguments):
    given = ["spice", "--chip", "chip.toml", "--state", "state.npz", "--out", "x.cir"]
    return CliRunner().invoke(app, [*given, *(str(a) for a in arguments)])


def currents(chip, tile, codes):
    """Currents of the engine, less that of the reference line."""
    chip.tiles[tile].apply(codes)
    return chip.tiles[tile].currents


@pytest.mark.parametrize("options", [[], ["--transient"]])
@pytest.mark.parametrize("tile", [0, 1])
def test_printed_currents_are_those_of_the_chip(chip, options, tile, tmp_path):
    result = ohmloom("--tile", tile, *options)
    assert result.exit_code == 0, result.output
    wanted = currents(chip, tile, [15, 15, 15, 15])
    for found in (decks.by_library(tmp_path / "x.cir"), decks.by_program(tmp_path / "x.cir")):
        if found is not None:
            np.testing.assert_allclose(np.array(found[:-1]) - found[-1], wanted, rtol=1e-8)


def test_drivers_stand_at_the_voltages_given(chip, tmp_path):
    np.save("v.npy", np.array([0.2, 0.0, 0.2 * 7 / 15, 0.0]))
    assert ohmloom("--voltage", "v.npy").exit_code == 0
    found = decks.by_library(tmp_path / "x.cir")
    wanted = currents(chip, 0, [15, 0, 7, 0])
    np.testing.assert_allclose(np.array(found[:-1]) - found[-1], wanted, rtol=1e-8)


def test_saved_state_reads_alike_in_every_engine(chip, tmp_path):
    """What is saved is what the chip held, whichever engine takes it up."""
    wanted = currents(chip, 1, [15, 3, 0, 8])
    saved = load_state(tmp_path / "state.npz", SPEC)
    for engine in ENGINE_NAMES:
        again = AnalogChip.from_state(SPEC, saved, engine=engine)
        np.testing.assert_array_equal(
            again.tiles[1].crossbar.conductance, chip.tiles[1].crossbar.conductance
        )
        # Without wires the ideal engine reads a little more.
        tolerance = 0.03 if engine == "ideal" else 1e-8
        np.testing.assert_allclose(currents(again, 1, [15, 3, 0, 8]), wanted, rtol=tolerance)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--tile", "2"], "ohmloom: tile must be below 2, not 2"),
        (["--state", "no.npz"], "ohmloom: state must be an existing .npz file, not 'no.npz'"),
        (["--voltage", "two.npy"], "ohmloom: voltage must be one vector, not 2"),
        (
            ["--voltage", "odd.npy"],
            "ohmloom: voltage must have the shape (4,) or (n, 4), one a row of the array, not (3,)",
        ),
        (["--voltage", "nan.npy"], "ohmloom: voltages[1] must be finite, not nan"),
    ],
)
@pytest.mark.usefixtures("chip")
def test_what_does_not_fit_is_refused(arguments, message):
    np.save("two.npy", np.zeros((2, 4)))
    np.save("odd.npy", np.zeros(3))
    np.save("nan.npy", np.array([0.0, np.nan, 0.0, 0.0]))
    result = ohmloom(*arguments)
    assert result.exit_code == 2
    assert result.stderr.strip() == message
