"""A session of a host command: with a chip at a port, or with one made for the command."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from ohmloom_analog.spec import ChipSpec
from ohmloom_sim.commands.boards import BoardOptions, make_board, prepared_task
from ohmloom_sim.commands.console import user_input
from ohmloom_sim.host.session import Session, open_session
from ohmloom_sim.job import Job
from ohmloom_sim.tasks import PreparedTask, TaskName

__all__ = ["SIM", "HostOptions", "chip_session", "host_task"]

SIM = "sim"
"""Port that stands for a virtual board of the command's own."""


@dataclass(frozen=True, kw_only=True, slots=True)
class HostOptions:
    """What all host commands are told."""

    port: str
    """Line to the chip, or `SIM`."""
    baud: int | None
    """Rate of the line [bit/s]; None for the chip's."""
    reply_timeout: float | None
    """Longest wait for a reply [s]; None for what the port calls for."""
    board: BoardOptions
    """The chip, and how a virtual board of the command's own is made."""

    @property
    def spec(self) -> ChipSpec:
        """The chip that is expected."""
        return self.board.spec


@contextmanager
def chip_session(
    options: HostOptions,
    held: PreparedTask | Job | None = None,
    *,
    jumper: bool = False,
    writes: bool = False,
) -> Iterator[Session]:
    """Give a session; a virtual board is made where that is asked for, its arrays programmed.

    Parameters
    ----------
    held
        What its arrays hold; None for nothing.
    jumper
        Whether a jumper stands in their place.
    writes
        Whether the chip is to write its cells; those of a virtual board are fresh then.
    """
    with ExitStack() as stack:
        port, board = options.port, replace(options.board, writes=writes)
        if port == SIM:
            with user_input():
                # A twin can't be written, for one.
                _ = board.features
            job = None
            if isinstance(held, PreparedTask):
                job = Job.of(board.spec, held.mapping, held.inputs)
            elif held is not None:
                job = held
            if job is not None:
                job = replace(job, engine=board.engine.value, seed=board.seed)
            port = stack.enter_context(make_board(board, job, jumper=jumper)).address
        with user_input():
            session = stack.enter_context(
                open_session(
                    port,
                    board.spec,
                    baud=options.baud,
                    reply_timeout=options.reply_timeout,
                    link=board.link,
                    converters=board.converters,
                )
            )
        yield session


def host_task(
    options: HostOptions, name: TaskName | None, model: Path | None, images: int | None = 1
) -> PreparedTask:
    """Return the network that a command is about, on the chip: that of a task, or of a file."""
    with user_input():
        return prepared_task(options.spec, name, model, options.board.seed, images)
