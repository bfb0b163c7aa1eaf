import multiprocessing
import re
from concurrent.futures import ProcessPoolExecutor

import numpy as np
import pytest

from ohmloom_analog.chip import AnalogChip
from ohmloom_analog.errors import SpecError
from ohmloom_analog.spec import ChipSpec, load_spec
from ohmloom_sim.bench.measure import SuperLU
from ohmloom_sim.monte_carlo import sample_tiles, tile_job

WIRES = {"r_word": 2.0, "r_bit": 3.0, "r_source": 50.0, "r_sense": 10.0}
EFFECTS = {"read_noise": 0.02, "p_stuck_lrs": 0.02, "device_spread": {"hrs": 0.2, "lrs": 0.1}}


def _spec(**parts):
    tile = {"rows": 12, "columns": 6, "count": 2, "cell": {"spread": 0.02}, "wires": WIRES}
    given = {"input": {"bits": 8, "slice_bits": 4}, "adc": {"bits": 8, "noise": 0.5, "offset": 3}}
    return ChipSpec.parse({"tile": [{**tile, **parts.pop("tile", {})}], **given, **parts})


SPECS = {
    "plain": _spec(),
    "effects": _spec(tile={"effects": EFFECTS}),
    "offset": _spec(
        encoding="offset_column",
        weight_bits=6,
        tia={"noise": 1e-3, "gain_spread": 0.01},
        dac={"noise": 1e-3},
    ),
    "signed": _spec(
        input={"bits": 6, "slice_bits": 3, "signed": True},
        adc={"bits": 7, "columns_per_adc": 4, "noise": 0.4},
    ),
}


def _one_by_one(spec, job, seed):
    """Read an ordinary chip pass after pass and round after round, as the sequencer does."""
    chip = AnalogChip.build(spec, job.mapping.levels, engine="nodal", seed=seed)
    mask, share = (1 << spec.input.slice_bits) - 1, spec.adc.columns_per_adc
    found, clipped = [], 0
    for vector in job.inputs:
        for sign in (1, -1) if spec.input.signed else (1,):
            for piece in range(spec.input.slices):
                driven = np.maximum(sign * vector, 0) >> (spec.input.slice_bits * piece) & mask
                chip.tiles[0].apply(driven)
                codes = np.zeros(spec.lines, dtype=np.int64)
                for first in range(min(share, spec.lines)):
                    lines = np.arange(first, spec.lines, share)
                    codes[lines], over = chip.tiles[0].convert(lines)
                    clipped += int(over.sum())
                found.append(codes)
    return np.array(found), clipped


@pytest.mark.parametrize("name", SPECS)
def test_sample_is_the_chip_of_its_seed(name):
    job = tile_job(SPECS[name], 5, 0)
    samples = sample_tiles(SPECS[name], [3, 11], vectors=5, keep_codes=True)
    for place, seed in enumerate((3, 11)):
        codes, clipped = _one_by_one(job.spec, job, seed)
        assert np.array_equal(samples.codes[place], codes)
        assert samples.clipped[place] == clipped / codes.size


def test_samples_of_a_device_are_those_of_the_chip_that_knows_it():
    plain = load_spec("default").model_dump(mode="json", exclude_none=True)
    plain["tile"][0].update(rows=10, columns=4)
    spec = ChipSpec.parse(plain)
    job = tile_job(spec, 3, 0)
    samples = sample_tiles(spec, [8], vectors=3, keep_codes=True)
    assert np.array_equal(samples.codes[0], _one_by_one(job.spec, job, 8)[0])


def test_codes_are_those_of_a_sparse_elimination():
    wires = {"r_word": 1.5, "r_bit": 1.5}
    tile = {"rows": 64, "columns": 32, "cell": {"spread": 0.02}, "wires": wires}
    spec = _spec(tile=tile, adc={"bits": 10, "offset": 4})
    job = tile_job(spec, 4, 0)
    samples = sample_tiles(spec, [2, 5], vectors=4, keep_codes=True)
    slices = [(vector >> shift) & 15 for vector in job.inputs for shift in (0, 4)]
    for place, seed in enumerate((2, 5)):
        chip = AnalogChip.build(job.spec, job.mapping.levels, engine="ideal", seed=seed)
        cells, step = chip.tiles[0].crossbar.conductance, chip.tiles[0].lsb_current
        solved = SuperLU().first(cells, 1.5, np.array(slices) * (spec.dac.v_read / 15))
        value = (solved[:, :-1] - solved[:, -1:]) / step + 4
        # No value is so near to an edge that a solver's last digits decide on the code.
        assert np.abs(value - np.floor(value) - 0.5).min() > 1e-6
        assert np.array_equal(samples.codes[place], np.clip(np.floor(value + 0.5), 0, 1023))


def test_figures_follow_from_the_codes():
    spec = SPECS["plain"]
    job = tile_job(spec, 4, 0)
    samples = sample_tiles(spec, [1], vectors=4, keep_codes=True)
    weights = np.asarray(job.mapping.network.layers[0].weights)
    errors, products, off = [], [], []
    lsb = 2.0**spec.adc_shift
    for v, vector in enumerate(job.inputs):
        for column in range(spec.columns):
            total = 0
            for piece in range(2):
                positive, negative = samples.codes[0, 2 * v + piece, 2 * column : 2 * column + 2]
                total += (int(positive) - int(negative)) * int(lsb) << (4 * piece)
                driven = vector >> (4 * piece) & 15
                for code, sign in ((positive, 1), (negative, -1)):
                    held = np.maximum(sign * weights[column], 0)
                    exact = float(driven @ held) / lsb + spec.adc.offset
                    off.append(int(code) - min(int(np.floor(exact + 0.5)), 255))
            products.append(int(weights[column] @ vector))
            errors.append((total - products[-1]) / lsb)
    rms = np.sqrt(np.mean(np.square(errors)))
    assert samples.mvm_error[0] == pytest.approx(rms)
    assert samples.mvm_error_max[0] == pytest.approx(np.abs(errors).max())
    scale = np.sqrt(np.mean(np.square(np.array(products, dtype=float))))
    assert samples.mvm_error_relative[0] == pytest.approx(rms * lsb / scale)
    assert samples.code_error[0] == pytest.approx(np.sqrt(np.mean(np.square(off))))
    assert samples.differing[0] == np.mean(np.array(off) != 0)


def _bytes(samples):
    names = ("mvm_error", "mvm_error_max", "mvm_error_relative", "code_error", "differing")
    return b"".join(getattr(samples, name)[-1:].tobytes() for name in (*names, "clipped", "codes"))


def _alone(seed):
    return _bytes(sample_tiles(SPECS["effects"], [seed], vectors=5, keep_codes=True))


def test_sample_is_the_same_in_any_batch_and_process():
    batch = sample_tiles(SPECS["effects"], range(7), vectors=5, keep_codes=True)
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        elsewhere = pool.submit(_alone, 6).result(timeout=120)
    assert _bytes(batch) == _alone(6) == elsewhere


def test_matrix_is_shared_unless_each_sample_has_its_own():
    spec = SPECS["plain"]
    own = sample_tiles(spec, [4, 5], vectors=3, matrix_seed=None, keep_codes=True)
    for place, seed in enumerate((4, 5)):
        alone = sample_tiles(spec, [seed], vectors=3, matrix_seed=seed, keep_codes=True)
        assert np.array_equal(own.codes[place], alone.codes[0])
    shared = sample_tiles(spec, [4, 5], vectors=3, matrix_seed=4, keep_codes=True)
    assert np.array_equal(own.codes[0], shared.codes[0])
    assert not np.array_equal(own.codes[1], shared.codes[1])


def test_tile_of_a_matrix_is_filled_with_all_that_it_can_hold():
    job = tile_job(SPECS["offset"], 200, 0)
    weights = job.mapping.network.layers[0].weights
    assert weights.shape == (6, 12)
    assert job.spec.tiles == 1
    assert (job.inputs.min(), job.inputs.max()) == (0, 255)
    assert (weights.min() >= -32, weights.max() <= 31) == (True, True)
    assert np.unique(weights).size > 30


@pytest.mark.parametrize(
    ("seeds", "vectors", "message"),
    [
        ([], 3, "seeds must be at least 1, not 0"),
        ([1], 0, "vectors must be at least 1, not 0"),
    ],
)
def test_nothing_to_sample_is_refused(seeds, vectors, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        sample_tiles(SPECS["plain"], seeds, vectors=vectors)


def test_products_that_are_all_zero_have_no_relative_error():
    spec = _spec(tile={"rows": 1, "columns": 1})
    seed = next(k for k in range(100) if not tile_job(spec, 1, k).product.any())
    message = "exact products must not all be 0"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        sample_tiles(spec, [0], vectors=1, matrix_seed=seed)


def test_chip_that_the_functional_model_does_not_follow_is_refused():
    with pytest.raises(SpecError, match="must be without"):
        sample_tiles(load_spec("spiking"), [0], vectors=1)
