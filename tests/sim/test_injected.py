import numpy as np
import pytest

from ohmloom_analog.spec import load_spec
from ohmloom_sim.injected import (
    ChipFaults,
    FaultKind,
    StuckLine,
    WordFlip,
    fault_size,
    faulty_codes,
    flipped_inputs,
    stuck_columns,
    word_flips,
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
    faults = ChipFaults(
        lines=(StuckLine(tile=1, line=2, code=3),),
        spikes=0.25,
        flips=(WordFlip(sample=1, word=2, bit=3),),
        seed=9,
    )
    assert ChipFaults.from_json(faults.to_json()) == faults
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
        ChipFaults(spikes=1.5)


def test_flips_fall_into_words_of_their_samples():
    spec = load_spec("default")
    inputs = np.arange(40 * 9).reshape(40, 9) % 256
    flips = word_flips(spec, inputs, 0.5, np.random.default_rng(2))
    assert 10 < len(flips) < 30
    wrong = flipped_inputs(spec, inputs, flips)
    for sample in range(40):
        there = [flip for flip in flips if flip.sample == sample]
        changed = np.flatnonzero(wrong[sample] != inputs[sample])
        assert len(changed) == 4 * len(there)
        for flip in there:
            assert (wrong[sample] ^ inputs[sample])[changed].tolist() == [1 << flip.bit] * 4
            assert changed.tolist() == [4 * flip.word + k for k in range(4)]
    assert 0 <= wrong.min() <= wrong.max() <= 255


def test_flips_need_whole_words_of_unsigned_inputs():
    spec = load_spec("default")
    message = r"^inputs must be unsigned and at least 4 to have flips, not 3$"
    with pytest.raises(ValueError, match=message):
        word_flips(spec, np.zeros((2, 3), dtype=np.int64), 1.0, np.random.default_rng(0))
