"""What the logic analyser has recorded, as a file for waveform viewers."""

import importlib
from pathlib import Path
from typing import Any

from ohmloom_hw.capture import Recorded
from ohmloom_sim.files import replaced

__all__ = ["write_waveform"]

_PICOSECONDS = 1e12


def write_waveform(path: Path, recorded: Recorded) -> None:
    """Write a recording as VCD: a signal a probe, and one that is high from the trigger on.

    Raises
    ------
    OhmloomError
        Where the file can't be written.
    """
    vcd: Any = importlib.import_module("vcd")
    with (
        replaced(path) as beside,
        beside.open("w", encoding="ascii") as file,
        vcd.VCDWriter(file, timescale="1 ps", date="") as writer,
    ):
        signals = [
            (probe, writer.register_var("ohmloom", probe.name, "wire", size=probe.width))
            for probe in recorded.probes
        ]
        trigger = writer.register_var("ohmloom", "triggered", "wire", size=1)
        for place, sample in enumerate(recorded.samples):
            time = round(place * recorded.seconds * _PICOSECONDS)
            writer.change(trigger, time, int(place >= recorded.before))
            for probe, signal in signals:
                writer.change(signal, time, probe.extract(sample))
        writer.close(round(len(recorded.samples) * recorded.seconds * _PICOSECONDS))
