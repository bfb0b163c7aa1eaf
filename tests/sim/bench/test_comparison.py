import numpy as np
import pytest

from ohmloom_sim.bench.comparison import (
    Measurement,
    Round,
    as_data,
    difference,
    disagreements,
    fastest_peer,
    ratios,
    table,
)


def _figures(best, **more):
    return {"best_call_s": best, "later_s": best / 10, "peak_rss_bytes": 1e8 * best, **more}


def _round(*peers):
    ours = Measurement(
        solver="ohmloom",
        figures=_figures(2.0, product_s=0.1, update_s=0.5),
        difference=0.0,
    )
    return Round(case="hard", size=8, vectors=3, measurements=[ours, *peers])


FAST = Measurement(solver="a", figures=_figures(6.0), difference=1e-10)
SLOW = Measurement(solver="b", figures=_figures(20.0), difference=1e-15)
WRONG = Measurement(solver="c", figures=_figures(0.1), difference=1e-8)
FAILED = Measurement(solver="d", figures={}, failure="no such thing")


def test_ratios_are_those_to_the_fastest_peer_that_agrees():
    found = _round(SLOW, WRONG, FAST, FAILED)
    assert fastest_peer(found) is FAST
    assert ratios(found) == pytest.approx(
        {"first": 3.0, "later": 3.0, "memory": 3.0, "product": 2.0, "update": 0.25}
    )


def test_without_peers_only_our_own_ratios_are_left():
    assert ratios(_round(FAILED)) == pytest.approx({"product": 2.0, "update": 0.25})


def test_failure_of_ours_gives_no_ratios_and_is_told():
    ours = Measurement(solver="ohmloom", figures={}, failure="broken")
    found = Round(case="bad", size=4, vectors=1, measurements=[ours, FAST])
    assert ratios(found) == {}
    assert disagreements([found]) == ["ohmloom failed at bad 4, 1 vectors: broken"]


def test_wrong_answer_is_told_and_a_missing_peer_is_not():
    assert disagreements([_round(FAST, FAILED, WRONG)]) == [
        "c differs by 1.0e-08 of the largest output at hard 8, 3 vectors"
    ]


def test_answer_that_is_no_number_disagrees():
    apart = difference(np.array([1.0, np.nan]), np.array([1.0, 2.0]))
    assert not Measurement(solver="a", figures=_figures(1.0), difference=apart).agrees


def test_difference_is_a_part_of_the_largest_output():
    assert difference(np.array([1.0, -4.4]), np.array([1.1, -4.0])) == pytest.approx(0.1)
    assert difference(np.zeros(2), np.zeros(2)) == 0


def test_data_and_table_hold_every_solver():
    found = _round(FAST, FAILED)
    data = as_data(found)
    assert list(data["solvers"]) == ["ohmloom", "a", "d"]
    assert data["solvers"]["d"]["failure"] == "no such thing"
    shown = table([found])
    assert [column.header for column in shown.columns][:6] == [
        "case",
        "size",
        "vectors",
        "ohmloom",
        "a",
        "d",
    ]
    assert shown.row_count == 1
