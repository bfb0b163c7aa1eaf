import xml.etree.ElementTree as ET

from ohmloom_sim.junit import Check, write_junit

ONE = """<testsuites name="cocotb tests"><testsuite name="a"><testcase classname="m" name="good"
time="1.5" /><testcase classname="m" name="bad"><failure message="code [3] is wrong"
/></testcase></testsuite></testsuites>"""
TWO = """<testsuites><testsuite name="b"><testcase classname="n" name="skipped"><skipped />
</testcase><testcase classname="n" name="fine" /></testsuite></testsuites>"""


def test_all_benches_and_checks_are_in_one_file(tmp_path):
    for name, text in (("one.xml", ONE), ("two.xml", TWO), ("none.xml", "<testsuites />")):
        (tmp_path / name).write_text(text)
    paths = [tmp_path / name for name in ("one.xml", "two.xml", "none.xml")]
    checks = [Check(name="passes", failure=None), Check(name="fails", failure="below <95> %")]
    write_junit(
        tmp_path / "all.xml",
        [("chip a", paths), ("chip b", paths[1:])],
        [("coverage", checks)],
    )
    root = ET.parse(tmp_path / "all.xml").getroot()
    assert root.tag == "testsuites"
    assert root.attrib == {"tests": "8", "failures": "2", "errors": "0", "skipped": "2"}
    assert [(suite.get("name"), suite.get("tests")) for suite in root] == [
        ("chip a", "4"),
        ("chip b", "2"),
        ("coverage", "2"),
    ]
    assert [case.get("name") for case in root[0]] == ["good", "bad", "skipped", "fine"]
    assert root[0][1][0].get("message") == "code [3] is wrong"
    failed = root[2][1]
    assert (failed.get("name"), failed[0].get("message")) == ("fails", "below <95> %")
    assert root[2].get("failures") == "1"
