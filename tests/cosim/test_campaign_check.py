import pytest
from campaign_points import a_point, small_chip

from ohmloom_sim.campaigns.point_figures import FIGURES
from ohmloom_sim.campaigns.point_jobs import co_simulated, prepare_job
from ohmloom_sim.campaigns.point_runs import run_point
from ohmloom_sim.campaigns.rtl_check import check_points, first_difference
from ohmloom_sim.energy.model import energy_report
from ohmloom_sim.simulate import simulate

SIGNED = {"adc": {"columns_per_adc": 2}, "input": {"signed": True}, "activation": "none"}
AVERAGED = {"ecc": {"average": 2, "vote": 3}}


@pytest.fixture(scope="module")
def simulated(tmp_path_factory):
    """Return a point, what it does, and what the emitted Verilog gives."""
    point = a_point(0, spec=small_chip(cell={"spread": 0.1}, **SIGNED), seed=2, vectors=2)
    job = prepare_job(point.spec(), point.task)
    folder = tmp_path_factory.mktemp("point")
    return point, job, simulate(co_simulated(job, point), sim="icarus", folder=folder)


def test_drawn_point_is_that_of_the_verilog(tmp_path):
    spec, task = small_chip(**AVERAGED), {"age": 3600.0, "temperature": 320.0, "vectors": 3}
    points = [a_point(k, spec=spec, seed=k, **task) for k in range(3)]
    found = check_points(points, count=1, seed=0, samples=2, folder=tmp_path, sim="icarus")
    assert [point.samples for point in found.points] == [2]
    # Two samples, two slices and six lines.
    assert found.points[0].codes == 24


def test_another_seed_differs_from_the_verilog(simulated):
    point, job, answer = simulated
    assert first_difference(run_point(job, point), answer) is None
    other = run_point(job, a_point(0, spec=job.spec, seed=3, vectors=2))
    assert first_difference(other, answer).startswith("ADC code at pass 0, line ")


def test_energy_and_latency_are_those_of_the_report(simulated):
    point, job, answer = simulated
    fast = run_point(job, point)
    report = energy_report(fast.arrays.chip, job.mapping, answer)
    assert FIGURES["energy"](fast) == pytest.approx(report.inference_energy, rel=1e-5)
    assert FIGURES["latency"](fast) == pytest.approx(report.inference_latency, rel=1e-5)
