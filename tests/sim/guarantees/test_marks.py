from ohmloom_sim.guarantees.marks import marked_tests

DECORATED = """
import pytest

@pytest.mark.parametrize("a", [1])
@pytest.mark.guarantee("G1", "some")
@pytest.mark.guarantee("G2", "other")
def test_one(a): ...

@pytest.mark.guarantee("G1", "some")
def helper(): ...

def test_plain(): ...
"""

WHOLE = """
import pytest

pytestmark = {}

def test_one(): ...

@pytest.mark.guarantee("G2", "other")
def test_two(): ...
"""
MARK = 'pytest.mark.guarantee("G1", "some")'


def test_marks_of_functions_are_found(tmp_path):
    file = tmp_path / "tests" / "hw" / "test_x.py"
    file.parent.mkdir(parents=True)
    file.write_text(DECORATED)
    (tmp_path / "tests" / "conftest.py").write_text(DECORATED)
    place = {"tests/hw/test_x.py::test_one"}
    assert marked_tests(tmp_path / "tests") == {"G1/some": place, "G2/other": place}


def test_marks_of_modules_hold_for_all_their_tests(tmp_path):
    (tmp_path / "test_x.py").write_text(WHOLE.format(MARK))
    (tmp_path / "test_y.py").write_text(WHOLE.format(f"[pytest.mark.slow, {MARK}]"))
    places = [[f"{tmp_path.name}/{f}.py::{t}" for t in ("test_one", "test_two")] for f in
              ("test_x", "test_y")]  # fmt: skip
    assert marked_tests(tmp_path) == {
        "G1/some": {*places[0], *places[1]},
        "G2/other": {places[0][1], places[1][1]},
    }
