import pytest

from ohmloom_analog.errors import EngineError, ToolError
from ohmloom_sim.campaigns import compute
from ohmloom_sim.campaigns.compute import compute_chunk
from ohmloom_sim.campaigns.measures import measure_points


def failing(error):
    def measure(points):
        if any(point.index == 1 for point in points):
            raise error
        return measure_points(points)

    return measure


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (ValueError("age must be less"), "age must be less"),
        (EngineError("no number"), "no number"),
        (ZeroDivisionError(), "ZeroDivisionError"),
    ],
)
def test_faulty_point_fails_alone(planned, monkeypatch, error, message):
    chunk = planned().points[:3]
    sound = compute_chunk(chunk)
    monkeypatch.setattr(compute, "measure_points", failing(error))

    first, second, third = compute_chunk(chunk)

    assert (first, third) == (sound[0], sound[2])
    assert (second.index, dict(second.values), second.error) == (1, {}, message)


@pytest.mark.parametrize("error", [ToolError("no ngspice"), MemoryError(), TypeError("a bug")])
def test_fault_of_the_machine_is_none_of_the_points(planned, monkeypatch, error):
    monkeypatch.setattr(compute, "measure_points", failing(error))
    with pytest.raises(type(error)):
        compute_chunk(planned().points[:3])


def test_measure_that_isnt_finite_fails_its_point(planned, monkeypatch):
    def measure(points):
        return [{"mvm_error": 1.0, "clipped": 0.0 if p.index else float("nan")} for p in points]

    monkeypatch.setattr(compute, "measure_points", measure)

    found = compute_chunk(planned().points[:2])

    assert [one.error for one in found] == ["clipped must be finite, not nan", None]


def test_point_is_its_seed_wherever_it_is_computed(planned):
    points = planned().points[:4]
    together = compute_chunk(points)

    assert [one.values for one in reversed(together)] == [
        compute_chunk([point])[0].values for point in reversed(points)
    ]
    assert len({one.values["mvm_error"] for one in together}) == 4
