"""Faults at the array ports of emitted Verilog, against the functional model of the same run."""

import numpy as np
import pytest
from random_networks import random_inputs, random_network
from typer.testing import CliRunner

from ohmloom_analog.spec import ChipSpec, EccSpec
from ohmloom_sim.cli import app
from ohmloom_sim.column_checks import CheckTables, job_checks
from ohmloom_sim.defended_run import Layers, run_defended
from ohmloom_sim.fault_models import ModelReads, RecordedReads
from ohmloom_sim.faulty_port import put_faults
from ohmloom_sim.injected import ChipFaults, StuckLine, WordFlip, flipped_inputs
from ohmloom_sim.job import Job
from ohmloom_sim.passes import passes_of_steps
from ohmloom_sim.simulate import simulate

SAMPLES = 6


def made(encoding):
    spec = ChipSpec.parse(
        {
            "tile": [{"count": 4, "rows": 8, "columns": 6, "cell": {"levels": 4}}],
            "encoding": encoding,
            "weight_bits": 4,
            "input": {"bits": 4, "slice_bits": 2},
            "dac": {"settle_time": 1e-7},
            "adc": {"bits": 6, "columns_per_adc": 4, "conversion_time": 1e-7},
        }
    )
    rng = np.random.default_rng(11)
    mapping = random_network(spec, [16, 6, 6], rng)
    return spec, mapping, random_inputs(spec, SAMPLES, 16, rng)


def answer_of(chip, folder, faults, sim="icarus"):
    spec, mapping, inputs = chip
    job = Job.of(spec, mapping, inputs, engine="ideal", seed=5, faults=faults)
    return simulate(job, sim=sim, folder=folder)


def test_verilog_with_stuck_lines_gives_the_bits_of_the_functional_model(tmp_path):
    spec, mapping, inputs = chip = made("diff_pair")
    faults = ChipFaults(
        lines=(
            StuckLine(tile=0, line=3, code=spec.code_maximum),
            StuckLine(tile=1, line=0, code=0),
            StuckLine(tile=2, line=7, code=5),
        )
    )
    answer = answer_of(chip, tmp_path, faults)
    found = []
    for there in (faults, ChipFaults()):
        rng = np.random.default_rng(0)
        reads = ModelReads(spec=spec, mapping=mapping, rng=rng, faults=there)
        found.append(run_defended(spec, mapping, inputs, reads=reads, layers=Layers()).results)
    assert np.array_equal(answer.results, found[0])
    assert not np.array_equal(answer.results, found[1])
    # Three lines, two slices; codes that were right by chance don't count.
    assert 0 < answer.disturbed <= 3 * 2 * SAMPLES


def test_verilog_with_spikes_gives_the_bits_of_the_functional_model_from_its_codes(tmp_path):
    spec, mapping, inputs = chip = made("offset_column")
    answer = answer_of(chip, tmp_path, ChipFaults(spikes=0.2, seed=3))
    steps = passes_of_steps(spec, mapping.table, answer.recording, SAMPLES)
    reads = RecordedReads(recording=answer.recording, passes=steps)
    model = run_defended(spec, mapping, inputs, reads=reads, layers=Layers())
    assert np.array_equal(answer.results, model.results)
    share = answer.disturbed / (answer.recording.codes >= 0).sum()
    assert 0.1 < share < 0.3
    with pytest.raises(ValueError, match=r"^reads of a recording must be 1, not 4$"):
        run_defended(spec, mapping, inputs, reads=reads, layers=Layers(average=4))
    message = r"^inputs of step 0 must be those of the recording, not others$"
    with pytest.raises(ValueError, match=message):
        run_defended(spec, mapping, inputs ^ 1, reads=reads, layers=Layers())


@pytest.mark.guarantee("G5", "injection")
def test_flips_in_the_input_buffer_are_corrected_and_counted_or_change_the_results(tmp_path):
    bare, mapping, inputs = made("diff_pair")
    flips = tuple(WordFlip(sample=k, word=k % 2, bit=3) for k in range(0, SAMPLES, 2))
    wrong = flipped_inputs(bare, inputs, flips)
    rng = np.random.default_rng(0)
    found = []
    for sent in (inputs, wrong):
        reads = ModelReads(spec=bare, mapping=mapping, rng=rng)
        found.append(run_defended(bare, mapping, sent, reads=reads, layers=Layers()).results)
    assert not np.array_equal(*found)
    spec = bare.model_copy(update={"ecc": EccSpec(secded=True)})
    # Words beyond the end of a memory are unknown to Icarus, and with them what was met there.
    for one, results, sim in ((bare, found[1], "icarus"), (spec, found[0], "verilator")):
        faults = ChipFaults(flips=flips)
        answer = answer_of((one, mapping, inputs), tmp_path / sim, faults, sim)
        assert np.array_equal(answer.results, results)
    assert answer.ecc_counts["ECC_INJECTED"] == len(flips)
    # A word is read once for each of its entries at least, and may be looked through before.
    assert answer.ecc_counts["ECC_FIXED"] >= len(flips)
    assert answer.ecc_counts["ECC_FAILED"] == 0


@pytest.mark.guarantee("G7", "gateware")
def test_verilog_with_checksums_corrects_and_counts_as_the_functional_model(tmp_path):
    plain, mapping, inputs = made("offset_column")
    ecc = EccSpec(checksums=True, block=5, rereads=1)
    spec = plain.model_copy(update={"ecc": ecc})
    # One column in one block; in another two whose labels together are none, 3 and 4.
    faults = ChipFaults(
        lines=tuple(
            StuckLine(tile=tile, line=column * spec.lines_per_column, code=spec.code_maximum)
            for tile, column in ((0, 1), (1, 2), (1, 3))
        )
    )
    tables = CheckTables.of(spec, mapping)
    job = Job.of(
        spec,
        mapping,
        inputs,
        engine="ideal",
        faults=faults,
        checks=(tables.weights, tables.bounds),
    )
    answer = simulate(job, sim="icarus", folder=tmp_path)
    reads = ModelReads(spec=spec, mapping=mapping, rng=np.random.default_rng(0), faults=faults)
    layers = Layers.of(spec)
    model = run_defended(spec, mapping, inputs, reads=reads, layers=layers, tables=tables)
    assert np.array_equal(answer.results, model.results)
    counts = model.counts
    assert counts.corrected > 0
    assert counts.rereads > 0
    assert answer.ecc_counts == {
        "CHECK_FLAGGED": counts.flagged,
        "CHECK_LOCATED": counts.corrected,
        "CHECK_REREAD": counts.rereads,
        "CHECK_DOUBTFUL": counts.doubtful,
        "CHECK_SIZE": answer.ecc_counts["CHECK_SIZE"],
    }


def test_verilog_with_residues_rereads_and_counts_as_the_functional_model(tmp_path):
    plain, mapping, inputs = made("offset_column")
    spec = ChipSpec.parse(
        {
            **plain.model_dump(mode="json", exclude_none=True),
            "adc": {**plain.adc.model_dump(mode="json"), "bits": 7},
            "ecc": {"residue": 7, "rereads": 2},
        }
    )
    # What is off by a multiple of 7 in some samples isn't in others.
    faults = ChipFaults(
        lines=tuple(
            StuckLine(tile=tile, line=column * spec.lines_per_column, code=9)
            for tile, column in ((0, 1), (1, 2), (1, 3))
        )
    )
    job = Job.of(
        spec,
        mapping,
        inputs,
        engine="ideal",
        faults=faults,
        checks=job_checks(spec, mapping),
    )
    answer = simulate(job, sim="icarus", folder=tmp_path)
    reads = ModelReads(spec=spec, mapping=mapping, rng=np.random.default_rng(0), faults=faults)
    model = run_defended(spec, mapping, inputs, reads=reads, layers=Layers.of(spec))
    assert np.array_equal(answer.results, model.results)
    counts = model.counts
    assert counts.faulty >= counts.flagged > 0
    assert counts.rereads == 2 * counts.doubtful > 0
    assert answer.ecc_counts["CHECK_REREAD"] == counts.rereads
    assert answer.ecc_counts["CHECK_DOUBTFUL"] == counts.doubtful
    # Sums of two columns of a step may be wrong at once.
    assert counts.flagged <= answer.ecc_counts["RESIDUE_FLAGGED"] <= 2 * counts.flagged


def test_faults_of_converters_are_refused():
    message = r"^faults must be put at array ports, not at the pins of converters$"
    with pytest.raises(ValueError, match=message):
        put_faults(made("diff_pair")[0], None, [], ChipFaults())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["--faults", "it"],
            "--faults must be one of columns, flips, spikes, cells, with :SIZE or without,",
        ),
        (["--faults", "spikes:2"], "size of spikes must be in [0, 1], not '2'"),
        (["--faults", "columns:75"], "stuck columns must be at most the 74 in use, not 75"),
        (
            ["--faults", "cells", "--program", "write-verify"],
            "--faults cells must be given with --program ideal, and without --state",
        ),
    ],
)
def test_main_job_refuses_faults_that_can_not_be(arguments, message):
    result = CliRunner().invoke(app, ["run", "--images", "1", *arguments])
    assert result.exit_code == 2
    assert message in result.stderr
