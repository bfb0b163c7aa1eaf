import json

import numpy as np
import pytest
from typer.testing import CliRunner

from ohmloom_analog.errors import SpecError
from ohmloom_analog.spec import load_spec
from ohmloom_sim.cli import app
from ohmloom_sim.energy.adc_picture import draw_adc_sweep
from ohmloom_sim.energy.adc_sweep import AdcPoint, AdcSweep, sweep_adc_bits, with_adc_bits
from ohmloom_sim.intervals import wilson_interval
from ohmloom_sim.tasks import digits_task

BITS = (2, 4, 6, 8, 10)


@pytest.fixture(scope="module")
def task():
    return digits_task(0)


@pytest.fixture(scope="module")
def sweep(task):
    return sweep_adc_bits(load_spec("default"), task, bits=BITS, images=150, chips=1, seed=0)


def test_accuracy_is_monotone_to_within_its_interval(sweep):
    assert [point.bits for point in sweep.points] == list(BITS)
    found = [point.interval for point in sweep.points]
    for few in range(len(found)):
        for many in found[few + 1 :]:
            assert many.high >= found[few].low
    assert sweep.monotone
    # Two bits tell no digits apart; ten lose nothing to steps.
    assert found[0].high < 0.3
    assert found[-1].low > 0.9


def point(bits, share):
    interval = wilson_interval(share, 100)
    return AdcPoint(bits=bits, accuracy=(share,), integer=1.0, interval=interval, energy=1.0)


@pytest.mark.parametrize(
    ("shares", "monotone"),
    [((0.5, 0.8, 0.79), True), ((0.5, 0.8, 0.5), False), ((0.9, 0.1, 0.9), False)],
)
def test_a_fall_beyond_the_intervals_is_seen(shares, monotone):
    points = tuple(point(bits, share) for bits, share in enumerate(shares, start=4))
    found = AdcSweep(chip="c", task="t", images=100, seed=0, engine="ideal", points=points)
    assert found.monotone is monotone


def test_noise_and_offset_stay_the_same_currents():
    spec = load_spec("default")
    for bits in (6, 8, 12):
        one = with_adc_bits(spec, bits)
        assert one.adc.bits == bits
        lsb = [s.full_scale_current() / s.code_maximum for s in (spec, one)]
        for name in ("noise", "offset"):
            before, after = (getattr(s.adc, name) for s in (spec, one))
            assert after * lsb[1] == pytest.approx(before * lsb[0])
    assert with_adc_bits(spec, spec.adc.bits).adc == spec.adc


def test_a_chip_that_cannot_be_is_refused():
    with pytest.raises(SpecError, match=r"adc\.bits must be .* 16"):
        with_adc_bits(load_spec("default"), 20)


@pytest.mark.parametrize(
    ("bits", "chips", "message"),
    [
        ((), 1, r"^bits must be at least one number, each once, not \[\]$"),
        ((4, 4), 1, r"^bits must be at least one number, each once, not \[4, 4\]$"),
        ((4,), 0, r"^chips must be at least 1, not 0$"),
    ],
)
def test_what_is_no_sweep_is_refused(task, bits, chips, message):
    spec = load_spec("default")
    with pytest.raises(ValueError, match=message):
        sweep_adc_bits(spec, task, bits=bits, images=1, chips=chips, seed=0)


def test_progress_counts_chips_and_a_seed_gives_the_same_again(task):
    told = []
    runs = [
        sweep_adc_bits(
            load_spec("default"),
            task,
            bits=(5, 4),
            images=5,
            chips=2,
            seed=3,
            engine="ideal",
            on_progress=told.append,
        )
        for _ in range(2)
    ]
    assert told == [1, 2, 3, 4] * 2
    assert runs[0] == runs[1]
    assert [len(p.accuracy) for p in runs[0].points] == [2, 2]


def test_picture_is_the_same_each_time_and_has_units(sweep, tmp_path):
    for name in ("a.svg", "b.svg"):
        draw_adc_sweep(sweep, tmp_path / name)
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()
    text = (tmp_path / "a.svg").read_text()
    for label in ("bits of the ADCs [bit]", "accuracy [%]", "energy of a conversion [pJ]"):
        assert label in text


def test_command_writes_picture_and_figures(tmp_path):
    plot, figures = tmp_path / "p.svg", tmp_path / "f.json"
    arguments = ["--bits", "8", "--images", "10", "--chips", "1", "--engine", "ideal"]
    files = ["--plot", str(plot), "--json", str(figures)]
    result = CliRunner().invoke(app, ["adc-bits", *arguments, *files])
    assert result.exit_code == 0, result.output
    assert "accuracy never falls with more bits" in result.output
    (found,) = json.loads(figures.read_text())["points"]
    assert found["energy"] == pytest.approx(256 * 23e-15)
    assert np.mean(found["accuracy"]) == found["interval"]["mean"]
    assert plot.is_file()
