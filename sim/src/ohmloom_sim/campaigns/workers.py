"""What computes the points: processes of this machine, or the workers of a Dask cluster.

Both are executors of `concurrent.futures`, so that a campaign runs on either unchanged.
"""

import importlib
import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import wait
from typing import Any

from ohmloom_analog.errors import ToolError
from ohmloom_sim.campaigns.versions import difference, versions

__all__ = ["Workers", "cluster_workers", "local_jobs", "local_workers"]

_PATIENCE = 10.0


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class Workers:
    """Where chunks are sent to."""

    executor: Executor
    """Takes them."""
    count: int
    """How many are computed at once."""
    name: str
    """For people and the store."""


def local_jobs() -> int:
    """Return the number of cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@contextmanager
def local_workers(jobs: int) -> Iterator[Workers]:
    """Give processes of this machine; they end with the block, at once if anything is raised.

    Raises
    ------
    ValueError
        Where there are fewer than one.
    """
    if jobs < 1:
        msg = f"jobs must be at least 1, not {jobs}"
        raise ValueError(msg)
    before = set(multiprocessing.active_children())
    # Forking a process that has threads, as those of numba and BLAS, may hang the child.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, mp_context=context, initializer=_begin) as pool:
        try:
            with _uninterrupted():
                for _ in range(jobs):
                    pool.submit(_nothing)
            yield Workers(executor=pool, count=jobs, name=f"{jobs} local processes")
        except BaseException:
            for process in set(multiprocessing.active_children()) - before:
                process.terminate()
            pool.shutdown(wait=True, cancel_futures=True)
            raise


@contextmanager
def cluster_workers(address: str) -> Iterator[Workers]:
    """Give the workers of a Dask cluster.

    Parameters
    ----------
    address
        Of its scheduler, as 'tcp://host:8786' or 'host:8786'.

    Raises
    ------
    ToolError
        Where Dask isn't installed, the scheduler doesn't answer, it has no workers, or one of them
        has another version of Ohmloom or of what it computes with.
    """
    distributed = _distributed()
    try:
        client = distributed.Client(address, timeout=_PATIENCE, set_as_default=False)
    except (OSError, ValueError) as error:
        msg = f"scheduler must answer at '{address}', which it doesn't: {error}"
        raise ToolError(msg) from None
    with client:
        count = _checked_workers(client, address)
        with client.get_executor(pure=False) as executor:
            yield Workers(executor=executor, count=count, name=f"{count} workers of {address}")


@contextmanager
def _uninterrupted() -> Iterator[None]:
    # Ctrl-C reaches the whole group of processes, and only the one that has the store is to see to
    # it. Processes that begin while it is ignored go on ignoring it.
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _nothing() -> None:
    """Have a process begun."""


def _begin() -> None:
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        # Nobody is left to take the result.
        os._exit(1)


def _distributed() -> Any:
    try:
        return importlib.import_module("distributed")
    except ModuleNotFoundError:
        msg = "Dask isn't installed; it comes with: pip install 'ohmloom[cluster]'"
        raise ToolError(msg) from None


def _checked_workers(client: Any, address: str) -> int:
    try:
        client.wait_for_workers(1, timeout=_PATIENCE)
    except TimeoutError:
        msg = f"scheduler at '{address}' must have at least one worker, not 0"
        raise ToolError(msg) from None
    try:
        found: dict[str, dict[str, str]] = client.run(versions)
    except ModuleNotFoundError as error:
        msg = f"workers of '{address}' must have Ohmloom: {error}"
        raise ToolError(msg) from None
    for worker, theirs in found.items():
        other = difference(versions(), theirs)
        if other is not None:
            msg = f"worker {worker} must have {other}"
            raise ToolError(msg)
    return sum(client.nthreads().values())
