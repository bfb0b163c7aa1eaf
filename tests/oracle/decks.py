"""Running a netlist with a control block: by ngspice itself, or by its library where that isn't."""

import re
import shutil
import subprocess

from ohmloom_analog.engines.simulator import simulator


def by_program(path):
    """Return what `ngspice -b` prints of the lines' currents; None where there is no ngspice."""
    if shutil.which("ngspice") is None:
        return None
    done = subprocess.run(
        ["ngspice", "-b", str(path)], capture_output=True, text=True, check=True, timeout=60
    )
    return printed(done.stdout)


def by_library(path):
    """Load the same text into the library, then give it the commands of the control block."""
    text = path.read_text()
    circuit, control = re.fullmatch(r"(.*)\.control\n(.*)\.endc\n\.end\n", text, re.S).groups()
    spice = simulator()
    spice.load(circuit + ".end\n")
    commands = control.splitlines()
    assert commands.pop() == "quit"
    said = "".join(f"{spice.command(command)}\n" for command in commands)
    spice.discard(spice.last_plot)
    spice.command("unset numdgt")
    spice.abandon(text.partition("\n")[0])
    return printed(said)


def printed(text):
    found = re.findall(r"^line(\d+) = (\S+)$", text, re.M)
    assert [int(line) for line, _ in found] == list(range(len(found)))
    return [float(current) for _, current in found]
