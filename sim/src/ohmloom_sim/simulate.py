"""A job on a simulator: emit the chip, run it under cocotb, read the answer."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from ohmloom_analog.errors import EngineError
from ohmloom_hw.converters.profile import write_profile
from ohmloom_hw.emit import TOP, emit
from ohmloom_hw.features import DEFAULT_FEATURES, Features
from ohmloom_sim.cosim import Bench, pass_bench
from ohmloom_sim.job import Answer, Job, read_progress
from ohmloom_sim.simulators import default_simulator, find_simulator

__all__ = ["CONVERTERS", "simulate"]

CONVERTERS = "converters.toml"
"""File beside a job: the converter chips of the board, if the chip's pins lead to any."""


def simulate(
    job: Job,
    *,
    sim: str | None,
    folder: Path,
    features: Features = DEFAULT_FEATURES,
    on_progress: Callable[[int], None] | None = None,
    on_writing: Callable[[int], None] | None = None,
) -> Answer:
    """Send a job through the emitted Verilog of its chip.

    Parameters
    ----------
    sim
        'icarus' or 'verilator'; None for the first that is there.
    folder
        Where Verilog, build and answer go.
    features
        What the chip is built with. With converters, models of the chips stand at its pins. A job
        that is programmed by write-verify gets `writes`.
    on_progress
        Called now and then with the number of samples that are through.
    on_writing
        Called now and then with the number of cells that are written.

    Raises
    ------
    ToolError
        Where the simulator is missing or breaks.
    EngineError
        Where the array engine is missing.
    HardwareError
        Where the chip or its bench fails.
    """
    if len(job.inputs) == 0:
        msg = "samples must be at least 1, not 0"
        raise ValueError(msg)
    _check_engine(job.engine)
    simulator = default_simulator() if sim is None else find_simulator(sim)
    if job.program == "write-verify":
        features = replace(features, writes=True)
    files = emit(job.spec, folder / "chip", features=features)
    job.save(folder)
    (folder / CONVERTERS).unlink(missing_ok=True)
    if features.converters is not None:
        write_profile(features.converters, folder / CONVERTERS)
    bench = Bench(
        sources=[files.verilog],
        top=TOP,
        module="ohmloom_sim.benches.inference",
        folder=folder,
        environment={"OHMLOOM_JOB": str(folder.resolve())},
    )

    def poll() -> None:
        done, writing = read_progress(folder)
        told = on_writing if writing else on_progress
        if told is not None:
            told(done)

    pass_bench(bench, simulator, on_poll=poll)
    if on_progress is not None:
        on_progress(len(job.inputs))
    return Answer.load(folder)


def _check_engine(name: str) -> None:
    if name in ("ngspice", "transient"):
        from ohmloom_analog.engines import ngspice  # noqa: PLC0415

        reason = ngspice.ngspice_available()
        if reason is not None:
            raise EngineError(reason)
