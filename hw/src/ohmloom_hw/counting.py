"""Counters that the host reads."""

from typing import Any

from amaranth.hdl import Module, Signal, Value

__all__ = ["count_events", "count_several"]


def count_events(m: Module, port: Signal, event: Any, clear: Any) -> None:
    """Count events into a register that can be read; it stays at its highest value."""
    counter = Signal.like(port, name=f"count_{port.name}")
    m.d.comb += port.eq(counter)
    with m.If(clear):
        m.d.sync += counter.eq(0)
    with m.Elif(event & ~counter.all()):
        m.d.sync += counter.eq(counter + 1)


def count_several(m: Module, port: Signal, events: Value, clear: Value) -> None:
    """Count like `count_events`, where each bit of `events` is one that may come with others."""
    counter = Signal.like(port, name=f"count_{port.name}")
    several = sum(events, start=Value.cast(0))
    total = Signal(len(port) + 1, name=f"next_{port.name}")
    m.d.comb += [port.eq(counter), total.eq(counter + several)]
    with m.If(clear):
        m.d.sync += counter.eq(0)
    with m.Elif(total[-1]):
        m.d.sync += counter.eq(~0)
    with m.Else():
        m.d.sync += counter.eq(total)
