import vcd.reader

from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.analyser_registers import probes
from ohmloom_hw.capture import Recorded
from ohmloom_sim.host.waveform import write_waveform

SPEC = ChipSpec.parse({"tile": [{"rows": 4, "columns": 3}], "clock": 10e6, "baud": 1_000_000})


def recorded(samples, *, before=1, period=2):
    packed = []
    for sample in samples:
        assert set(sample) <= {probe.name for probe in probes(SPEC)}
        packed.append(sum(sample.get(probe.name, 0) << probe.low for probe in probes(SPEC)))
    return Recorded(
        probes=probes(SPEC), samples=tuple(packed), before=before, period=period, clock=SPEC.clock
    )


def changes(path):
    """Return what a reader that others keep finds: name to a list of times and values."""
    names, now, found = {}, 0, {}
    with path.open("rb") as file:
        for token in vcd.reader.tokenize(file):
            if token.kind is vcd.reader.TokenKind.VAR:
                names[token.data.id_code] = token.data.reference
            elif token.kind is vcd.reader.TokenKind.CHANGE_TIME:
                now = token.data
            elif token.kind in (
                vcd.reader.TokenKind.CHANGE_SCALAR,
                vcd.reader.TokenKind.CHANGE_VECTOR,
            ):
                name = names[token.data.id_code]
                found.setdefault(name, []).append((now, int(token.data.value)))
    return found


def test_probes_change_when_their_samples_do(tmp_path):
    path = tmp_path / "folder" / "run.vcd"
    samples = [{"busy": 0}, {"busy": 1, "code": 5}, {"busy": 1, "code": 9}, {"code": 9}]
    write_waveform(path, recorded(samples))
    found = changes(path)
    assert found["busy"] == [(0, 0), (200_000, 1), (600_000, 0)]
    assert found["code"] == [(0, 0), (200_000, 5), (400_000, 9)]
    assert found["triggered"] == [(0, 0), (200_000, 1)]
    assert set(found) == {probe.name for probe in probes(SPEC)} | {"triggered"}


def test_the_same_recording_gives_the_same_file(tmp_path):
    for name in ("a.vcd", "b.vcd"):
        write_waveform(tmp_path / name, recorded([{"busy": 1}, {}]))
    assert (tmp_path / "a.vcd").read_bytes() == (tmp_path / "b.vcd").read_bytes()
