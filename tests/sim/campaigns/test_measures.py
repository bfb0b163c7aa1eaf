import numpy as np
import pytest
from campaign_points import a_point, small_chip

from ohmloom_analog.chip import AnalogChip
from ohmloom_analog.errors import SpecError
from ohmloom_analog.spec import load_spec
from ohmloom_sim.campaigns.description import TaskSettings
from ohmloom_sim.campaigns.measures import MEASURES, check_measures, measure_points
from ohmloom_sim.campaigns.point_jobs import prepare_job

QUIET = {"noise": 0.0, "bits": 8}
ERRORS = ("mvm_error", "mvm_error_max", "mvm_error_relative", "code_error", "clipped")


def naive_sums(point):
    """Return sums and exact products of a tile of pairs of 4-bit cells, by loops over currents."""
    spec = point.spec()
    job = prepare_job(spec, point.task)
    chip = AnalogChip.build(job.spec, job.mapping.levels, engine="ideal", seed=point.seed)
    cells = chip.cells[0].at_read(spec.dac.v_read)
    weights = job.mapping.network.layers[0].weights
    unit = spec.tile[0].cell.g_step * spec.dac.v_read / 15 * 2.0**spec.adc_shift
    sums, clipped, errors = [], 0, []
    for x in job.inputs:
        total = np.zeros(3)
        for piece in range(2):
            volts = ((x >> (4 * piece)) & 15) / 15 * spec.dac.v_read
            for column in range(3):
                for sign, line in ((1, 2 * column), (-1, 2 * column + 1)):
                    current = sum(
                        volts[row] * (cells[row, line] - cells[row, -1]) for row in range(6)
                    )
                    level = sum(
                        int((x[row] >> (4 * piece)) & 15) * int(job.mapping.levels[0][row, line])
                        for row in range(6)
                    )
                    wanted = np.floor(level / 2.0**spec.adc_shift + spec.adc.offset + 0.5)
                    exact = np.floor(current / unit + spec.adc.offset + 0.5)
                    code = min(max(exact, 0), 255)
                    clipped += code != exact
                    errors.append(code - min(max(wanted, 0), 255))
                    total[column] += sign * code * 2.0 ** (spec.adc_shift + 4 * piece)
        sums.append(total)
    return np.array(sums), job.inputs @ weights.T, clipped, np.array(errors)


def test_errors_of_a_tile_are_those_of_naive_products():
    spec = small_chip(cell={"spread": 0.06}, wires={"r_word": 0.0, "r_bit": 0.0}, adc=QUIET)
    spec = spec.model_copy(
        update={"tile": (spec.tile[0].model_copy(update={"wires": type(spec.tile[0].wires)()}),)}
    )
    points = [
        a_point(k, spec=spec, measures=ERRORS, seed=seed, vectors=9, engine="ideal")
        for k, seed in enumerate((3, 4))
    ]
    for point, found in zip(points, measure_points(points), strict=True):
        sums, exact, clipped, errors = naive_sums(point)
        off = (sums - exact) / 2.0**spec.adc_shift
        assert found["mvm_error"] == pytest.approx(np.sqrt((off**2).mean()))
        assert found["mvm_error_max"] == pytest.approx(np.abs(off).max())
        relative = np.sqrt(((sums - exact) ** 2).mean() / (exact.astype(float) ** 2).mean())
        assert found["mvm_error_relative"] == pytest.approx(relative)
        assert found["code_error"] == pytest.approx(np.sqrt((errors**2).mean()))
        # Three columns of two lines, two slices, nine vectors.
        assert found["clipped"] == pytest.approx(clipped / (9 * 2 * 6))
        assert found["mvm_error"] > 0


def test_points_alone_give_what_they_give_together():
    points = [a_point(k, seed=k % 2, vectors=2 + k // 2) for k in range(4)]
    together = measure_points(points)
    assert together == [measure_points([point])[0] for point in points]
    assert len({found["mvm_error"] for found in together}) == 4


def test_network_on_an_ideal_chip_loses_nothing():
    names = ("accuracy", "accuracy_loss", "clipped", "code_error", "energy", "latency")
    point = a_point(
        0,
        spec=load_spec("default").without("converters").without("wires").without("spread"),
        measures=names,
        kind="digits",
        images=30,
        engine="ideal",
    )
    (found,) = measure_points([point])
    assert found["accuracy"] > 0.9
    assert found["accuracy_loss"] == 0
    assert found["accuracy"] * 30 == pytest.approx(round(found["accuracy"] * 30))
    assert found["energy"] > 0
    # Taken from a co-simulation of the same chip: 1535 cycles at 12 MHz.
    assert found["latency"] == pytest.approx(1535 / 12e6, rel=1e-3)


def test_checks_are_counted_a_sample():
    names = ("flagged", "corrected", "reread", "doubtful")
    stuck = load_spec("protected").model_dump(mode="json", exclude_none=True)
    stuck["tile"][0]["effects"] = {"p_stuck_lrs": 0.002}
    spec = type(load_spec("default")).parse(stuck)
    point = a_point(0, spec=spec, measures=names, kind="digits", images=4, engine="ideal", seed=2)
    (found,) = measure_points([point])
    assert found["flagged"] > 0
    # Each step is read again once at most, and there are five.
    assert 0 < found["reread"] <= 5
    assert found["doubtful"] <= found["reread"]
    assert all((4 * value).is_integer() for value in found.values())


def test_written_cells_have_pulses_and_energy():
    names = ("pulses", "pulses_max", "unwritten", "write_energy")
    point = a_point(0, measures=names, program="write-verify", vectors=1)
    (found,) = measure_points([point])
    # 6 rows of 6 lines and a reference line; only whole pulses.
    assert found["pulses"] * 42 == pytest.approx(round(found["pulses"] * 42))
    assert 0 < found["pulses"] < found["pulses_max"] <= 255
    assert found["unwritten"] * 42 == pytest.approx(round(found["unwritten"] * 42))
    # Pulses of some volts and tens of microamperes for some hundred nanoseconds.
    assert 1e-12 < found["write_energy"] / (found["pulses"] * 42) < 1e-9


@pytest.mark.parametrize(
    ("chip", "task", "name", "message"),
    [
        (
            "default",
            {},
            "speed",
            rf"^measure must be one of {', '.join(MEASURES)}, not 'speed'$",
        ),
        (
            "default",
            {},
            "accuracy",
            (
                r"^measure 'accuracy' must be left out, as it needs samples with classes, not the "
                r"task 'tile'$"
            ),
        ),
        (
            "default",
            {},
            "pulses",
            (
                r"^measure 'pulses' must be left out, as it needs cells that are written by "
                r"write-verify, not program 'ideal'$"
            ),
        ),
        (
            "default",
            {"kind": "digits"},
            "corrected",
            (
                r"^measure 'corrected' must be left out, as it needs ecc\.checksums, which chip "
                r"'default' doesn't have$"
            ),
        ),
        (
            "default",
            {"kind": "digits"},
            "doubtful",
            (
                r"^measure 'doubtful' must be left out, as it needs ecc\.checksums or "
                r"ecc\.residue, which chip 'default' doesn't have$"
            ),
        ),
        (
            "protected",
            {"kind": "digits"},
            "latency",
            (
                r"^measure 'latency' must be left out, as it needs steps that are read once, "
                r"not the checks of chip 'protected'$"
            ),
        ),
    ],
)
def test_measure_that_a_point_cant_give_is_refused(chip, task, name, message):
    with pytest.raises(SpecError, match=message):
        check_measures(load_spec(chip), TaskSettings(**task), ["mvm_error", name])


def test_chip_that_isnt_followed_is_refused():
    message = r"^chip 'spiking' must be without spiking for the functional model, not with it$"
    with pytest.raises(SpecError, match=message):
        check_measures(load_spec("spiking"), TaskSettings(), ["mvm_error"])


def test_measures_of_all_points_are_checked_before_they_run():
    with pytest.raises(SpecError, match=r"^measure 'accuracy' must be left out"):
        measure_points([a_point(0, measures=("accuracy",))])
