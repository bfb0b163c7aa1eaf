"""Accesses of a host, told by hand, and what is counted of them."""

import pytest

from ohmloom_analog.codes import Requantiser
from ohmloom_analog.spec import ChipSpec
from ohmloom_analog.table import Step
from ohmloom_analog.write_verify import Outcome, WriteStatus
from ohmloom_hw.program_words import pack_written
from ohmloom_hw.registers import register_table
from ohmloom_hw.step_words import pack_step
from ohmloom_sim.coverage.access_sampler import AccessSampler
from ohmloom_sim.coverage.counts import CoverCounts
from ohmloom_sim.coverage.plan import cover_plan, regression_features

PULSE = {"drive": {"start": 1.0, "stop": 1.0}}
SPEC = ChipSpec.parse(
    {
        "tile": [
            {
                "count": 3,
                "rows": 4,
                "columns": 3,
                "cell": {"device": "skywater", "access": "1t1r", "r_access": 5e3, "levels": 4},
                "write": {"set": PULSE, "reset": PULSE},
            }
        ],
        "weight_bits": 3,
        "input": {"bits": 4, "slice_bits": 2},
    }
)
TABLE = register_table(SPEC, regression_features(SPEC))


class Host:
    def __init__(self):
        self.counts = CoverCounts(cover_plan(SPEC))
        self.sampler = AccessSampler(SPEC, TABLE, self.counts)

    def hits(self, group, name):
        point = next(p for p in self.counts.points if (p.group, p.name) == (group, name))
        return {bin_: n for bin_, n in self.counts.hits(point).items() if n}

    def write(self, name, word):
        self.sampler.written(TABLE.register(name).offset, [word])

    def read(self, name, word):
        self.sampler.read(TABLE.register(name).offset, [word])


def test_bits_count_once_they_are_read_back_as_written():
    host = Host()
    host.read("SETTLE", 0xFFFF)
    assert host.hits("registers", "SETTLE") == {}
    host.write("SETTLE", 0b101)
    host.read("SETTLE", 0b101)
    bits = {f"value[{bit}] {0b101 >> bit & 1}": 1 for bit in range(16)}
    assert host.hits("registers", "SETTLE") == bits
    # What comes back otherwise was not kept.
    host.write("SETTLE", 0xFFFF)
    host.read("SETTLE", 0xFFFE)
    assert host.hits("registers", "SETTLE") == bits


def test_field_that_is_kept_counts_beside_one_that_is_not():
    host = Host()
    host.write("WRITE_FIRST", 0x0001_0001)
    host.read("WRITE_FIRST", 0x0000_0001)
    wanted = {f"row[{bit}] {int(bit == 0)}" for bit in range(16)}
    assert set(host.hits("registers", "WRITE_FIRST")) == wanted


def test_events_count_as_seen_and_as_cleared():
    host = Host()
    host.read("IRQ_STATUS", 0b001)
    host.write("IRQ_STATUS", 0b001)
    host.read("IRQ_STATUS", 0b010)
    found = host.hits("registers", "IRQ_STATUS")
    assert (found["done 1"], found["done 0"], found["done cleared"]) == (1, 1, 1)
    assert (found["error 0"], found["error 1"]) == (1, 1)
    # Another read doesn't make the same clearing count again.
    host.read("IRQ_STATUS", 0)
    assert host.hits("registers", "IRQ_STATUS")["done cleared"] == 1


def test_commands_flags_and_constants_count():
    host = Host()
    host.write("CTRL", 0b110)
    assert host.hits("registers", "CTRL") == {"clear written": 1, "abort written": 1}
    host.read("STATUS", 0b001)
    found = host.hits("registers", "STATUS")
    assert found == {"busy 1": 1, "done 0": 1, "error 0": 1, "runs read": 1}
    host.read("CAP0", 0)
    assert host.hits("registers", "CAP0") == {"rows read": 1, "columns read": 1}


@pytest.mark.parametrize(
    ("name", "group"), [("ERROR", "run error"), ("WRITE_ERROR", "write error")]
)
def test_error_codes_count_by_their_names(name, group):
    host = Host()
    host.read(name, 1)
    wanted = {"run error": "ARRAY_TIMEOUT", "write error": "ABORTED"}[group]
    assert host.hits("events", group) == {wanted: 1}


def test_windows_count_reads_and_writes():
    host = Host()
    host.sampler.written(TABLE.window("BIAS").base, [1, 2])
    host.sampler.read(TABLE.window("BIAS").end - 4, [2])
    assert host.hits("windows", "BIAS") == {"written": 2, "read": 1}


def test_what_became_of_cells_counts_and_empty_words_do_not():
    host = Host()
    base = {"code": 5, "relapsed": False, "flips": 0}
    cells = [
        Outcome(status=WriteStatus.WRITTEN, pulses=0, **base),
        Outcome(status=WriteStatus.WRITTEN, pulses=1, **base),
        Outcome(status=WriteStatus.WRITTEN, pulses=9, **base),
        Outcome(status=WriteStatus.WRITTEN, pulses=9, **base | {"flips": 1, "relapsed": True}),
        Outcome(status=WriteStatus.TOO_MANY_FLIPS, pulses=9, **base | {"flips": 3}),
    ]
    words = [0, *(pack_written(cell) for cell in cells), 0]
    host.sampler.read(TABLE.window("WRITTEN").base, words)
    assert host.hits("programming", "outcome") == {"WRITTEN": 4, "TOO_MANY_FLIPS": 1}
    assert host.hits("programming", "course") == {
        "no pulse": 1,
        "first pulse": 1,
        "several pulses": 1,
        "turned": 1,
    }
    assert host.hits("programming", "relaxation") == {"kept": 3, "relapsed": 1}


def steps():
    """Two layers: two tiles of the first, added up, and one tile of the second, read twice."""
    scale = Requantiser(multiplier=1 << 14, shift=14)
    common = {"bias_base": 0, "signed": False, "relu": True, "scale": scale}
    return (
        Step(tile=0, rows=4, columns=2, input_base=0, output_base=6, first=True, finish=False,
             result=False, **common),
        Step(tile=1, rows=2, columns=2, input_base=4, output_base=6, first=False, finish=True,
             result=False, **common),
        Step(tile=2, rows=2, columns=1, input_base=6, output_base=0, first=True, finish=True,
             result=True, **common),
        Step(tile=2, rows=2, columns=1, input_base=6, output_base=1, first=True, finish=True,
             result=True, **common),
    )  # fmt: skip


def run(host, *, end=0b010):
    words = [word for step in steps() for word in pack_step(step)]
    host.sampler.written(TABLE.window("STEP").base, words)
    host.write("STEPS", 4)
    host.write("CTRL", 1)
    host.read("STATUS", 0b001)
    host.read("STATUS", end)


def test_shapes_count_once_a_run_has_come_to_its_end():
    host = Host()
    run(host)
    # A second look at the same end is no second run.
    host.read("STATUS", 0b010)
    assert host.hits("shapes", "rows used") == {"all": 1, "part": 3}
    assert host.hits("shapes", "columns used") == {"part": 2, "one": 2}
    assert host.hits("shapes", "rows and columns") == {
        "all, part": 1, "part, part": 1, "part, one": 2,
    }  # fmt: skip
    assert host.hits("shapes", "layers") == {"two": 1}
    assert host.hits("shapes", "steps of a layer") == {"several": 2}
    assert host.hits("shapes", "steps of a tile") == {"one": 2, "several": 1}
    assert host.hits("shapes", "signs") == {"unsigned": 4}


def test_run_that_ends_with_an_error_counts_no_shape():
    host = Host()
    run(host, end=0b100)
    assert host.hits("shapes", "layers") == {}


def test_hidden_values_and_results_of_the_last_run_count():
    host = Host()
    base = TABLE.window("INPUT").base
    host.sampler.read(base, [0, 0, 0])
    assert host.hits("codes", "hidden value") == {}
    run(host)
    # Entries 6 and 7 are hidden, four entries a word: 15 is the highest that 4 bits hold.
    host.sampler.read(base, [0x0F0F0F0F, 0x070F_0101])
    assert host.hits("codes", "hidden value") == {"highest": 1, "between": 1}
    host.sampler.read(base + 4, [0x0000_0101])
    assert host.hits("codes", "hidden value")["lowest"] == 2
    result = TABLE.window("RESULT").base
    # Two of the three entries are of the last run.
    host.sampler.read(result, [0xFFFF_FFFF, 0, 5])
    assert host.hits("codes", "result") == {"negative": 1, "zero": 1}
    host.sampler.read(result, [9])
    assert host.hits("codes", "result") == {"negative": 1, "zero": 1, "positive": 1}
