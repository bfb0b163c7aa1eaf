"""The numbers of a rule as words that the host writes and reads back."""

from collections.abc import Sequence
from typing import Any

from amaranth.hdl import Cat, Module, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from ohmloom_hw.bus import WindowInterface, WindowSignature
from ohmloom_hw.learning.registers import RULE_WORDS, pack_settings
from ohmloom_hw.learning.rules import LearningSettings
from ohmloom_hw.learning.settings_layout import SETTINGS
from ohmloom_hw.register_model import Field

__all__ = ["SettingsWindow"]


class SettingsWindow(wiring.Component):
    """Keep the numbers of a rule, which itself is fixed.

    Parameters
    ----------
    first
        The rule, and its numbers after reset.
    """

    window: WindowInterface
    """The host's side."""
    settings: Any
    """To the engine."""

    def __init__(self, first: LearningSettings) -> None:
        self._first = first
        bits = (len(RULE_WORDS) - 1).bit_length()
        super().__init__({"window": In(WindowSignature(bits)), "settings": Out(SETTINGS)})

    def elaborate(self, platform: object) -> Module:
        """Build a register for each word, of the bits that it has."""
        m = Module()
        m.d.comb += self.settings.rule.eq(self._first.rule)
        shown: Value = self._word(m, 0)
        for place in range(1, len(RULE_WORDS)):
            shown = shown | self._word(m, place)
        m.d.sync += self.window.r_data.eq(shown)
        return m

    def _word(self, m: Module, place: int) -> Value:
        """Build a word; return it where it is asked for, else 0."""
        fields = RULE_WORDS[place]
        word = Signal(
            fields[-1].high + 1, init=pack_settings(self._first)[place], name=f"word_{place}"
        )
        mine = self.window.addr == place
        with m.If(self.window.w_en & mine):
            m.d.sync += word.eq(self.window.w_data & _mask(fields))
        for field in fields:
            m.d.comb += Value.cast(self.settings[field.name]).eq(word[field.low : field.high + 1])
        return Cat(word) & mine.replicate(len(word))


def _mask(fields: Sequence[Field]) -> int:
    return sum(((1 << field.width) - 1) << field.low for field in fields)
