import base64
import io
import json
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ohmloom_analog.spec import ChipSpec
from ohmloom_sim.coverage.counts import CoverCounts
from ohmloom_sim.coverage.plan import cover_plan
from ohmloom_sim.coverage.result import group_coverage
from ohmloom_sim.regression import RegressionResult
from ohmloom_sim.report.coverage import (
    codes_figure,
    coverage_figure,
    coverage_json,
    write_coverage_report,
)


class Page(HTMLParser):
    def __init__(self):
        super().__init__()
        self.images, self.links, self.rows, self.cells = [], [], [], []
        self.tags, self._cell = set(), False

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.tags.add(tag)
        if tag == "img":
            assert given["alt"]
            self.images.append(given["src"])
        self.links += [given[name] for name in ("href", "src", "action") if name in given]
        if tag == "tr":
            self.rows.append([])
        self._cell = tag in ("td", "th", "code")
        if tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_data(self, data):
        if self._cell and self.rows and self.rows[-1]:
            self.rows[-1][-1] += " ".join(data.split())


def made(name, encoding="diff_pair", *, seed=0, share=0.7, failed=None):
    spec = ChipSpec.parse(
        {
            "name": name,
            "tile": [{"count": 2, "rows": 4, "columns": 3, "cell": {"levels": 4}}],
            "encoding": encoding,
            "weight_bits": 4,
            "input": {"bits": 4, "slice_bits": 2},
            "adc": {"bits": 6, "columns_per_adc": 2},
        }
    )
    rng, counts = np.random.default_rng(seed), CoverCounts(cover_plan(spec))
    for point in counts.points:
        for bin_ in point.bins:
            if rng.random() < share:
                counts.hit(point.group, point.name, bin_, int(rng.integers(1, 99)))
    return RegressionResult(
        spec=spec,
        simulator="icarus",
        version="12.0",
        seed=seed,
        passed=("one", "two"),
        failed=failed or {},
        counts=counts,
        results=(Path("results.xml"),),
    )


def read(folder):
    page = Page()
    page.feed((folder / "index.html").read_text())
    return page


def test_page_needs_nothing_but_itself_and_has_pictures(tmp_path):
    write_coverage_report(tmp_path / "r", [made("tiny <chip>")], target=80)
    page = read(tmp_path / "r")
    assert {p.name for p in (tmp_path / "r").iterdir()} == {"index.html", "coverage.json"}
    assert page.links == page.images
    assert page.tags.isdisjoint({"script", "link", "iframe", "object", "embed"})
    text = (tmp_path / "r" / "index.html").read_text()
    assert "http" not in text
    assert "@import" not in text
    assert "url(" not in text
    assert "tiny &lt;chip&gt;" in text
    assert len(page.images) == 2
    for source in page.images:
        head, _, data = source.partition(",")
        assert head == "data:image/png;base64"
        assert Image.open(io.BytesIO(base64.b64decode(data))).width >= 1280


def test_page_has_every_bin_of_small_points_with_its_hits(tmp_path):
    result = made("chip")
    write_coverage_report(tmp_path / "r", [result], target=None)
    rows = [tuple(row) for row in read(tmp_path / "r").rows]
    for point in result.counts.points:
        hits = result.counts.hits(point)
        if point.group in ("registers", "windows"):
            shown = next(row for row in rows if row[0] == point.name and len(row) == 5)
            covered = sum(n > 0 for n in hits.values())
            assert shown[2:4] == (f"{covered} of {len(hits)}", str(sum(hits.values())))
        else:
            assert all((bin_, str(n)) in rows for bin_, n in hits.items())
        for bin_, why in point.absent.items():
            assert any(bin_ in row[1] and row[2] == why for row in rows if len(row) == 3)
    assert any(result.spec.hash in row for row in rows)


def test_failed_tests_are_on_the_page_with_their_messages(tmp_path):
    write_coverage_report(tmp_path / "r", [made("c", failed={"bad": "a < b"})], target=None)
    assert ["bad", "failed: a < b"] in read(tmp_path / "r").rows


def test_same_counts_give_the_same_bytes(tmp_path):
    for name in ("a", "b"):
        write_coverage_report(tmp_path / name, [made("c"), made("d", "offset_column")], target=90)
    for name in ("coverage.json", "index.html"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_json_adds_up_what_chips_were_hit_by():
    one, other = made("c", seed=1), made("d", "offset_column", seed=2)
    plain = json.loads(json.dumps(coverage_json([one, other], target=None)))
    first, second = (chip["hits"] for chip in plain["chips"])
    for group, points in plain["hits"].items():
        for point, bins in points.items():
            for bin_, times in bins.items():
                parts = [
                    hits.get(group, {}).get(point, {}).get(bin_, 0) for hits in (first, second)
                ]
                assert times == sum(parts)
    # Together they have both encodings; each says why it hasn't the other one.
    assert "encoding" not in plain["absent"]["encodings"]
    absent = [chip["absent"]["encodings"]["encoding"] for chip in plain["chips"]]
    assert absent == [{"offset_column": "it has diff_pair"}, {"diff_pair": "it has offset_column"}]
    assert [chip["seed"] for chip in plain["chips"]] == [1, 2]


def test_bars_are_as_long_as_the_shares_and_named():
    groups = group_coverage(made("c").counts)
    (plot,) = coverage_figure(groups, 90).axes
    assert [bar.get_width() for bar in plot.patches] == [group.percent for group in groups]
    assert [label.get_text() for label in plot.get_yticklabels()] == [g.name for g in groups]
    assert plot.get_xlabel() == "bins that were hit [%]"


def test_histograms_have_axes_with_units_and_sum_to_all_samples():
    result = made("c", share=1.0)
    left, right = codes_figure([result]).axes
    assert (left.get_xlabel(), right.get_xlabel()) == (
        "DAC codes [% of the highest]",
        "ADC codes [% of the highest]",
    )
    assert left.get_ylabel() == right.get_ylabel() == "share of samples [%]"
    for plot, bins in ((left, 4), (right, 16)):
        (stairs,) = plot.patches
        heights, edges, _ = stairs.get_data()
        assert len(heights) == bins
        assert heights.sum() == pytest.approx(100)
        assert edges.tolist() == pytest.approx([100 * n / bins for n in range(bins + 1)])
