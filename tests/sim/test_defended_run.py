import numpy as np
import pytest

from ohmloom_analog.spec import ChipSpec, load_spec
from ohmloom_hw.codes.secded import Secded
from ohmloom_sim.campaign import check_tables
from ohmloom_sim.defended_run import Layers, run_defended
from ohmloom_sim.fault_models import BitFlips, ModelReads
from ohmloom_sim.injected import ChipFaults, StuckLine
from ohmloom_sim.tasks import digits_task, prepare

IMAGES = 60


@pytest.fixture(scope="module")
def spec():
    return load_spec("protected").without("converters")


@pytest.fixture(scope="module")
def prepared(spec):
    return prepare(spec, digits_task(0), IMAGES)


def run(spec, prepared, layers, faults=None, upsets=None, seed=0):
    reads = ModelReads(
        spec=spec,
        mapping=prepared.mapping,
        rng=np.random.default_rng(seed),
        faults=faults or ChipFaults(),
    )
    return run_defended(
        spec,
        prepared.mapping,
        prepared.inputs,
        reads=reads,
        layers=layers,
        tables=check_tables(spec, prepared.mapping, layers),
        upsets=upsets,
    )


def test_without_faults_every_layer_leaves_the_integers_of_the_chip(spec, prepared):
    for layers in (Layers(), Layers.of(spec), Layers(average=64), Layers(vote=3)):
        found = run(spec, prepared, layers)
        assert np.array_equal(found.results, prepared.integer.layers[-1])
        assert not found.failed.any()
        assert found.counts.flagged == found.counts.rereads == 0


def test_layers_are_those_of_the_description(spec):
    assert Layers.of(load_spec("default")) == Layers()
    assert Layers.of(spec) == Layers(average=4, vote=3, checksums=True, rereads=1, secded=True)


def test_stuck_column_is_corrected_in_every_sample(spec, prepared):
    faults = ChipFaults(lines=(StuckLine(tile=2, line=10, code=spec.code_maximum),))
    bare, defended = (run(spec, prepared, one, faults) for one in (Layers(), Layers.of(spec)))
    right = prepared.integer.layers[-1]
    assert not np.array_equal(bare.results, right)
    # What stays is the sum of the rounding of seven columns.
    assert np.abs(defended.results - right).max() < np.abs(bare.results - right).max() / 4
    counts = defended.counts
    assert counts.corrected == counts.faulty == counts.flagged == IMAGES
    assert counts.wrongly_corrected == counts.doubtful == counts.false_alarms == 0


def test_two_columns_of_a_block_are_flagged_and_read_again_once(spec, prepared):
    lines = tuple(StuckLine(tile=1, line=k, code=spec.code_maximum) for k in (0, 2))
    counts = run(spec, prepared, Layers.of(spec), ChipFaults(lines=lines)).counts
    assert counts.flagged == counts.faulty
    assert counts.rereads + counts.corrected >= IMAGES


def test_spikes_are_outvoted(spec, prepared):
    faults = ChipFaults(spikes=0.01)
    bare = run(spec, prepared, Layers(), faults)
    voted = run(spec, prepared, Layers(vote=3), faults)
    right = prepared.integer.layers[-1]
    wrong = [(found.results != right).any(axis=1).mean() for found in (bare, voted)]
    assert wrong[0] > 0.8
    assert wrong[1] < 0.3


def test_single_flips_are_corrected_and_double_ones_end_the_run(spec, prepared):
    def flips(secded):
        return BitFlips(probability=2e-3, rng=np.random.default_rng(3), secded=secded)

    bare = run(spec, prepared, Layers(), upsets=flips(False))
    upsets = flips(True)
    mended = run(spec, prepared, Layers(secded=True), upsets=upsets)
    right = prepared.integer.layers[-1]
    assert not np.array_equal(bare.results, right)
    there = ~mended.failed
    assert np.array_equal(mended.results[there], right[there])
    assert 0 < mended.failed.sum() < IMAGES / 4
    assert 0 < upsets.corrected <= upsets.flipped
    labels = right.argmax(axis=1)
    assert mended.accuracy(labels) == 1 - mended.failed.mean()


def test_flips_change_what_they_must_and_keep_words_in_range():
    flips = BitFlips(probability=1.0, rng=np.random.default_rng(0))
    values = np.array([[0, 5, -1, 127]])
    signed, lost = flips.disturb(values, 8, signed=True)
    assert signed.tolist() == [[-1, -6, 0, -128]]
    assert lost.tolist() == [False]
    assert flips.disturb(np.array([[0, 200]]), 8, signed=False)[0].tolist() == [[255, 55]]


def test_checks_without_bounds_are_refused(spec, prepared):
    with pytest.raises(ValueError, match=r"^tables must be given for checksums, not None$"):
        run_defended(
            spec,
            prepared.mapping,
            prepared.inputs,
            reads=ModelReads(spec=spec, mapping=prepared.mapping, rng=np.random.default_rng(0)),
            layers=Layers(checksums=True),
        )


@pytest.mark.parametrize("bits", [4, 8, 16])
def test_words_with_wrong_bits_are_read_as_the_code_reads_them(bits):
    code = Secded(data_bits=bits)
    flips = BitFlips(probability=0.1, rng=np.random.default_rng(4), secded=True)
    values = np.arange(200).reshape(100, 2) % (1 << bits)
    read, failed = flips.disturb(values, bits, signed=False)
    drawn = np.random.default_rng(4).random((100, 2, code.code_bits)) < 0.1
    for sample in range(100):
        outcomes = []
        for word in range(2):
            pattern = sum(1 << k for k in range(code.code_bits) if drawn[sample, word, k])
            outcomes.append(code.decode(code.encode(int(values[sample, word])) ^ pattern))
        assert failed[sample] == any(outcome.failed for outcome in outcomes)
        for word, outcome in enumerate(outcomes):
            if not outcome.failed:
                assert read[sample, word] == outcome.data


def test_spikes_in_exact_reads_are_seen_by_their_remainder_and_read_again():
    exact = load_spec("exact").without("converters")
    plain = exact.model_dump(mode="json", exclude_none=True) | {"ecc": {"residue": 7}}
    chip = ChipSpec.parse(plain)
    assert Layers.of(chip) == Layers(residue=7, rereads=1)
    prepared = prepare(chip, digits_task(0), IMAGES)
    right = prepared.integer.layers[-1]
    clean = run(chip, prepared, Layers.of(chip))
    assert np.array_equal(clean.results, right)
    assert clean.counts.judged == IMAGES * len(prepared.mapping.placements)
    assert clean.counts.flagged == 0
    faults = ChipFaults(spikes=1e-4)
    bare, checked = (run(chip, prepared, one, faults) for one in (Layers(), Layers.of(chip)))
    counts = checked.counts
    # A spike lifts a code to the top; where that is a multiple of 7 it isn't seen.
    assert 0.6 * counts.faulty < counts.flagged <= counts.faulty
    assert counts.rereads + counts.doubtful == counts.flagged
    wrong = [(one.results != right).any(axis=1).sum() for one in (bare, checked)]
    assert wrong[0] > 3 * wrong[1]
