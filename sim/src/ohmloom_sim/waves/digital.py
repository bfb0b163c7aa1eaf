"""Digital signals of a chip under cocotb, watched for waves."""

from collections.abc import Iterator, Mapping
from typing import Any

import cocotb
from cocotb.handle import HierarchyObject, LogicArrayObject, LogicObject, PackedObject
from cocotb.task import Task
from cocotb.triggers import ValueChange

from ohmloom_analog.errors import OhmloomError
from ohmloom_sim.port_pins import now_ps
from ohmloom_sim.waves.recorder import Variable, Waves

__all__ = ["DEFAULT_SCOPES", "watch_signals"]

DEFAULT_SCOPES = ("sequencer", "conversion", "shift_add", "columns", "formatter", "argmax")
"""Modules of the chip's core whose signals are watched beside its pins."""

_TOP = "ohmloom"


def watch_signals(dut: Any, waves: Waves, *, states: Mapping[int, str]) -> tuple[Task[None], ...]:
    """Watch the pins of a chip, and the signals of the stations of its core, from now on.

    Signals that the emitted Verilog has no name for are left out.

    Parameters
    ----------
    states
        Names of the sequencer's states by their numbers, which are shown as a text, too.

    Returns
    -------
    tuple
        The tasks that watch, to be cancelled.

    Raises
    ------
    OhmloomError
        Where there is no signal.
    """
    found = [*_signals(dut, _TOP), *_stations(dut)]
    if not found:
        msg = "the chip must have at least one signal to be watched, not none"
        raise OhmloomError(msg)
    tasks = [_watch(waves, scope, handle) for scope, handle in found]
    for scope, handle in found:
        if scope == f"{_TOP}.sequencer" and handle._name == "fsm_state":
            tasks.append(_watch_state(waves, scope, handle, states))
    return tuple(tasks)


def _stations(dut: Any) -> Iterator[tuple[str, Any]]:
    core = getattr(dut, "core", None)
    for name in DEFAULT_SCOPES:
        station = getattr(core, name, None)
        if isinstance(station, HierarchyObject):
            yield from _signals(station, f"{_TOP}.{name}")


def _signals(module: Any, scope: str) -> Iterator[tuple[str, Any]]:
    for handle in module:
        plain = isinstance(handle, LogicObject | LogicArrayObject | PackedObject)
        if plain and "$" not in handle._name:
            yield scope, handle


def _watch(waves: Waves, scope: str, handle: Any) -> Task[None]:
    bits = 1 if isinstance(handle, LogicObject) else len(handle)
    variable = Variable(scope=scope, name=handle._name, kind="wire", bits=bits)

    async def follow() -> None:
        change = ValueChange(handle)
        while True:
            waves.note(variable, now_ps(), _value(handle))
            await change

    return cocotb.start_soon(follow())


def _watch_state(waves: Waves, scope: str, handle: Any, states: Mapping[int, str]) -> Task[None]:
    variable = Variable(scope=scope, name="state", kind="string")

    async def follow() -> None:
        change = ValueChange(handle)
        while True:
            value = _value(handle)
            name = states.get(value, str(value)) if isinstance(value, int) else value
            waves.note(variable, now_ps(), name)
            await change

    return cocotb.start_soon(follow())


def _value(handle: Any) -> int | str:
    value = handle.value
    return int(value) if value.is_resolvable else str(value).lower()
