import json
from dataclasses import replace

import numpy as np
import pytest
from behavioural_chip import simulate
from energy_run import energy_run

from ohmloom_analog.spec import load_spec
from ohmloom_sim.array_figures import array_figures
from ohmloom_sim.energy.model import energy_report
from ohmloom_sim.energy.rows import area_text, energy_text, rival_rows, time_text, total_rows
from ohmloom_sim.energy.technology import technology_area, technology_energy
from ohmloom_sim.job import Job
from ohmloom_sim.metrics import measure
from ohmloom_sim.report import write_report
from ohmloom_sim.report.energy import energy_figure


@pytest.fixture(scope="module")
def taken():
    run = energy_run()
    return energy_report(run.chip, run.prepared.mapping, run.answer)


def test_bars_are_stacked_to_the_whole_and_axes_have_units(taken):
    energy, latency, area = energy_figure(taken).axes
    assert energy.get_ylabel() == "energy of an inference [nJ]"
    assert latency.get_ylabel() == "latency of an inference [µs]"
    assert area.get_ylabel() == "area [mm²]"
    tops = [max(bar.get_y() + bar.get_height() for bar in plot.patches) for plot in (latency, area)]
    assert tops == pytest.approx([taken.inference_latency * 1e6, taken.chip_area * 1e6])
    own = [bar for bar in energy.patches if abs(bar.get_center()[0]) < 0.1]
    assert sum(bar.get_height() for bar in own) == pytest.approx(taken.inference_energy * 1e9)
    for place, rival in ((1, taken.rivals[0]), (2, taken.rivals[1])):
        bars = [bar for bar in energy.patches if abs(bar.get_center()[0] - place) < 0.1]
        assert sum(bar.get_height() for bar in bars) == pytest.approx(rival.energy * 1e9)


def test_every_part_has_a_colour_even_with_charged_lines():
    run = energy_run(wires={"c_word": 1e-15})
    made = energy_figure(energy_report(run.chip, run.prepared.mapping, run.answer))
    assert "word lines" in made.axes[0].get_legend_handles_labels()[1]


@pytest.mark.parametrize("name", ["isaac", "puma", "neurram"])
def test_every_part_of_a_published_chip_has_a_colour(name, taken):
    spec = load_spec(name)
    found = replace(
        taken,
        energy=technology_energy(spec, taken.activity),
        area=technology_area(spec),
    )
    energy, _, area = energy_figure(found).axes
    assert len(energy.get_legend_handles_labels()[1]) == len(found.energy) + 2
    assert len(area.get_legend_handles_labels()[1]) == len(found.area)
    assert [text.get_text() for text in area.texts] == ([] if found.area else ["not published"])


def test_figures_have_prefixes():
    assert energy_text(1.5e-9) == "1.5 nJ"
    assert energy_text(0.0) == "0 fJ"
    assert time_text(2.5e-5) == "25 µs"
    assert area_text(1.2e-7) == "0.12 mm²"


def test_rows_state_the_reuse(taken):
    assert rival_rows(taken)[0][0] == "1 byte a MAC from an SRAM of 8 KB, no reuse"
    assert dict(total_rows(taken))["measured over"] == "2 inferences of 2 MVMs"


def test_page_has_the_section_and_its_data_beside_it(tmp_path):
    run = energy_run()
    spec, ready = run.spec, run.prepared
    job = Job.of(spec, ready.mapping, ready.inputs, engine="nodal", seed=0)
    answer = simulate(job, sim=None, folder=tmp_path)
    chip = job.analog_chip("nodal")
    metrics = measure(
        spec,
        ready.mapping,
        answer,
        ready.integer,
        labels=np.zeros(2, dtype=np.int64),
        float_predictions=ready.float_predictions,
        seed=0,
        engine="nodal",
        sim="icarus",
        array=array_figures(chip, answer),
    )
    taken = energy_report(chip, ready.mapping, answer)
    folder = tmp_path / "report"
    page = write_report(folder, spec, ready, answer, metrics, chip=chip, energy=taken)
    text = page.read_text(encoding="utf-8")
    assert "<h2>Energy, latency and area</h2>" in text
    assert "<code>energy.json</code>" in text
    assert energy_text(taken.inference_energy) in text
    assert "2 bytes a MAC from an SRAM of 8 KB, no reuse" in text
    assert "line sums are off by" in text
    assert json.loads((folder / "energy.json").read_text()) == taken.to_json()
