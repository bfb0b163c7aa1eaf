import numpy as np
import pytest

from ohmloom_analog.spec import load_spec
from ohmloom_sim.injected import (
    FaultKind,
    PortFaults,
    StuckLine,
    fault_size,
    faulty_codes,
    stuck_columns,
)
from ohmloom_sim.tasks import digits_task, prepare


@pytest.fixture(scope="module")
def chip():
    spec = load_spec("default")
    return spec, prepare(spec, digits_task(0), 1).mapping


def test_more_stuck_columns_only_add_to_fewer(chip):
    spec, mapping = chip
    drawn = [stuck_columns(spec, mapping, n, np.random.default_rng(5)) for n in range(8)]
    for count, lines in enumerate(drawn):
        assert lines == drawn[7][:count]
        assert len({(s.tile, s.line // spec.lines_per_column) for s in lines}) == count
        assert {s.code for s in lines} <= {0, spec.code_maximum}


def test_only_columns_in_use_are_stuck(chip):
    spec, mapping = chip
    lines = stuck_columns(spec, mapping, 74, np.random.default_rng(5))
    assert max(s.line for s in lines if s.tile == 4) < 10 * spec.lines_per_column
    message = r"^stuck columns must be at most the 74 in use, not 75$"
    with pytest.raises(ValueError, match=message):
        stuck_columns(spec, mapping, 75, np.random.default_rng(5))


def test_codes_change_only_where_there_are_faults(chip):
    spec, _ = chip
    codes = np.full((50, 4), 7)
    found = faulty_codes(spec, codes, {2: 3}, 0.0, np.random.default_rng(0))
    assert found[:, 2].tolist() == [3] * 50
    assert (found[:, [0, 1, 3]] == 7).all()
    assert (codes == 7).all()
    spiked = faulty_codes(spec, codes, {}, 0.5, np.random.default_rng(0))
    assert 0.3 < (spiked != 7).mean() < 0.7
    assert 0 <= spiked.min() <= spiked.max() <= spec.code_maximum


def test_faults_of_ports_survive_a_file():
    faults = PortFaults(lines=(StuckLine(tile=1, line=2, code=3),), spikes=0.25, seed=9)
    assert PortFaults.from_json(faults.to_json()) == faults
    assert faults.of_tile(1) == {2: 3}
    assert faults.of_tile(0) == {}


@pytest.mark.parametrize(
    ("kind", "text", "message"),
    [
        (
            FaultKind.COLUMNS,
            "1.5",
            r"^number of stuck columns must be a whole number of at least 0, not '1\.5'$",
        ),
        (FaultKind.COLUMNS, "nan", r"^number of stuck columns must be a whole number .*'nan'$"),
        (FaultKind.COLUMNS, "inf", r"^number of stuck columns must be a whole number .*'inf'$"),
        (FaultKind.SPIKES, "2", r"^size of spikes must be in \[0, 1\], not '2'$"),
        (FaultKind.CELLS, "many", r"^size of cells must be in \[0, 1\], not 'many'$"),
        (FaultKind.FLIPS, "nan", r"^size of flips must be in \[0, 1\], not 'nan'$"),
    ],
)
def test_size_out_of_range_is_refused(kind, text, message):
    with pytest.raises(ValueError, match=message):
        fault_size(kind, text)


def test_share_of_spikes_out_of_range_is_refused():
    with pytest.raises(ValueError, match=r"^spikes must be in \[0, 1\], not 1\.5$"):
        PortFaults(spikes=1.5)
