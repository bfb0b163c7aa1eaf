import base64
import csv
import io
import json
from html.parser import HTMLParser

import matplotlib
import numpy as np
import pytest
from behavioural_chip import simulate
from PIL import Image

from ohmloom_analog.network import DenseLayer, Network
from ohmloom_analog.spec import ChipSpec, load_spec
from ohmloom_sim.equivalence import replay
from ohmloom_sim.job import Job
from ohmloom_sim.metrics import measure
from ohmloom_sim.report import write_report
from ohmloom_sim.report.results import confusion
from ohmloom_sim.stimulus import Stimulus
from ohmloom_sim.tasks import Task, prepare
from ohmloom_sim.written_cells import program_figures

PICTURES = 7


class Page(HTMLParser):
    def __init__(self):
        super().__init__()
        self.sources, self.texts, self.links = [], [], []

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag == "img":
            self.sources.append(given["src"])
            assert given["alt"]
        self.links += [given[name] for name in ("href", "src") if name in given and tag != "img"]

    def handle_data(self, data):
        self.texts.append(data.strip())


def made(folder, program="ideal", **changes):
    spec = ChipSpec.parse(
        {
            "name": "tiny <chip>",
            "tile": [{"count": 3, "rows": 4, "columns": 3, "wires": {"r_word": 2.0}}],
            "input": {"bits": 4, "slice_bits": 2},
            "adc": {"columns_per_adc": 4},
            **changes,
        }
    )
    rng = np.random.default_rng(0)
    network = Network(
        layers=(
            DenseLayer(weights=rng.normal(size=(3, 6)), bias=np.ones(3), activation="relu"),
            DenseLayer(weights=rng.normal(size=(3, 3)), bias=np.zeros(3)),
        )
    )
    x = rng.uniform(size=(7, 6))
    task = Task(
        name="three & classes", network=network, typical=x, inputs=x, labels=np.arange(7) % 3
    )
    ready = prepare(spec, task, 7)
    job = Job.of(spec, ready.mapping, ready.inputs, engine="nodal", seed=4, program=program)
    answer = simulate(job, sim=None, folder=folder)
    metrics = measure(
        spec,
        ready.mapping,
        answer,
        ready.integer,
        labels=ready.task.labels,
        float_predictions=ready.float_predictions,
        seed=4,
        engine="nodal",
        sim="icarus",
        program=program_figures(spec, answer.written.cells) if answer.written else None,
    )
    return write_report(folder / "report", spec, ready, answer, metrics), answer, metrics, spec


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    return made(tmp_path_factory.mktemp("report"))


def parsed(page):
    parser = Page()
    parser.feed(page.read_text(encoding="utf-8"))
    return parser


def test_page_needs_no_other_file(report):
    page = report[0]
    parser = parsed(page)
    assert parser.links == []
    assert "url(" not in page.read_text()
    assert len(parser.sources) == PICTURES
    assert all(source.startswith("data:image/png;base64,") for source in parser.sources)


def test_a_chip_that_was_written_has_two_pictures_more(tmp_path):
    pulse = {"drive": {"start": 2.4, "stop": 2.4}, "gate": {"start": 0.8, "stop": 1.9, "step": 0.1}}
    lower = {"drive": {"start": 1.4, "stop": 2.6, "step": 0.1}, "gate": {"start": 3, "stop": 3}}
    tile = {
        "count": 3,
        "rows": 4,
        "columns": 3,
        "cell": {"device": "skywater", "access": "1t1r", "r_access": 5e3, "levels": 4},
        "write": {"set": pulse, "reset": lower, "pulses": 6},
    }
    page, answer, metrics, _ = made(tmp_path, "write-verify", tile=[tile], weight_bits=3)
    assert len(parsed(page).sources) == PICTURES + 2
    check_pictures(page)
    text = " ".join(parsed(page).texts)
    assert f"{metrics.program.written:,} of {metrics.program.cells:,}" in text
    assert answer.written.cells.pulses.sum() == metrics.program.pulses > 0
    figures = json.loads((page.parent / "metrics.json").read_text())
    assert figures["program"]["pulses"] == metrics.program.pulses


def test_pictures_are_whole_and_not_blank(report):
    check_pictures(report[0])


def check_pictures(page):
    for source in parsed(page).sources:
        data = base64.b64decode(source.partition(",")[2])
        with Image.open(io.BytesIO(data)) as image:
            colours = image.convert("RGB").getcolors(maxcolors=1 << 24)
            assert image.width > 600
        assert colours is not None
        assert len(colours) > 20


def test_page_tells_the_figures_and_escapes_names(report):
    page, _, metrics, spec = report
    text = " ".join(parsed(page).texts)
    assert "three & classes" in text
    assert "tiny <chip>" in text
    assert spec.hash in text
    assert f"{metrics.conversions:,}" in text
    assert f"{100 * metrics.accuracy.chip:.2f} %" in text
    assert "<chip>" not in page.read_text()


def test_figures_beside_the_page_are_those_of_the_run(report):
    page, _, metrics, spec = report
    assert json.loads((page.parent / "metrics.json").read_text()) == metrics.to_json()
    assert load_spec(page.parent / "chip.toml") == spec


def test_weight_table_has_a_line_for_every_weight(report):
    with (report[0].parent / "weights.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 3 * 6 + 3 * 3


def test_recording_beside_the_page_can_be_replayed(report):
    page, answer, _, spec = report
    stimulus = Stimulus.load(page.parent / "recording.npz")
    assert stimulus.spec == spec
    assert np.array_equal(replay(stimulus, "nodal").codes, answer.recording.codes)


def test_nothing_half_written_is_left(report):
    names = sorted(p.name for p in report[0].parent.iterdir())
    assert names == ["chip.toml", "index.html", "metrics.json", "recording.npz", "weights.csv"]


def test_global_state_of_matplotlib_is_untouched(tmp_path):
    before = dict(matplotlib.rcParams)
    made(tmp_path)
    assert dict(matplotlib.rcParams) == before


@pytest.mark.parametrize(
    "changes",
    [
        {"encoding": "offset_column", "input": {"bits": 4, "slice_bits": 1, "signed": True}},
        {"tile": [{"count": 40, "rows": 1, "columns": 1}], "input": {"bits": 1, "slice_bits": 1}},
    ],
)
def test_other_chips_have_a_report_too(tmp_path, changes):
    page = made(tmp_path, **changes)[0]
    assert len(parsed(page).sources) == PICTURES


def test_confusion_counts_true_class_by_row():
    counts = confusion(np.array([0, 0, 1, 2]), np.array([0, 2, 1, 2]), 3)
    assert counts.tolist() == [[1, 0, 1], [0, 1, 0], [0, 0, 1]]


def test_pages_of_the_same_run_are_equal(tmp_path):
    a, b = (made(tmp_path / name)[0].read_text() for name in "ab")
    assert a == b
