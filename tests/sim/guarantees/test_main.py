"""From files of results to the page, with all that can be missing."""

import json

import pytest
from typer import Typer
from typer.testing import CliRunner

from ohmloom_sim.guarantees import __main__ as command
from ohmloom_sim.guarantees.statements import Clause, Guarantee

TESTS = """
import pytest

@pytest.mark.guarantee("G1", "some")
def test_one(): ...

@pytest.mark.guarantee("G1", "some")
@pytest.mark.guarantee("G1", "other")
def test_two(): ...
"""
GUARANTEES = (
    Guarantee(
        id="G1",
        title="Sums are right",
        statement="All sums are what they are.",
        clause=(
            Clause(name="some", text="Some are."),
            Clause(name="other", text="Others are, too."),
        ),
    ),
    Guarantee(
        id="G2",
        title="Sums are fast",
        statement="All sums take no time.",
        clause=(Clause(name="all", text="All are.", gap="No clock is so fine."),),
    ),
)
APP = Typer()
APP.command()(command.guarantees)


def case(test, shows, child="", figure=None, name=None):
    origin = json.dumps({"commit": "c0ffee", "python": "3.12.1"})
    rows = [("place", f"tests/test_x.py::{test}"), ("origin", origin)]
    rows += [("guarantee", key) for key in shows]
    rows += [("figure", json.dumps(figure))] if figure else []
    text = "".join(
        f"<property name='{key}' value='{value.replace(chr(39), '')}'/>" for key, value in rows
    )
    return (
        f"<testcase classname='tests.test_x' name='{name or test}'>"
        f"<properties>{text}</properties>{child}</testcase>"
    )


ONE = case("test_one", ["G1/some"], figure={"name": "sums", "value": 12, "merge": "sum"})
TWO = case(
    "test_two", ["G1/some", "G1/other"], figure={"name": "sums", "value": 30, "merge": "sum"}
)


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Return a function that makes the page of results, and returns how that ended and the page."""
    monkeypatch.setattr(command, "load_guarantees", lambda: GUARANTEES)
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_x.py").write_text(TESTS)
    out = tmp_path / "PAGE.md"

    def make(*files):
        paths = []
        for number, cases in enumerate(files):
            paths.append(tmp_path / f"{number}.xml")
            paths[-1].write_text(
                f"<testsuites><testsuite>{''.join(cases)}</testsuite></testsuites>"
            )
        options = ["--tests", str(tmp_path / "tests"), "--out", str(out)]
        result = CliRunner().invoke(APP, [*map(str, paths), *options])
        return result, out.read_text() if out.is_file() else None

    return make


def test_what_tests_show_is_shown_with_their_figures(run):
    result, page = run([ONE, TWO])
    assert result.exit_code == 0, result.output
    assert "| [G1](#g1) | Sums are right | shown | 2 | 0 | 0 |\n" in page
    assert "Run of commit c0ffee: python 3.12.1.\n" in page
    assert (
        "**Sums are right: shown.** All sums are what they are.\n\n"
        "- **some**: Some are.\n"
        "  - [tests/test_x.py](tests/test_x.py) `test_one`: 1 passed\n"
        "  - [tests/test_x.py](tests/test_x.py) `test_two`: 1 passed\n"
        "  - Figures: sums 42.\n"
        "- **other**: Others are, too.\n"
        "  - [tests/test_x.py](tests/test_x.py) `test_two`: 1 passed\n"
        "  - Figures: sums 30.\n"
    ) in page


def test_what_is_known_to_have_no_test_says_so_and_why(run):
    result, page = run([ONE, TWO])
    assert result.exit_code == 0
    assert "| [G2](#g2) | Sums are fast | NOT SHOWN | 0 | 0 | 0 |\n" in page
    assert "- **all**: All are. **Not shown.** No clock is so fine.\n" in page


def test_the_same_results_give_the_same_bytes_also_in_pieces(run):
    _, whole = run([ONE, TWO])
    _, pieces = run([TWO], [ONE])
    assert pieces == whole


@pytest.mark.parametrize(
    ("ending", "counts", "row"),
    [
        ("<failure message='no'/>", "1 passed, 1 failed", "NOT SHOWN | 2 | 1 | 0"),
        ("<error message='no'/>", "1 passed, 1 failed", "NOT SHOWN | 2 | 1 | 0"),
        ("<skipped message='no'/>", "1 passed, 1 skipped", "NOT SHOWN | 2 | 0 | 1"),
    ],
)
def test_one_case_that_fails_or_is_skipped_and_its_clauses_are_not_shown(run, ending, counts, row):
    figure = {"name": "sums", "value": 5, "merge": "sum"}
    bad = case("test_two", ["G1/some", "G1/other"], ending, figure, name="test_two[2]")
    result, page = run([ONE, TWO, bad])
    assert result.exit_code == 1
    assert "not shown: G1/some: Some are.\nnot shown: G1/other: Others" in result.output
    assert f"| [G1](#g1) | Sums are right | {row} |\n" in page
    assert "- **other**: Others are, too. **NOT SHOWN.**\n" in page
    assert f"`test_two`: {counts}\n" in page
    # Figures are those of what passed.
    assert "Figures: sums 30." in page


def test_a_test_that_did_not_run_is_missed(run):
    result, page = run([TWO])
    assert result.exit_code == 1
    assert "not shown: G1/some: Some are.\n" in result.output
    assert "G1/other" not in result.output
    assert "- **some**: Some are. **NOT SHOWN.**\n" in page
    assert "`test_one`: not run\n" in page


def test_no_tests_at_all_are_refused_and_the_page_stays(run):
    run([ONE, TWO])
    result, page = run([])
    assert result.exit_code == 1
    assert "ohmloom: results must hold at least one test, not none" in result.output
    assert "Sums are right: shown" in page


@pytest.mark.parametrize(
    ("shows", "message"),
    [
        ("G1/none", "tests must show one of the clauses that are there, not 'G1/none'"),
        ("G2/all", "clause G2/all must have no tests, or no reason for having none"),
    ],
)
def test_marks_that_fit_no_clause_are_refused(run, shows, message):
    result, page = run([ONE, TWO, case("test_three", [shows])])
    assert result.exit_code == 1
    assert result.output == f"ohmloom: {message}\n"
    assert page is None
