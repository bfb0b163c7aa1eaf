import json
import re
from xml.sax.saxutils import quoteattr

import pytest

from ohmloom_analog.errors import OhmloomError
from ohmloom_sim.guarantees.results import read_results

ORIGIN = json.dumps({"commit": "c0ffee"})
FIGURE = json.dumps({"name": "words", "value": 4096, "merge": "sum"})


def case(name, child="", **properties):
    given = {"guarantee": "G5/all", "place": "tests/test_x.py::test_x", "origin": ORIGIN}
    rows = "".join(
        f"<property name={quoteattr(key)} value={quoteattr(value)}/>"
        for key, value in (given | properties).items()
    )
    properties_of = f"<properties>{rows}</properties>"
    return f'<testcase classname="tests.test_x" name="{name}">{properties_of}{child}</testcase>'


def written(path, *cases):
    suite = f"<testsuite>{''.join(cases)}</testsuite>"
    path.write_text(f"<testsuites>{suite}</testsuites>")
    return path


def test_outcome_and_properties_are_read(tmp_path):
    path = written(
        tmp_path / "a.xml",
        case("test_x[1]", figure=FIGURE),
        case("test_x[2]", "<failure message='no'>assert</failure>"),
        case("test_x[3]", "<error message='torn down'/>"),
        case("test_x[4]", "<skipped message='no ngspice'/>"),
        '<testcase classname="tests.test_y" name="test_y"/>',
    )
    found = read_results([path])
    assert [one.outcome for one in found] == ["passed", "failed", "failed", "skipped"]
    assert {one.place for one in found} == {"tests/test_x.py::test_x"}
    assert {one.shows for one in found} == {("G5/all",)}
    assert {one.origin for one in found} == {(("commit", "c0ffee"),)}
    (figure,) = found[0].figures
    assert (figure.name, figure.value, figure.merge) == ("words", 4096, "sum")
    assert found[1].figures == ()


def test_a_case_of_several_files_counts_as_the_last_has_it(tmp_path):
    first = written(tmp_path / "a.xml", case("test_x", "<failure/>"), case("test_z"))
    second = written(tmp_path / "b.xml", case("test_x"))
    assert [one.outcome for one in read_results([first, second])] == ["passed", "passed"]
    assert [one.outcome for one in read_results([second, first])] == ["failed", "passed"]


def test_a_file_without_tests_is_refused(tmp_path):
    path = written(tmp_path / "a.xml")
    message = f"^results must hold at least one test, not none as '{re.escape(str(path))}'$"
    with pytest.raises(OhmloomError, match=message):
        read_results([path])


def test_results_without_a_test_of_a_guarantee_are_refused(tmp_path):
    path = written(tmp_path / "a.xml", '<testcase classname="tests.test_y" name="test_y"/>')
    with pytest.raises(
        OhmloomError, match="^results must hold at least one test of a guarantee, not none$"
    ):
        read_results([path])
    with pytest.raises(OhmloomError, match="^results must hold at least one test of a guarantee"):
        read_results([])


@pytest.mark.parametrize("text", [None, "", "<testsuites>"])
def test_what_is_no_xml_is_refused(tmp_path, text):
    path = tmp_path / "a.xml"
    if text is not None:
        path.write_text(text)
    message = f"^results must be a JUnit XML file, not '{re.escape(str(path))}': .+$"
    with pytest.raises(OhmloomError, match=message):
        read_results([path])


@pytest.mark.parametrize(
    "properties", [{"figure": "{}"}, {"figure": "4096"}, {"origin": "none"}, {"origin": "[1]"}]
)
def test_a_case_with_half_a_property_is_refused(tmp_path, properties):
    path = written(tmp_path / "a.xml", case("test_x", **properties))
    message = rf"^test test_x of '{re.escape(str(path))}' must have whole properties: .+$"
    with pytest.raises(OhmloomError, match=message):
        read_results([path])
