"""Sampling at the host's end: accesses that the chip has answered, and what they say of it."""

from collections.abc import Callable, Sequence

from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.packing import to_signed, unpack_entries
from ohmloom_hw.program_registers import WriteError
from ohmloom_hw.program_words import unpack_written
from ohmloom_hw.register_model import Register, RegisterTable
from ohmloom_hw.registers import entries_per_word
from ohmloom_hw.run_errors import ErrorCode
from ohmloom_sim.coverage.counts import CoverCounts
from ohmloom_sim.coverage.program_points import course_bin, outcome_bin
from ohmloom_sim.coverage.register_points import bit_bin
from ohmloom_sim.coverage.table_sampler import TableSampler

__all__ = ["AccessSampler"]


class AccessSampler:
    """Counts the accesses of one host to a chip from its reset on.

    Parameters
    ----------
    spec
        The chip.
    table
        Its address space.
    counts
        Where samples go.
    """

    def __init__(self, spec: ChipSpec, table: RegisterTable, counts: CoverCounts) -> None:
        self._spec, self._table, self._counts = spec, table, counts
        self._registers = {register.offset: register for register in table.registers}
        self._written: dict[int, int] = {}
        self._tables = TableSampler(spec, counts)
        self._windows: dict[str, Callable[[int, int], None]] = {
            "INPUT": self._entries_read,
            "RESULT": self._result_read,
            "WRITTEN": self._cell_read,
        }

    def written(self, address: int, words: Sequence[int]) -> None:
        """Note words that were written at addresses that rise by 4."""
        for place, word in enumerate(words):
            offset = address + 4 * place
            register = self._registers.get(offset)
            if register is not None:
                self._written[offset] = word
                self._strobed(register, word)
            else:
                self._window(offset, word, "written")

    def read(self, address: int, words: Sequence[int]) -> None:
        """Note words that were read."""
        for place, word in enumerate(words):
            offset = address + 4 * place
            register = self._registers.get(offset)
            if register is not None:
                self._register_read(register, word)
            else:
                self._window(offset, word, "read")

    def _strobed(self, register: Register, word: int) -> None:
        if register.access == "strobe":
            for field in register.fields:
                if field.extract(word):
                    self._hit(register, f"{field.name} written")
        if register.name == "STEPS":
            self._tables.steps = word
        if register.name == "CTRL" and register.field("start").extract(word):
            self._tables.start()

    def _register_read(self, register: Register, word: int) -> None:
        before = self._written.get(register.offset)
        for field in register.fields:
            value = field.extract(word)
            if register.access == "rw":
                if before is not None and value == field.extract(before):
                    for bit in range(field.width):
                        self._hit(register, bit_bin(field, bit, value >> bit & 1))
            elif register.access == "clear":
                self._hit(register, f"{field.name} {value}")
                if before is not None and field.extract(before) and not value:
                    self._hit(register, f"{field.name} cleared")
            elif register.access == "ro" and field.width == 1:
                self._hit(register, f"{field.name} {value}")
            elif register.access != "strobe":
                self._hit(register, f"{field.name} read")
        if register.access == "clear":
            self._written.pop(register.offset, None)
        self._state_read(register, word)

    def _state_read(self, register: Register, word: int) -> None:
        if register.name == "STATUS":
            flags = {f.name: f.extract(word) for f in register.fields}
            if flags["done"] and not flags["busy"] and not flags["error"]:
                self._tables.finish()
        elif register.name == "ERROR":
            code = ErrorCode(register.field("code").extract(word))
            self._counts.hit("events", "run error", code.name)
        elif register.name == "WRITE_ERROR":
            error = WriteError(register.field("code").extract(word))
            self._counts.hit("events", "write error", error.name)

    def _window(self, address: int, word: int, what: str) -> None:
        for window in self._table.windows:
            if window.base <= address < window.end:
                self._counts.hit("windows", window.name, what)
                place = (address - window.base) // 4
                if what == "written":
                    if window.name == "STEP":
                        self._tables.write(place, word)
                elif window.name in self._windows:
                    self._windows[window.name](place, word)

    def _entries_read(self, place: int, word: int) -> None:
        first = place * entries_per_word(self._spec)
        for lane, value in enumerate(unpack_entries(self._spec, [word])):
            if self._tables.hidden(first + lane):
                top, relu = self._spec.input.maximum, self._tables.relu(first + lane)
                lowest = 0 if relu else -top
                name = {lowest: "lowest", top: "highest"}.get(value, "between")
                self._counts.hit("codes", "hidden value", name)

    def _result_read(self, place: int, word: int) -> None:
        if self._tables.is_result(place):
            value = to_signed(word, 32)
            name = "zero" if not value else "positive" if value > 0 else "negative"
            self._counts.hit("codes", "result", name)

    def _cell_read(self, place: int, word: int) -> None:
        if not word:
            return
        outcome = unpack_written(word)
        self._counts.hit("programming", "outcome", outcome_bin(outcome))
        if outcome.status.name == "WRITTEN":
            self._counts.hit("programming", "course", course_bin(outcome))
            kept = "relapsed" if outcome.relapsed else "kept"
            self._counts.hit("programming", "relaxation", kept)

    def _hit(self, register: Register, bin_: str) -> None:
        self._counts.hit("registers", register.name, bin_)
