"""What tests note as they run is in the results, whichever process ran them."""

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from ohmloom_sim.guarantees.results import read_results

ROOT = Path(__file__).parents[3]
TESTS = """
import pytest

@pytest.mark.guarantee("G1", "some")
@pytest.mark.parametrize("words", [3, 4])
def test_some(words, figure):
    figure("words", words)
    figure("kind", "plain", merge="each")

@pytest.mark.guarantee("G1", "other")
@pytest.mark.guarantee("G2", "all")
def test_other(figure):
    figure("worst error", 0.25, merge="most")
    assert False

@pytest.mark.guarantee("G2", "all")
@pytest.mark.skip(reason="it lacks something")
def test_third(): ...

def test_plain(): ...
"""


def run(folder, text, *options):
    data = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["pytest"]["ini_options"]
    settings = f"[pytest]\njunit_family = {data['junit_family']}\naddopts = --strict-markers\n"
    (folder / "pytest.ini").write_text(f"{settings}markers =\n    {data['markers'][0]}\n")
    (folder / "tests").mkdir()
    shutil.copy(ROOT / "tests" / "conftest.py", folder / "tests")
    (folder / "tests" / "test_x.py").write_text(text)
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-W", "error", *options]
    return subprocess.run(
        [*command, "--junitxml", "found.xml"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.mark.parametrize("workers", ["0", "2"])
def test_marks_and_figures_are_in_the_results(tmp_path, workers):
    done = run(tmp_path, TESTS, "-n", workers)
    assert "1 failed, 3 passed, 1 skipped" in done.stdout
    found = {}
    for case in read_results([tmp_path / "found.xml"]):
        figures = [(one.name, one.value, one.merge) for one in case.figures]
        found.setdefault((case.place, case.outcome), []).append((set(case.shows), figures))
        assert dict(case.origin)["commit"]
        assert dict(case.origin)["amaranth"]
    kind = ("kind", "plain", "each")
    some = found.pop(("tests/test_x.py::test_some", "passed"))
    assert sorted(some, key=str) == [
        ({"G1/some"}, [("words", 3, "sum"), kind]),
        ({"G1/some"}, [("words", 4, "sum"), kind]),
    ]
    assert found == {
        ("tests/test_x.py::test_other", "failed"): [
            ({"G1/other", "G2/all"}, [("worst error", 0.25, "most")])
        ],
        ("tests/test_x.py::test_third", "skipped"): [({"G2/all"}, [])],
    }


def test_a_mark_without_its_clause_is_refused(tmp_path):
    done = run(tmp_path, TESTS.replace('("G1", "other")', '("G1")'), "-n", "0")
    assert done.returncode == 4
    message = "guarantee must be marked as ('G1', 'clause') at tests/test_x.py::test_other"
    assert message in done.stderr
