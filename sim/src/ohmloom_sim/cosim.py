"""Running cocotb benches on Verilog: a simulator process per bench, watched from outside.

The runner of cocotb works through the environment of its process, so it gets one of its own;
this process stays as it was, and several benches may run side by side.
"""

import json
import os
import re
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ohmloom_analog.errors import HardwareError, ToolError
from ohmloom_sim.simulators import Simulator

__all__ = [
    "Bench",
    "BenchResult",
    "end_bench",
    "pass_bench",
    "read_bench",
    "run_bench",
    "start_bench",
]

_POLL_SECONDS = 0.1
_LOG, _RESULTS = "simulator.log", "results.xml"

# Verilator's lint has its own check, with waivers; here it only gets in the way.
_BUILD_ARGS = {"icarus": [], "verilator": ["-Wno-fatal", "-Wno-lint", "-Wno-style"]}


@dataclass(frozen=True, kw_only=True)
class Bench:
    """Verilog and the cocotb tests to run on it."""

    sources: Sequence[Path]
    """Verilog files."""
    top: str
    """Name of the top module."""
    module: str
    """Importable name of the module that holds the tests."""
    folder: Path
    """Where everything is built; made if it isn't there."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """What the tests find in their environment."""
    pattern: str | None = None
    """Regular expression that the names of the tests to run must match somewhere; None for all."""
    timeout: float = 3600.0
    """Time after which the simulator is ended [s]."""
    may_be_empty: bool = False
    """Whether the pattern may leave no test, as where it is meant for several benches."""


@dataclass(frozen=True, kw_only=True)
class BenchResult:
    """How the tests of a bench ended."""

    passed: tuple[str, ...]
    """Names of the tests that passed."""
    failed: Mapping[str, str]
    """Names of the tests that failed, each with its message."""
    results: Path
    """JUnit XML that cocotb wrote."""
    log: Path
    """What the simulator printed."""


def run_bench(
    bench: Bench, simulator: Simulator, *, on_poll: Callable[[], None] | None = None
) -> BenchResult:
    """Build and run a bench.

    Parameters
    ----------
    on_poll
        Called some times a second while the simulator works.

    Raises
    ------
    ToolError
        Where the Verilog can't be built, the simulator ends without results or takes too long, or
        no test ran.
    """
    process = start_bench(bench, simulator, stdin=subprocess.DEVNULL)
    try:
        _wait(process, bench, on_poll)
    finally:
        end_bench(process)
    return read_bench(bench, simulator)


def pass_bench(
    bench: Bench, simulator: Simulator, *, on_poll: Callable[[], None] | None = None
) -> None:
    """Build and run a bench all of whose tests must pass, as `run_bench` does.

    Raises
    ------
    HardwareError
        Where a test fails, naming it.
    """
    result = run_bench(bench, simulator, on_poll=on_poll)
    for name, message in result.failed.items():
        msg = f"{name} on {simulator.name}: {message} (see {result.log})"
        raise HardwareError(msg)


def start_bench(bench: Bench, simulator: Simulator, *, stdin: int) -> subprocess.Popen[bytes]:
    """Begin to build and run a bench in a process of its own; `end_bench` ends it."""
    bench.folder.mkdir(parents=True, exist_ok=True)
    results = bench.folder / _RESULTS
    results.unlink(missing_ok=True)
    plan = {
        "simulator": simulator.name,
        "build_args": [*simulator.build_args, *_BUILD_ARGS[simulator.name]],
        "sources": [str(source) for source in bench.sources],
        "top": bench.top,
        "module": bench.module,
        "folder": str(bench.folder),
        "environment": dict(bench.environment),
        "results": str(results),
        "pattern": bench.pattern,
    }
    command = [sys.executable, "-m", "ohmloom_sim.cosim_process", json.dumps(plan)]
    with (bench.folder / _LOG).open("w", encoding="utf-8") as output:
        return subprocess.Popen(
            command,
            env={**os.environ, **simulator.environment},
            stdout=output,
            stderr=subprocess.STDOUT,
            stdin=stdin,
            start_new_session=True,
        )


def read_bench(bench: Bench, simulator: Simulator) -> BenchResult:
    """Return how the tests of a bench that is over have ended.

    Raises
    ------
    ToolError
        Where there are no results, or no test ran.
    """
    log, results = bench.folder / _LOG, bench.folder / _RESULTS
    if not results.is_file():
        raise ToolError(_broken(simulator, log))
    return _read(results, log, may_be_empty=bench.may_be_empty)


def _wait(
    process: subprocess.Popen[bytes], bench: Bench, on_poll: Callable[[], None] | None
) -> None:
    deadline = time.monotonic() + bench.timeout
    while process.poll() is None:
        if time.monotonic() > deadline:
            msg = f"bench {bench.module} must end within {bench.timeout:g} s, not run on"
            raise ToolError(msg)
        if on_poll is not None:
            on_poll()
        time.sleep(_POLL_SECONDS)


def end_bench(process: subprocess.Popen[bytes]) -> None:
    """End the process of a bench and all that it has started."""
    if process.poll() is None:
        # The simulator is a child of the process: the whole session goes.
        os.killpg(process.pid, 9)
        process.wait()


def _broken(simulator: Simulator, log: Path) -> str:
    lines = [line for line in log.read_text(errors="replace").splitlines() if line.strip()]
    telling = [line for line in lines if re.search(r"error", line, re.IGNORECASE)]
    last = (telling or lines or ["it printed nothing"])[-1].strip()
    return f"{simulator.name} must give test results, not end without: {last} (see {log})"


def _read(results: Path, log: Path, *, may_be_empty: bool) -> BenchResult:
    passed, failed = [], {}
    for case in ET.parse(results).iter("testcase"):
        name = case.get("name", "")
        if case.find("skipped") is not None:
            continue
        fault = case.find("failure")
        if fault is None:
            fault = case.find("error")
        if fault is None:
            passed.append(name)
        else:
            failed[name] = fault.get("error_msg") or fault.get("message") or fault.text or "failed"
    if not passed and not failed and not may_be_empty:
        msg = f"at least one test must run, not 0 (see {log})"
        raise ToolError(msg)
    return BenchResult(passed=tuple(passed), failed=failed, results=results, log=log)
