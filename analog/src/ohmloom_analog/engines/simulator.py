"""ngspice as a library, through PySpice: found, started once a process, and listened to.

PySpice 1.5 can hold one instance of ngspice a process, so all engines share it, each with
circuits of its own. ngspice reports failures as text only; every text is looked at here.
"""

import ctypes
import importlib
import importlib.util
import itertools
import logging
import os
import re
import textwrap
import warnings
import weakref
from functools import cache
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from ohmloom_analog.errors import EngineError

__all__ = ["Circuit", "Simulator", "ngspice_available", "ngspice_version", "simulator"]

_LIBRARIES = ("libngspice.so", "libngspice.so.0")
_FIRST_WITH_KLU = 42
# PySpice takes 1023 characters at a time.
_STEPS_A_COMMAND = 20


def ngspice_available() -> str | None:
    """Return None where ngspice can be used, else the reason and what to install."""
    if importlib.util.find_spec("PySpice") is None:
        return "PySpice must be installed for the ngspice engine: pip install 'ohmloom[spice]'"
    if _library() is None:
        given = os.environ.get("NGSPICE_LIBRARY_PATH")
        at = f" at NGSPICE_LIBRARY_PATH={given}" if given else ""
        return (
            f"libngspice must be installed for the ngspice engine, and isn't found{at}: "
            "apt-get install libngspice0"
        )
    return None


def ngspice_version() -> str:
    """Return the version of ngspice, as it says itself.

    Raises
    ------
    EngineError
        Where ngspice can't be used; the message names the package to install.
    """
    return simulator().version


def _library() -> str | None:
    """Return what libngspice loads by; the run-time package has it only with its version."""
    given = os.environ.get("NGSPICE_LIBRARY_PATH")
    for name in (given,) if given else _LIBRARIES:
        try:
            ctypes.CDLL(name)
        except OSError:
            continue
        return name
    return None


@cache
def simulator() -> "Simulator":
    """Return the one instance of this process.

    Raises
    ------
    EngineError
        Where ngspice can't be used; the message names the package to install.
    """
    # After a failed start PySpice can't start again in this process, so look first.
    reason = ngspice_available()
    if reason is not None:
        raise EngineError(reason)
    return Simulator()


class _VectorInfo(ctypes.Structure):
    """What ``ngGet_Vec_Info`` of ngspice's header ``sharedspice.h`` points to."""

    _fields_ = (
        ("name", ctypes.c_char_p),
        ("type", ctypes.c_int),
        ("flags", ctypes.c_short),
        ("data", ctypes.POINTER(ctypes.c_double)),
        ("complex_data", ctypes.c_void_p),
        ("length", ctypes.c_int),
    )


class Simulator:
    """The instance, and the circuits that it holds."""

    def __init__(self) -> None:
        logger = logging.getLogger("PySpice")
        if logger.level == logging.NOTSET:
            # It warns of every version that it doesn't know, and logs what is raised here anyway.
            logger.setLevel(logging.CRITICAL)
        with warnings.catch_warnings():
            # Warnings of PySpice's own source and imports are nothing that a user could mend.
            warnings.simplefilter("ignore")
            shared: Any = importlib.import_module("PySpice.Spice.NgSpice.Shared").NgSpiceShared
            shared.LIBRARY_PATH = _library()
            try:
                self._shared = shared.new_instance()
            except (NameError, OSError) as error:
                msg = f"ngspice can't be started: {error}"
                raise EngineError(msg) from error
        found = re.search(r"ngspice-(\S+)", self.command("version -f"))
        self.version = found[1] if found else "unknown"
        self._serial = itertools.count()
        self._abandoned: list[tuple[str, list[str]]] = []
        self._selected: str | None = None
        self.under_way: str | None = None
        """Title of the circuit whose transient can be resumed; ngspice keeps one."""
        # The same instance: a library is loaded once a process.
        self._library = ctypes.CDLL(shared.LIBRARY_PATH)
        self._library.ngSpice_SetBkpt.restype = ctypes.c_bool
        self._library.ngGet_Vec_Info.restype = ctypes.POINTER(_VectorInfo)

    @property
    def has_klu(self) -> bool:
        """Whether this ngspice has the KLU solver."""
        major = re.match(r"\d+", self.version)
        return major is not None and int(major[0]) >= _FIRST_WITH_KLU

    def new_title(self) -> str:
        """Return a title that no other circuit has."""
        return f"ohmloom {next(self._serial)}"

    def command(self, text: str) -> str:
        """Run a command and return what it prints.

        Raises
        ------
        EngineError
            Where ngspice reports an error.
        """
        try:
            return str(self._shared.exec_command(text))
        except NameError as error:
            self._fail(text, error)

    def load(self, netlist: str) -> None:
        """Load a circuit and make it the current one."""
        self._sweep()
        self._selected = None
        try:
            self._shared.load_circuit(netlist)
        except NameError as error:
            self._fail("the netlist", error)
        self._selected = netlist.partition("\n")[0]
        if re.search("error|warning", self._shared.stderr, re.IGNORECASE):
            self._fail("the netlist", None)

    def select(self, title: str) -> None:
        """Make a circuit the current one, whatever was loaded since."""
        if title == self._selected:
            return
        for entry in self.command("setcirc").splitlines():
            number, _, name = entry.removeprefix("Current").strip().partition("\t")
            if name == title and self.command(f"setcirc {number}").strip() == title:
                self._selected = title
                return
        msg = f"ngspice no longer holds the circuit {title!r}"
        raise EngineError(msg)

    def operating_point(self) -> dict[str, float]:
        """Solve the current circuit and return its saved vectors."""
        self.under_way = None
        try:
            self.command("op")
            if self._warned():
                self._fail("op", None)
            return {name: float(vector[0]) for name, vector in self._vectors().items()}
        finally:
            self.discard(self.last_plot)

    def transient(self, stop: float, longest_step: float) -> dict[str, NDArray[np.float64]]:
        """Run the current circuit from its initial conditions, and return its saved vectors.

        Parameters
        ----------
        stop
            End of the run [s].
        longest_step
            Longest time step [s].

        Raises
        ------
        EngineError
            Where ngspice aborts, also where it says so only by stopping early.
        """
        self.under_way = None
        try:
            self.command(f"tran {longest_step!r} {stop!r} 0 {longest_step!r} uic")
            vectors = self._vectors()
            reached = float(vectors["time"][-1]) if len(vectors.get("time", ())) else 0.0
            if not reached >= stop * (1 - 1e-9):
                self._fail(f"to go on to {stop:g} s and stopped at {reached:g} s", None)
            return vectors
        finally:
            self.discard(self.last_plot)

    @property
    def last_plot(self) -> str:
        """Name of the plot that was begun last."""
        return str(self._shared.last_plot)

    def discard(self, plot: str) -> None:
        """Forget a plot; others may belong to transients that have stopped on their way."""
        if plot != "const":
            self.command(f"destroy {plot}")

    def run_until(self, command: str, time: float, tolerance: float) -> None:
        """Begin or resume a transient of the current circuit, and stop it at a time [s].

        Parameters
        ----------
        command
            What begins or resumes it.
        tolerance
            How much before the time it may stop [s].

        Raises
        ------
        EngineError
            Where it ends for another reason, with what ngspice says of it.
        """
        self.under_way = None
        self.command(f"stop when time >= {time - tolerance!r}")
        error = None
        try:
            self._shared.exec_command(command)
        except NameError as raised:
            # PySpice takes the message of a stop for an error.
            error = raised
        try:
            if "condition met" not in self._shared.stderr or self._warned():
                self._fail(f"to go on to {time:g} s", error)
        finally:
            self.command("delete all")
        self.under_way = self._selected

    def set_breakpoint(self, time: float) -> None:
        """Have the current circuit's transient place a time point here [s]."""
        if not self._library.ngSpice_SetBkpt(ctypes.c_double(time)):
            msg = f"ngspice refused a breakpoint at {time:g} s"
            raise EngineError(msg)

    def tail(self, plot: str, vector: str, start: int) -> NDArray[np.float64]:
        """Return the values of a vector from an index on; nothing where there is no such one."""
        found = self._library.ngGet_Vec_Info(f"{plot}.{vector}".encode())
        if not found:
            msg = f"ngspice must hold the vector {vector}: it has aborted, or doesn't save it"
            raise EngineError(msg)
        info = found.contents
        values = np.ctypeslib.as_array(info.data, shape=(info.length,))
        # A copy: what the vectors lie in goes with the plot.
        return np.array(values[start:], dtype=np.float64)

    def abandon(self, title: str, plots: list[str] | None = None) -> None:
        """Have a circuit, and plots of its, removed before the next one is loaded.

        This may be called at any time, also while ngspice is at work.
        """
        self._abandoned.append((title, plots or []))

    def _warned(self) -> bool:
        """Tell whether ngspice went on from what it shouldn't have, such as a singular matrix."""
        said = self._shared.stderr.lower().splitlines()
        # That a transient of another circuit can't be resumed is known.
        return any("warning" in line and "losing old state" not in line for line in said)

    def _vectors(self) -> dict[str, NDArray[np.float64]]:
        plot = self._shared.plot(None, self._shared.last_plot)
        # A copy: what the vectors lie in goes with the plot.
        return {
            str(name).lower(): np.array(vector._data, dtype=np.float64)
            for name, vector in plot.items()
        }

    def _sweep(self) -> None:
        while self._abandoned:
            title, plots = self._abandoned.pop()
            for plot in plots:
                self.discard(plot)
            self.select(title)
            self._selected = None
            self.command("remcirc")

    def _fail(self, what: str, error: Exception | None) -> NoReturn:
        lines = f"{self._shared.stderr}\n{self._shared.stdout}".splitlines()
        said = "; ".join(line.strip() for line in lines if line.strip())
        what, said = (textwrap.shorten(text, 300, placeholder=" ...") for text in (what, said))
        msg = f"ngspice refused {what}: {said or 'it gave no reason'}"
        raise EngineError(msg) from error


class Circuit:
    """A netlist that ngspice holds for as long as this object lives."""

    def __init__(self, owner: Simulator, title: str, netlist: str) -> None:
        self._owner = owner
        self._title = title
        self._levels: dict[str, float] = {}
        owner.load(netlist)
        weakref.finalize(self, owner.abandon, title)

    def transient(self, stop: float, longest_step: float) -> dict[str, NDArray[np.float64]]:
        """Run from the initial conditions to a time [s], and return the saved vectors."""
        self._owner.select(self._title)
        return self._owner.transient(stop, longest_step)

    def solve(self, levels: dict[str, float]) -> dict[str, float]:
        """Set sources [V] and return the saved vectors of the operating point."""
        self._owner.select(self._title)
        steps = [
            f"alter {source} = {level!r}"
            for source, level in levels.items()
            if self._levels.get(source) != level
        ]
        # Should one of them fail, none is known to be set.
        self._levels = {}
        for start in range(0, len(steps), _STEPS_A_COMMAND):
            self._owner.command(";".join(steps[start : start + _STEPS_A_COMMAND]))
        self._levels = dict(levels)
        return self._owner.operating_point()
