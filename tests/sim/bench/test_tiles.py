from ohmloom_sim.bench.tiles import TileCost, apart


def _cost(difference):
    return TileCost(
        rows=64,
        lines=128,
        vectors=8,
        samples=10,
        seconds=0.01,
        superlu=0.1,
        difference=difference,
    )


def test_solvers_that_disagree_are_named():
    (line,) = apart([_cost(1e-12), _cost(2e-9)])
    assert line == "superlu differs by 2.0e-09 of the largest output at a tile of 64 x 128"


def test_difference_that_is_no_number_is_none_that_agrees():
    assert len(apart([_cost(float("nan"))])) == 1
