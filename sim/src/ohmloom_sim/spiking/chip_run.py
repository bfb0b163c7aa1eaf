"""A spiking network on the emitted Verilog of a chip, beside arrays of its cells."""

from collections.abc import Callable
from pathlib import Path

from ohmloom_hw.emit import TOP, emit
from ohmloom_hw.features import Features
from ohmloom_sim.cosim import Bench, pass_bench
from ohmloom_sim.simulators import default_simulator, find_simulator
from ohmloom_sim.spiking.chip_job import SpikingAnswer, SpikingJob, read_samples_done

__all__ = ["FEATURES", "simulate_spiking"]

FEATURES = Features(bus="wishbone")
"""What the chip is built with: a bus, over which events go faster than over a serial line."""


def simulate_spiking(
    job: SpikingJob,
    *,
    sim: str | None,
    folder: Path,
    on_progress: Callable[[int], None] | None = None,
) -> SpikingAnswer:
    """Send a job through the emitted Verilog of its chip.

    Parameters
    ----------
    sim
        'icarus' or 'verilator'; None for the first that is there.
    folder
        Where Verilog, build and answer go.
    on_progress
        Called now and then with the number of samples that are through.

    Raises
    ------
    ToolError
        Where the simulator is missing or breaks.
    HardwareError
        Where the chip or its bench fails.
    """
    simulator = default_simulator() if sim is None else find_simulator(sim)
    folder.mkdir(parents=True, exist_ok=True)
    files = emit(job.spec, folder / "chip", features=FEATURES)
    job.save(folder)
    bench = Bench(
        sources=[files.verilog],
        top=TOP,
        module="ohmloom_sim.benches.spiking",
        folder=folder,
        environment={"OHMLOOM_JOB": str(folder.resolve())},
    )

    def poll() -> None:
        if on_progress is not None:
            on_progress(read_samples_done(folder))

    pass_bench(bench, simulator, on_poll=poll)
    if on_progress is not None:
        on_progress(len(job.events))
    return SpikingAnswer.load(folder)
