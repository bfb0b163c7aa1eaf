"""The tools that turn Verilog into bitstreams, as wheels of PyPI or as the machine has them."""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from ohmloom_analog.errors import ToolError

__all__ = ["find_tool", "run_tool"]

_LAST_LINES = 12


def find_tool(name: str) -> str:
    """Return the path of a tool, first beside this Python.

    Raises
    ------
    ToolError
        Where there is none.
    """
    places = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", "")))
    found = shutil.which(name, path=places)
    if found is None:
        msg = f"{name} must be installed to build for boards: pip install 'ohmloom[boards]'"
        raise ToolError(msg)
    return found


def run_tool(command: Sequence[str], folder: Path, *, log: str | None = None) -> None:
    """Run a tool in a folder.

    The folder is the working directory and files are named without it, since tools compiled to
    WebAssembly see a /tmp of their own.

    Parameters
    ----------
    command
        Name of the tool and its arguments.
    folder
        Where it runs.
    log
        File in the folder that takes its output; None shows it.

    Raises
    ------
    ToolError
        Where the tool is missing or fails; with the end of its output.
    """
    words = [find_tool(command[0]), *command[1:]]
    if log is None:
        status = subprocess.run(words, cwd=folder, check=False).returncode
        text = ""
    else:
        with (folder / log).open("w", encoding="utf-8") as sink:
            status = subprocess.run(
                words, cwd=folder, check=False, stdout=sink, stderr=subprocess.STDOUT
            ).returncode
        text = (folder / log).read_text(encoding="utf-8", errors="replace")
    if status:
        last = "\n".join(text.rstrip().splitlines()[-_LAST_LINES:])
        msg = f"{command[0]} must end well, not with status {status}" + (last and f":\n{last}")
        raise ToolError(msg)
