import pytest

from ohmloom_analog.errors import OhmloomError
from ohmloom_sim.guarantees.figures import merged_figures
from ohmloom_sim.guarantees.results import Figure


@pytest.mark.parametrize(
    ("merge", "values", "text"),
    [
        ("sum", [4096, 5], "4,101"),
        ("range", [40, 22, 32], "22 to 40"),
        ("range", [3, 3], "3"),
        ("least", [0.95317, 0.925], "0.925"),
        ("most", [1, 14, 7], "14"),
        ("each", ["verilator", "icarus", "verilator"], "icarus, verilator"),
    ],
)
def test_figures_of_one_name_become_one(merge, values, text):
    figures = [Figure(name="what", value=value, merge=merge) for value in values]
    other = Figure(name="a name before", value=1, merge="sum")
    assert merged_figures([*figures, other]) == (("a name before", "1"), ("what", text))


@pytest.mark.parametrize(
    ("merges", "ways"), [(["sum", "most"], "most, sum"), (["mean", "mean"], "mean")]
)
def test_figures_that_have_no_one_way_to_be_merged_are_refused(merges, ways):
    figures = [Figure(name="what", value=1, merge=merge) for merge in merges]
    message = f"^figure 'what' must be merged as one of sum, range, least, most, each, not {ways}$"
    with pytest.raises(OhmloomError, match=message):
        merged_figures(figures)


def test_text_has_no_sum():
    with pytest.raises(OhmloomError, match="^figure 'what' must be a number, not 'many'$"):
        merged_figures([Figure(name="what", value="many", merge="sum")])
