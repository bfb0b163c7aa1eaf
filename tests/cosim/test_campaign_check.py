import pytest
from campaign_points import a_point, small_chip

from ohmloom_sim.campaigns.point_figures import FIGURES
from ohmloom_sim.campaigns.point_jobs import co_simulated, prepare_job
from ohmloom_sim.campaigns.point_runs import run_point
from ohmloom_sim.campaigns.rtl_check import check_points, first_difference
from ohmloom_sim.energy.model import energy_report
from ohmloom_sim.simulate import simulate


@pytest.mark.parametrize(
    ("changes", "task"),
    [
        ({"adc": {"columns_per_adc": 2}, "input": {"signed": True}, "activation": "none"}, {}),
        ({"ecc": {"average": 2, "vote": 3}}, {"age": 3600.0, "temperature": 320.0}),
    ],
)
def test_points_of_a_campaign_are_those_of_the_verilog(tmp_path, changes, task):
    points = [a_point(k, spec=small_chip(**changes), seed=k, vectors=3, **task) for k in range(3)]
    found = check_points(points, count=1, seed=0, samples=2, folder=tmp_path, sim="icarus")
    assert len(found.points) == 1
    assert found.points[0].codes > 0


def test_energy_and_latency_are_those_of_the_report(tmp_path):
    point = a_point(0, seed=2, vectors=2)
    job = prepare_job(point.spec(), point.task)
    fast = run_point(job, point)
    answer = simulate(co_simulated(job, point), sim="icarus", folder=tmp_path)
    assert first_difference(fast, answer) is None
    report = energy_report(fast.arrays.chip, job.mapping, answer)
    assert FIGURES["energy"](fast) == pytest.approx(report.inference_energy, rel=1e-5)
    assert FIGURES["latency"](fast) == pytest.approx(report.inference_latency, rel=1e-5)


def test_another_seed_differs_from_the_verilog(tmp_path):
    spec = small_chip(cell={"spread": 0.1})
    one, other = (a_point(0, spec=spec, seed=seed, vectors=1) for seed in (1, 2))
    job = prepare_job(spec, one.task)
    answer = simulate(co_simulated(job, one), sim="icarus", folder=tmp_path)
    assert first_difference(run_point(job, one), answer) is None
    assert first_difference(run_point(job, other), answer).startswith("ADC code at pass 0, line ")
