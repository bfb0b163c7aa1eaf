"""A Verilog module as a program of its own, by Verilator and a driver in C++."""

import os
import subprocess
from pathlib import Path

from ohmloom_sim.simulators import find_simulator


def verilated(folder: Path, source: Path, top: str) -> Path:
    """Build `folder/<top>.v` with a driver, and return the program."""
    simulator = find_simulator("verilator")
    options = ["--cc", "--exe", "--build", "-O3", "-Wno-fatal", "-Wno-lint", "-Wno-style"]
    command = [str(simulator.executable), *options, "--top-module", top]
    subprocess.run(
        [*command, "--Mdir", str(folder / "build"), str(folder / f"{top}.v"), str(source)],
        env={**os.environ, **simulator.environment},
        check=True,
        capture_output=True,
    )
    return folder / "build" / f"V{top}"
