"""Products through emitted Verilog and arrays with noise, with columns gone wrong.

OHMLOOM_PRODUCTS=100000 sends as many; the default is a number that takes a minute.
"""

import json
import os
from pathlib import Path

import numpy as np
import pytest

from ohmloom_analog.chip import AnalogChip
from ohmloom_analog.codes import cell_codes
from ohmloom_analog.spec import ChipSpec, write_spec
from ohmloom_hw.check_shape import CheckShape
from ohmloom_hw.emit import TOP, emit
from ohmloom_hw.features import Features
from ohmloom_sim.checked_sums import check_sums
from ohmloom_sim.cosim import Bench, run_bench
from ohmloom_sim.simulators import find_simulator

pytestmark = pytest.mark.guarantee("G7", "noise")

FOLDER = Path(__file__).parent / "checksums"
SPEC = ChipSpec.parse(
    {
        "tile": [
            {
                "count": 8,
                "rows": 8,
                "columns": 7,
                "cell": {"levels": 4, "spread": 0.01},
                "wires": {"r_word": 1.0, "r_bit": 1.0, "r_source": 20.0, "r_sense": 10.0},
            }
        ],
        "weight_bits": 3,
        "input": {"bits": 4, "slice_bits": 4},
        "adc": {
            "bits": 9,
            "columns_per_adc": 1,
            "conversion_time": 1e-7,
            "noise": 0.3,
            "offset": 4.0,
        },
        "dac": {"settle_time": 1e-7},
        "clock": 10e6,
        "baud": 2_500_000,
        "ecc": {"checksums": True},
    }
)
SHAPE = CheckShape.of(SPEC)
SEED = 20


def _values(codes):
    """Return the sum of each column from its codes: one slice, two lines a column."""
    return (codes[..., 0::2] - codes[..., 1::2]).astype(np.int64) << SPEC.adc_shift


@pytest.fixture(scope="module")
def chip():
    """Return levels and weights of a chip, and by how much each column is off without a fault."""
    rng = np.random.default_rng(SEED)
    low, high = SPEC.weight_range
    weights = rng.integers(low, high, (SPEC.tiles, SPEC.rows, SPEC.columns), endpoint=True)
    levels = np.array(
        [
            [[code for weight in row for code in cell_codes(SPEC, weight)] for row in tile]
            for tile in weights.tolist()
        ]
    )
    tiles = AnalogChip.build(SPEC, list(levels), engine="nodal", seed=SEED).tiles
    bounds = []
    for tile, held in zip(tiles, weights, strict=True):
        off = []
        for _ in range(300):
            x = rng.integers(0, SPEC.input.maximum, SPEC.rows, endpoint=True)
            tile.apply(x)
            codes, _ = tile.convert(np.arange(SPEC.lines))
            off.append(_values(codes) - x @ held)
        # Two codes more than was met: the noise of a pair of conversions is 0.6 codes.
        bounds.append(np.abs(off).max(axis=0) + 2)
    return levels, weights, np.array(bounds)


@pytest.fixture(scope="module")
def run(chip, tmp_path_factory):
    """Return a function that sends products through the chip, which is built once."""
    folder = tmp_path_factory.mktemp("checksums")
    files = emit(SPEC, folder / "chip", features=Features(bus="wishbone"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(FOLDER), prepend=os.pathsep)
        yield lambda **options: _run(chip, folder, files.verilog, **options)


def _run(chip, folder, verilog, *, products, bounds):
    levels, weights, _ = chip
    job = folder / f"job-{products}"
    job.mkdir()
    write_spec(SPEC, job / "chip.toml")
    largest = max(SHAPE.code.located_above(SHAPE.code.limits(tile.tolist())) for tile in chip[2])
    plan = {"seed": SEED, "runs": products // SPEC.tiles, "largest": int(1.5 * largest)}
    (job / "plan.json").write_text(json.dumps(plan))
    np.savez(job / "job.npz", levels=levels, weights=weights, bounds=bounds)
    bench = Bench(
        sources=[verilog],
        top=TOP,
        module="checksums_bench",
        folder=folder / "bench",
        environment={"CHECKSUMS_JOB": str(job)},
        timeout=1800,
    )
    result = run_bench(bench, find_simulator("verilator"))
    assert result.failed == {}
    assert result.passed == ("many_products",)
    with np.load(job / "answer.npz") as file:
        return {name: file[name] for name in file.files}


class _Judged:
    """What the chip made of each product, and what was really wrong with it."""

    def __init__(self, chip, answer, bounds):
        self.found, self.stated, self.flag = [], [], []
        sums = []
        for tile, weights in enumerate(chip[1]):
            entries = np.array(SHAPE.entries(weights.tolist()))
            entries = entries.reshape(SHAPE.blocks, SHAPE.code.checks, SHAPE.rows)
            limits = SHAPE.code.limits(bounds[tile].tolist())
            self.stated.append(SHAPE.code.located_above(limits))
            self.flag.append(SHAPE.code.flagged_above(limits))
            words = np.array([[*limits.checks, limits.correct]])
            values = _values(answer["codes"][:, tile])
            sums.append(check_sums(SHAPE, values, entries, words, answer["inputs"][:, tile]))
        self.values = np.stack([part.values for part in sums], axis=1)
        self.flagged = np.stack([part.flagged[:, 0] for part in sums], axis=1)
        self.column = np.stack([part.column[:, 0] for part in sums], axis=1)
        self.fault, self.error = answer["faults"][..., 0], answer["faults"][..., 1]
        self.fault = np.where(self.error == 0, -1, self.fault)
        self.wrong = (self.column >= 0) & (self.column != self.fault)


def test_no_wrong_column_is_ever_corrected(chip, run, figure):
    products, bounds = int(os.environ.get("OHMLOOM_PRODUCTS", "4000")), chip[2]
    answer = run(products=products, bounds=bounds)
    judged = _Judged(chip, answer, bounds)
    # The chip is the model, bit by bit and count by count.
    np.testing.assert_array_equal(answer["results"], judged.values)
    located = judged.column >= 0
    counts = (judged.flagged.sum(), located.sum(), 0, (judged.flagged & ~located).sum())
    assert tuple(answer["counts"]) == counts
    assert judged.column.size == products
    clean = judged.fault < 0
    size = np.abs(judged.error)
    stated, flag = np.array(judged.stated), np.array(judged.flag)
    # With noise, the column that is spoilt is off by its bound more or less.
    large = size > stated + bounds.max()
    assert clean.sum() > products // 4
    assert large.sum() > products // 10
    assert (located & ~large).sum() > 100
    assert not judged.flagged[clean].any()
    assert not judged.wrong.any()
    assert located[large].all()
    assert judged.flagged[size > flag + bounds.max()].all()
    exact = np.einsum("mtr,trc->mtc", answer["inputs"], chip[1])
    left = np.abs(judged.values - exact).max(axis=2)
    most = np.array([SHAPE.code.limits(tile.tolist()).checks[0] for tile in bounds])
    assert (left[located] <= np.broadcast_to(most, left.shape)[located]).all()
    figure("products before noisy arrays", products)
    figure("of these with a column spoilt", int((~clean).sum()))
    figure("corrected", int(located.sum()))
    figure("wrong columns corrected", int(judged.wrong.sum()))
    figure("clean products flagged", int(judged.flagged[clean].sum()))


def test_bounds_below_the_noise_show_as_flags_of_clean_products_and_wrong_corrections(chip, run):
    bounds = np.zeros_like(chip[2])
    answer = run(products=800, bounds=bounds)
    judged = _Judged(chip, answer, bounds)
    np.testing.assert_array_equal(answer["results"], judged.values)
    assert judged.flagged[judged.fault < 0].any()
    assert judged.wrong.any()
