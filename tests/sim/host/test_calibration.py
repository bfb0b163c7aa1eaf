import asyncio
import json
import re
from dataclasses import replace

import numpy as np
import pytest
from random_networks import random_network
from spread_driver import SpreadDriver

from ohmloom_analog.errors import HardwareError, MappingError, OhmloomError, SpecError
from ohmloom_analog.spec import ChipSpec
from ohmloom_sim.host.calibration import calibrate_chip, calibration_task
from ohmloom_sim.host.calibration_file import Calibration
from ohmloom_sim.host.column_reads import reference_input
from ohmloom_sim.host.drift_factor import DriftError, refresh_chip

LIMIT = (1 << 31) - 1


def chip(**ecc):
    extra = {"ecc": ecc} if ecc else {}
    columns = 6 + 2 * ("reference_columns" in ecc)
    return ChipSpec.parse(
        {
            "name": "small",
            "tile": [{"count": 4, "rows": 8, "columns": columns, "cell": {"levels": 4}}],
            "weight_bits": 4,
            "input": {"bits": 6, "slice_bits": 3},
            **extra,
        }
    )


def made(spec, *, noise=0.0, seed=0, sizes=(16, 6, 3)):
    """Return a mapped network, samples of it, and a chip with it whose columns differ."""
    rng = np.random.default_rng(seed)
    mapping = random_network(spec, list(sizes), rng)
    weights = np.zeros((spec.tiles, spec.rows, spec.columns), dtype=int)
    for place in mapping.placements:
        held = mapping.network.layers[place.layer].weights
        block = held[place.outputs.start : place.outputs.stop]
        block = block[:, place.inputs.start : place.inputs.stop].T
        weights[place.tile][: block.shape[0], : block.shape[1]] = block
        if spec.reference_columns:
            weights[place.tile][:, spec.data_columns + 1] = spec.weight_range[1]
    shape = (spec.tiles, spec.columns)
    gain, offset = rng.uniform(0.7, 1.4, shape), rng.integers(-90, 90, shape)
    driver = SpreadDriver(spec, weights, gain, offset, noise=noise, seed=seed)
    typical = rng.uniform(0, 1, (100, sizes[0])) * spec.input.maximum * mapping.network.input_lsb
    return mapping, typical, driver


def task_of(spec, mapping, typical, points=40, **options):
    return calibration_task(spec, mapping, typical, points, np.random.default_rng(3), **options)


def run(work):
    return asyncio.run(work)


def test_corrections_undo_what_columns_do():
    spec = chip()
    mapping, typical, driver = made(spec)
    found = run(calibrate_chip(driver, task_of(spec, mapping, typical))).calibration
    for place in mapping.placements:
        used = slice(0, len(place.outputs))
        wanted = 1 / driver.gain[place.tile][used]
        assert np.array(found.gains[place.tile][used]) == pytest.approx(wanted, rel=0.01)
        offsets = driver.offset[place.tile][used]
        assert np.abs(np.array(found.offsets[place.tile][used]) - offsets).max() <= 2
    assert (found.points, found.reads, found.spec_hash) == (40, 1, spec.hash)
    # The chip has what the file has.
    offsets, gains = driver.corrections
    assert np.array_equal(offsets, found.offsets)
    assert np.array_equal(gains, found.gains)


def test_bounds_hold_the_errors_of_other_inputs():
    spec = chip()
    mapping, typical, driver = made(spec, noise=3.0)
    found = run(calibrate_chip(driver, task_of(spec, mapping, typical))).calibration
    bounds = np.array(found.bounds)
    used = [(p.tile, slice(0, len(p.outputs))) for p in mapping.placements]
    for tile, columns in used:
        # Five sigma, and what confidence adds to them.
        sigma = 3.0 / driver.gain[tile][columns]
        assert (bounds[tile][columns] > 5 * sigma).all()
        assert (bounds[tile][columns] < 11 * sigma + 3).all()
    fresh = task_of(spec, mapping, typical, points=60)
    errors = []
    for number in range(60):
        run(driver.load(fresh.columns.table))
        sums = run(fresh.columns.sums(driver, [part[number] for part in fresh.points], 1))
        for (tile, columns), got, expected in zip(used, sums, fresh.expected, strict=True):
            errors.append((np.abs(got - expected[number]) <= bounds[tile][columns]).all())
    assert all(errors)


def test_reads_of_a_point_are_averaged():
    spec = chip()
    mapping, typical, driver = made(spec, noise=8.0)
    once = run(calibrate_chip(driver, task_of(spec, mapping, typical)))
    runs = driver.runs
    often = run(calibrate_chip(driver, task_of(spec, mapping, typical, reads=16)))
    assert (runs, driver.runs - runs) == (40 + 16, 40 * 16 + 16)
    ratio = np.array(once.calibration.bounds).sum() / np.array(often.calibration.bounds).sum()
    assert 2.5 < ratio < 4.5
    assert (once.clipped, once.conversions) == (3, 1000)


def test_what_the_chip_held_is_put_back():
    spec = chip(checksums=True, block=3, drift_factor=True)
    mapping, typical, driver = made(spec)
    run(driver.load(mapping.table))
    run(driver.write_register("DRIFT", 0x5000))
    limits = driver.table.window("CHECK_LIMIT")
    run(driver.write(limits.base, [77] * limits.words))
    held = dict(driver.words)
    run(calibrate_chip(driver, task_of(spec, mapping, typical)))
    changed = {place for place, word in driver.words.items() if held[place] != word}
    window = driver.table.window("CALIBRATION")
    drift = driver.table.register("DRIFT").offset
    step = driver.table.window("STEP")
    # Entries behind the last step and bias aren't used.
    beyond = range(step.base + 16 * len(mapping.table.steps), step.end)
    assert changed - set(beyond) <= {drift, *range(window.base, window.end)}
    assert driver.words[drift] == 0x4000
    assert set(driver.limits_of_runs) == {LIMIT}


@pytest.mark.parametrize("spoil", ["still column", "failed run"])
def test_where_it_fails_the_chip_keeps_its_corrections(spoil):
    spec = chip(drift_factor=True)
    mapping, typical, driver = made(spec)
    shape = (spec.tiles, spec.columns)
    run(driver.load_calibration(np.full(shape, 5).tolist(), np.ones(shape).tolist()))
    run(driver.load(mapping.table))
    run(driver.write_register("DRIFT", 0x3000))
    window = driver.table.window("CALIBRATION")
    held = run(driver.read(window.base, window.words))
    if spoil == "still column":
        driver.gain[1, 2] = 0.0
        message = r"tile 1 must be one to calibrate: column 2 must move with its inputs, "
        message += rf"not give {driver.offset[1, 2]:g} always"
    else:
        driver.fail_after = 7
        message = "run must end without error, not with TIMEOUT in step 0"
    with pytest.raises(HardwareError, match=f"^{re.escape(message)}$"):
        run(calibrate_chip(driver, task_of(spec, mapping, typical)))
    assert run(driver.read(window.base, window.words)) == held
    assert run(driver.read_register("DRIFT")) == 0x3000
    assert run(driver.read_register("STEPS")) == len(mapping.table.steps)


def test_a_correction_that_the_chip_has_no_bits_for_is_refused():
    spec = chip()
    mapping, typical, driver = made(spec)
    load = driver.load_calibration

    async def narrow(offsets, gains):
        if np.any(offsets):
            message = "offset must be in [-8, 7], not 80"
            raise ValueError(message)
        await load(offsets, gains)

    driver.load_calibration = narrow
    with pytest.raises(
        HardwareError,
        match=r"^corrections must fit the chip: offset must be in \[-8, 7\], not 80$",
    ):
        run(calibrate_chip(driver, task_of(spec, mapping, typical)))


def test_points_are_no_more_than_the_samples():
    spec = chip()
    mapping, typical, _ = made(spec)
    for points in (2, 101):
        message = rf"^points must be from 3 to the 100 typical samples, not {points}$"
        with pytest.raises(MappingError, match=message):
            task_of(spec, mapping, typical, points=points)


@pytest.mark.parametrize("drift", [True, False])
@pytest.mark.parametrize("measure", ["columns", "reference"])
def test_refresh_makes_up_for_a_common_loss(drift, measure):
    spec = chip(reference_columns=2, drift_factor=drift)
    mapping, typical, driver = made(spec)
    found = run(calibrate_chip(driver, task_of(spec, mapping, typical))).calibration
    driver.gain *= 0.8
    driver.offset = driver.offset * 1.0 + 4
    driver.corrections = None
    refreshed = run(refresh_chip(driver, spec, found, measure=measure))
    assert refreshed.factor == pytest.approx(1.25, rel=0.02)
    assert refreshed.by_reference == pytest.approx(1.25, rel=0.005)
    assert refreshed.offset == pytest.approx(4 / 0.8, abs=3)
    gains, word = driver.corrections[1], 0x4000
    if drift:
        assert np.array_equal(gains, found.gains)
        word = run(driver.read_register("DRIFT"))
        assert word == round(refreshed.factor * 0x4000)
    else:
        assert gains == pytest.approx(refreshed.factor * np.array(found.gains))


@pytest.mark.parametrize(("loss", "shown"), [(0.45, "2.2"), (2.3, "0.43"), (0.0, "inf")])
def test_too_large_a_drift_is_an_alarm_and_changes_no_factor(loss, shown):
    spec = chip(drift_factor=True)
    mapping, typical, driver = made(spec)
    found = run(calibrate_chip(driver, task_of(spec, mapping, typical))).calibration
    driver.gain *= loss
    if loss == 0:
        driver.weights = driver.weights * 0
        driver.offset = np.array(found.offsets)
    message = (
        rf"^drift factor must be in \[0\.5, 2\), not {re.escape(shown)}\d*: the cells must be "
        r"written again, or the chip is another$"
    )
    with pytest.raises(DriftError, match=message):
        run(refresh_chip(driver, spec, found))
    assert run(driver.read_register("DRIFT")) == 0x4000


@pytest.mark.parametrize("drift", [True, False])
def test_cells_of_another_network_are_an_alarm(drift):
    spec = chip(**({"drift_factor": True} if drift else {}))
    mapping, typical, driver = made(spec)
    found = run(calibrate_chip(driver, task_of(spec, mapping, typical))).calibration
    _, _, other = made(spec, seed=1)
    driver.weights = other.weights
    message = (
        r"^columns must be like those of the calibration, with a correlation of at least 0\.9, "
        r"not -?0\.\d+: the cells hold another network$"
    )
    with pytest.raises(DriftError, match=message):
        run(refresh_chip(driver, spec, found))
    assert np.array_equal(driver.corrections[1], found.gains)


def test_known_columns_are_needed_to_measure_by_them():
    spec = chip(drift_factor=True)
    mapping, typical, driver = made(spec)
    found = run(calibrate_chip(driver, task_of(spec, mapping, typical))).calibration
    message = r"^chip 'small' must have ecc\.reference_columns to be measured by them$"
    with pytest.raises(SpecError, match=message):
        run(refresh_chip(driver, spec, found, measure="reference"))


def test_the_reference_drives_half_of_each_slice():
    assert reference_input(chip()) == 0b100_100
    bitwise = ChipSpec.parse(
        {"tile": [{"rows": 4, "columns": 4}], "input": {"bits": 5, "slice_bits": 1}}
    )
    assert reference_input(bitwise) == 0b11111
    uneven = ChipSpec.parse(
        {"tile": [{"rows": 4, "columns": 4}], "input": {"bits": 5, "slice_bits": 4}}
    )
    assert reference_input(uneven) <= uneven.input.maximum


@pytest.fixture(scope="module")
def calibration():
    spec = chip()
    mapping, typical, driver = made(spec)
    return run(calibrate_chip(driver, task_of(spec, mapping, typical))).calibration


def test_a_file_gives_back_what_was_saved(calibration, tmp_path):
    path = tmp_path / "new" / "cal.json"
    calibration.save(path)
    assert Calibration.load(path, chip()) == calibration
    assert [p.name for p in path.parent.iterdir()] == ["cal.json"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"spec_hash": "00ff"}, "must be of chip 'small' with hash {hash}, not 00ff"),
        ({"format": "x"}, "must be a file of `ohmloom host calibrate`, not another"),
        ({"offsets": [[1.0]]}, "must be whole: gains must be tiles x columns, not (4, 6)"),
        ({"bounds": None}, "must be whole: 'NoneType' object is not iterable"),
        ({"reference": [[1.0]]}, "must be whole: reference must have {widths} sums, not [1]"),
    ],
)
def test_another_file_is_refused(calibration, tmp_path, change, message):
    path = tmp_path / "cal.json"
    calibration.save(path)
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    widths = [used.columns for used in calibration.tiles]
    wanted = message.format(hash=chip().hash[:16], widths=widths)
    with pytest.raises(OhmloomError, match=f"^{re.escape(f'calibration {str(path)!r} {wanted}')}$"):
        Calibration.load(path, chip())


def test_a_file_that_is_none_is_refused(tmp_path):
    path = tmp_path / "cal.json"
    message = f"calibration must be a file, not '{path}': No such file or directory"
    with pytest.raises(OhmloomError, match=f"^{re.escape(message)}$"):
        Calibration.load(path, chip())
    path.write_text("{")
    with pytest.raises(OhmloomError, match="must be JSON: Expecting property name"):
        Calibration.load(path, chip())


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("gains", np.nan, "gains must be finite, not nan"),
        ("gains", 4.0, "gains must be in [0, 4), not 4"),
        ("gains", -0.5, "gains must be in [0, 4), not -0.5"),
        ("bounds", np.inf, "bounds must be finite, not inf"),
    ],
)
def test_numbers_out_of_range_are_refused(calibration, name, value, message):
    rows = [list(row) for row in getattr(calibration, name)]
    rows[1][0] = value
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        replace(calibration, **{name: tuple(map(tuple, rows))})
