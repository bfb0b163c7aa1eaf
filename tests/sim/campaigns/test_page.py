import json
import re

import pytest
from campaign_points import a_point

from ohmloom_sim.campaigns.page import write_page
from ohmloom_sim.campaigns.rtl_check import CheckedPoint, RtlCheck

MEASURES = ("accuracy", "energy")
CHECK = RtlCheck(
    simulator="icarus",
    seed=11,
    points=(
        CheckedPoint(index=1, seed=1, settings={"adc_bits": 6}, samples=2, codes=1640, results=20),
    ),
)


def results():
    return [
        (
            a_point(
                index, measures=MEASURES, settings={"adc_bits": bits}, seed=index % 2, images=50
            ),
            {"accuracy": 0.01 * index + 0.8, "energy": bits * 1e-9 + index * 4e-12},
        )
        for index, bits in enumerate((6, 6, 8, 8))
    ]


def write(folder, **options):
    return write_page(
        folder, title="Bits & <energy>", description='name = "bits"', results=results(), **options
    )


@pytest.fixture
def page(tmp_path):
    failed = [(a_point(4, settings={"adc_bits": 10}, seed=9), "cells must be <ohmic>")]
    origin = [("ohmloom", "9.9"), ("seeds", "0 to 1")]
    path = write(tmp_path / "new", failed=failed, origin=origin, check=CHECK, total=7)
    return path.read_text(encoding="utf-8")


def plain(html):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", html))


def test_page_needs_nothing_else(page):
    sources = re.findall(r'(?:src|href)="([^"]*)"', page)
    assert len(sources) == len(MEASURES)
    assert all(source.startswith("data:image/png;base64,") for source in sources)
    assert "http" not in re.sub(r'"data:[^"]*"', "", page)
    assert "url(" not in page
    assert "@import" not in page


def test_page_tells_figures_failures_check_and_origin(page):
    text = plain(page)
    assert "Bits &amp; &lt;energy&gt;" in text
    # Mean of two seeds, and Wilson's interval of 40.25 of 50.
    assert "6 2 80.5 %" in text
    assert "6.002 nJ" in text
    assert "5 of 7 have ended" in text
    assert "4 adc_bits = 10 9 cells must be &lt;ohmic&gt;" in text
    assert "1,640 ADC codes equal to the Verilog's points drawn: 1" in text.replace("&#39;", "'")
    assert "by seed 11, were run through the emitted Verilog on icarus" in text
    assert "1 adc_bits = 6 1 2 1,640 20" in text
    assert "name = &#34;bits&#34;" in text
    assert "ohmloom 9.9" in text


def test_figures_are_beside_the_page(tmp_path):
    write(tmp_path, check=CHECK)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "accuracy.svg",
        "energy.svg",
        "index.html",
        "summary.csv",
        "summary.json",
    ]
    summary = json.loads((tmp_path / "summary.json").read_text())
    assert summary["check"] == CHECK.to_json()
    assert [row["n"] for row in summary["rows"]] == [2, 2, 2, 2]


def test_same_campaign_gives_the_same_page(tmp_path):
    first, second = (write(tmp_path / name).read_bytes() for name in ("a", "b"))
    assert first == second
    assert b"No point was run through the emitted Verilog" in first


def test_campaign_without_a_result_has_no_page(tmp_path):
    with pytest.raises(ValueError, match=r"^points of a summary must be at least 1, not 0$"):
        write_page(tmp_path, title="none", description="", results=[])
    assert not list(tmp_path.iterdir())
