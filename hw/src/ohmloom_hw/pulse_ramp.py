"""The next pulse of a cell: drive, gate and width, of which one grows at a time."""

from typing import get_args

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from ohmloom_analog.write_spec import RampOrder
from ohmloom_hw.cell_operator import WriteShape
from ohmloom_hw.program_registers import PLAN_WORDS

__all__ = ["PulseRamp"]

_NAMES = {"d": "drive", "g": "gate", "w": "width"}


class PulseRamp(wiring.Component):
    """Hold the plan of one direction, and the pulse that it has come to.

    The first of the three in the plan's order that isn't at its stop grows; those before it start
    anew where the plan says so. Where all are at their stops nothing changes. Orders that don't
    exist are taken for the first one.
    """

    w_en: Signal
    """One cycle: take a word of a plan."""
    w_place: Signal
    """Which of `PLAN_WORDS`."""
    w_data: Signal
    """The word."""
    begin: Signal
    """One cycle: the pulse becomes the first of the plan."""
    grow: Signal
    """One cycle: the pulse becomes the one after it."""
    drive: Signal
    """Code of the drivers."""
    gate: Signal
    """Code of the gate."""
    width: Signal
    """Clock cycles."""

    def __init__(self, shape: WriteShape) -> None:
        self._bits = {"drive": shape.code, "gate": shape.code, "width": shape.width}
        super().__init__(
            {
                "w_en": In(1),
                "w_place": In(range(len(PLAN_WORDS))),
                "w_data": In(32),
                "begin": In(1),
                "grow": In(1),
                "drive": Out(shape.code),
                "gate": Out(shape.code),
                "width": Out(shape.width),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the plan's registers, and a step for each of the three."""
        m = Module()
        plan = self._plan(m)
        earlier = {name: Signal(name=f"{name}_earlier") for name in self._bits}
        grows = {name: Signal(name=f"{name}_grows") for name in self._bits}
        self._choose(m, plan, earlier, grows)
        for name, bits in self._bits.items():
            value, stop = getattr(self, name), plan[f"{name}_stop"]
            sum_ = Signal(bits + 1, name=f"{name}_sum")
            m.d.comb += sum_.eq(value + plan[f"{name}_step"])
            with m.If(self.begin | (self.grow & earlier[name] & plan["restart"])):
                m.d.sync += value.eq(plan[f"{name}_start"])
            with m.Elif(self.grow & grows[name]):
                m.d.sync += value.eq(Mux(sum_ > stop, stop, sum_))
        return m

    def _plan(self, m: Module) -> dict[str, Signal]:
        plan = {}
        for place, fields in enumerate(PLAN_WORDS):
            for field in fields:
                bits = min(self._bits.get(field.name.split("_")[0], field.width), field.width)
                plan[field.name] = Signal(bits, name=field.name)
                with m.If(self.w_en & (self.w_place == place)):
                    m.d.sync += plan[field.name].eq(self.w_data >> field.low)
        return plan

    def _choose(
        self,
        m: Module,
        plan: dict[str, Signal],
        earlier: dict[str, Signal],
        grows: dict[str, Signal],
    ) -> None:
        """Find which one grows, and which stand before it in the order."""
        free = {}
        for name in self._bits:
            free[name] = Signal(name=f"{name}_free")
            m.d.comb += free[name].eq(getattr(self, name) != plan[f"{name}_stop"])
        orders = get_args(RampOrder)
        with m.Switch(plan["order"]):
            for number, order in reversed(list(enumerate(orders))):
                first, second, third = (_NAMES[letter] for letter in order)
                # The last case catches what is no order.
                with m.Case(number) if number else m.Default():
                    # Nothing comes after the third, so it is never earlier.
                    m.d.comb += [
                        grows[first].eq(free[first]),
                        grows[second].eq(~free[first] & free[second]),
                        grows[third].eq(~free[first] & ~free[second] & free[third]),
                        earlier[first].eq(grows[second] | grows[third]),
                        earlier[second].eq(grows[third]),
                    ]
