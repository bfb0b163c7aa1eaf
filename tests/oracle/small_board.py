"""A small chip as a virtual board, and the command line as its user types it."""

import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from typer.testing import CliRunner, Result

from ohmloom_sim.cli import app

CHIP = """
name = "small"
clock = 12e6
baud = 3000000
encoding = "diff_pair"
weight_bits = 3
[[tile]]
count = 1
rows = 4
columns = 3
[tile.cell]
levels = 4
[input]
bits = 4
slice_bits = 4
[adc]
bits = 8
columns_per_adc = 3
"""

COMMAND = [sys.executable, "-c", "from ohmloom_sim.cli import main; main()"]


def ohmloom(*arguments: Any) -> Result:
    """Run the command line to its end, in this process: its start takes longer than its work."""
    return CliRunner().invoke(app, [str(word) for word in arguments], env={"COLUMNS": "200"})


class ServedBoard:
    """A board that lives until `end`, on Icarus."""

    def __init__(self, folder: Path, *options: Any) -> None:
        self.chip = folder / "chip.toml"
        self.chip.write_text(CHIP)
        words = ("sim", "serve", "--chip", self.chip, "--sim", "icarus", *options)
        self.process = subprocess.Popen(
            [*COMMAND, *map(str, words)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        self.said = self.process.stdout.readline()
        places = re.fullmatch(
            r"listens at (tcp://\S+) and (/dev/\S+); Ctrl-C ends it\n",
            self.process.stdout.readline(),
        )
        assert places is not None, self.process.communicate(timeout=60)
        self.address, self.terminal = places[1], places[2]

    def host(self, *arguments: Any, at: str | None = None) -> Result:
        """Run a host command."""
        return ohmloom("host", "--port", at or self.address, "--chip", self.chip, *arguments)

    def end(self) -> None:
        """End it, which must go well."""
        self.process.send_signal(signal.SIGTERM)
        assert self.process.communicate(timeout=60) == ("", "")
        assert self.process.returncode == 0
