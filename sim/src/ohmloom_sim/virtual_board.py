"""A virtual board: the emitted Verilog with its arrays, alive in a process of its own."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ohmloom_analog.errors import HardwareError, ToolError
from ohmloom_analog.spec import ChipSpec
from ohmloom_analog.table import LayerTable
from ohmloom_hw.emit import TOP, emit
from ohmloom_hw.features import Features
from ohmloom_sim.board_plan import BoardPlan, Ready
from ohmloom_sim.cosim import Bench, end_bench, read_bench, start_bench
from ohmloom_sim.job import Job
from ohmloom_sim.simulators import Simulator

__all__ = ["VirtualBoard", "empty_job", "live_board"]

_POLL_SECONDS = 0.05
_END_SECONDS = 10.0


@dataclass(frozen=True, kw_only=True, slots=True)
class VirtualBoard:
    """A board that lives."""

    address: str
    """Its TCP port, as ``tcp://HOST:PORT``."""
    terminal: str
    """Path of its pseudo-terminal."""
    process: subprocess.Popen[bytes]
    """What it lives in."""
    bench: Bench
    """What is run there."""
    simulator: Simulator
    """What runs it."""

    def watch(self) -> None:
        """Wait until the board ends, which by itself it only does by an error.

        Raises
        ------
        HardwareError
            Where the chip or its bench has failed.
        ToolError
            Where the simulator has.
        """
        self.process.wait()
        _complain(self.bench, self.simulator)


def empty_job(spec: ChipSpec) -> Job:
    """Return the job of a chip without a network, its cells at level 0."""
    return Job(
        spec=spec,
        table=LayerTable(steps=(), biases=(), inputs=0, outputs=0),
        levels=tuple(np.zeros((spec.rows, spec.lines), dtype=np.int64) for _ in range(spec.tiles)),
        inputs=np.zeros((0, 0), dtype=np.int64),
    )


@contextmanager
def live_board(
    job: Job,
    features: Features,
    simulator: Simulator,
    *,
    folder: Path,
    port: int = 0,
    jumper: bool = False,
    build_timeout: float = 900.0,
) -> Iterator[VirtualBoard]:
    """Bring a board to life, and end it.

    Parameters
    ----------
    job
        The chip, and what its arrays hold; its inputs aren't used.
    features
        What the chip is built with.
    simulator
        To run it on.
    folder
        Where it is built.
    port
        TCP port on loopback; 0 for any that is free.
    jumper
        Whether, behind converters, a jumper stands in the place of each array.
    build_timeout
        Time that it may take until it lives [s].

    Raises
    ------
    ToolError
        Where it can't be built, or isn't ready in time.
    HardwareError
        Where the bench fails, as when the port is taken.
    """
    files = emit(job.spec, folder / "chip", features=features)
    BoardPlan(job=job, features=features, port=port, jumper=jumper).save(folder)
    bench = Bench(
        sources=[files.verilog],
        top=TOP,
        module="ohmloom_sim.benches.board",
        folder=folder,
        environment={"OHMLOOM_BOARD": str(folder.resolve())},
    )
    # The end of this pipe tells the board to end, also where this process just vanishes.
    process = start_bench(bench, simulator, stdin=subprocess.PIPE)
    try:
        ready = _await_ready(process, bench, simulator, build_timeout)
        yield VirtualBoard(
            address=f"tcp://127.0.0.1:{ready.port}",
            terminal=ready.terminal,
            process=process,
            bench=bench,
            simulator=simulator,
        )
    finally:
        if process.stdin is not None:
            process.stdin.close()
        try:
            process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            end_bench(process)


def _await_ready(
    process: subprocess.Popen[bytes], bench: Bench, simulator: Simulator, timeout: float
) -> Ready:
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        ready = Ready.load(bench.folder)
        if ready is not None:
            return ready
        if process.poll() is not None:
            _complain(bench, simulator)
        time.sleep(_POLL_SECONDS)
    msg = f"virtual board must be ready within {timeout:g} s, not later"
    raise ToolError(msg)


def _complain(bench: Bench, simulator: Simulator) -> None:
    failed = read_bench(bench, simulator).failed
    for message in failed.values():
        msg = f"virtual board must run on, not fail: {message}"
        raise HardwareError(msg)
