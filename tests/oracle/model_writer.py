"""A chip at the end of a line that writes its cells, told from the contract of its registers.

Cells are integers in a dictionary. A pulse moves a cell by half of what is left to its target, so
that any cell ends in a few pulses; one that is stuck never moves. Addresses and bits are written
down here once more, so that a driver that has them wrong is seen.
"""

import socket
import threading

from model_chip import ModelChip

from ohmloom_hw.features import Features
from ohmloom_hw.registers import register_table

UNTOUCHED, WRITTEN, TOO_MANY_PULSES, LOCKED, ABORTED = 0, 1, 2, 4, 5
WRITE_KEY, FORM_KEY = 0x57524954, 0x464F524D
LEVELS, FAULTS = 0x0E0000, 0x1C0000
TARGET, RESULTS, WEAR = 0x100000, 0x140000, 0x180000


class WriterChip(ModelChip):
    """Cells by tile, row and line; `stuck` are those that no pulse moves."""

    def __init__(self, spec, *, cells_a_poll=None, stuck=()):
        table = register_table(spec, Features(writes=True))
        constants = {r.offset: r.reset for r in table.registers if r.access == "constant"}
        free = {}
        for register in table.registers:
            if register.access not in {"constant", "ro"}:
                free[register.offset] = 0xFFFFFFFF
        for window in table.windows:
            free |= dict.fromkeys(range(window.base, window.end, 4), 0xFFFFFFFF)
        super().__init__(constants, free)
        self.lines = spec.lines + 1
        self.rows, self.tiles = spec.rows, spec.tiles
        self.enabled = True
        self.cells_a_poll = cells_a_poll
        self.conductance, self.stuck = {}, set(stuck)
        self.worn = {}
        self.job = None
        self.error = self.done = 0
        self.reads = self.finished = 0
        self.successes = {}
        for offset in (0x104, 0x108, 0x134, 0x138):
            self.constants[offset] = 0
        for offset, told in {
            0x104: self.status,
            0x108: lambda _: self.error,
            0x134: lambda _: self.reads,
            0x138: lambda _: self.finished,
        }.items():
            self.broken[offset] = told

    def reset(self):
        """Switch the chip off and on; its cells keep what they hold."""
        self.words = dict.fromkeys(self.words, 0)
        self.worn, self.job, self.last = {}, None, None

    def execute(self, request):
        command, address = request[0], int.from_bytes(request[1:4], "little")
        windowed = address >= LEVELS
        if windowed and self.job is not None:
            return bytes([1, 1]) + address.to_bytes(4, "little")
        reply = super().execute(request)
        if command == 2 and address <= 0x100 < address + 4 * request[4]:
            self.strobed(self.words[0x100])
        if command == 2 and address <= 0x110 < address + 4 * request[4]:
            self.show_wear()
        armed = self.words[0x10C] in (WRITE_KEY, FORM_KEY)
        if command == 2 and self.job is not None and not armed:
            self.end(3)
        return reply

    def status(self, _):
        if self.job is not None:
            for _ in range(self.cells_a_poll or self.rows * self.lines):
                try:
                    next(self.job)
                except StopIteration:
                    break
        key = self.words[0x10C]
        return (
            (self.job is not None)
            | self.done << 1
            | (self.error != 0) << 2
            | (key in (WRITE_KEY, FORM_KEY)) << 3
            | self.enabled << 4
            | (key == FORM_KEY) << 5
        )

    def strobed(self, bits):
        if bits & 8:
            if self.job is not None:
                self.end(1)
            return
        if self.job is not None:
            return
        self.error = self.done = 0
        key = self.words[0x10C]
        if not self.enabled or key not in (WRITE_KEY, FORM_KEY) or (bits & 2 and key != FORM_KEY):
            self.error = 3
            return
        self.reads = self.finished = 0
        self.job = self.working("form" if bits & 2 else "march" if bits & 4 else "write")

    def end(self, error):
        self.job, self.error, self.done = None, error, 1

    def working(self, what):
        first, last, tile = self.words[0x114], self.words[0x118], self.words[0x110]
        for row in range(first & 0xFFFF, (last & 0xFFFF) + 1):
            for line in range(first >> 16, (last >> 16) + 1):
                if what == "march":
                    self.test(tile, row, line)
                else:
                    self.write_cell(tile, row, line)
                self.finished += 1
                yield
        self.end(0)

    def write_cell(self, tile, row, line):
        number = row * self.lines + line
        half = self.words[TARGET + 4 * (number // 2)] >> 16 * (number % 2) & 0xFFFF
        status = self.words[RESULTS + 4 * number] >> 29
        if half >> 15:
            if status == UNTOUCHED:
                self.words[RESULTS + 4 * number] = LOCKED << 29
            return
        if status in (2, 3, 6, 7):
            return
        entry = LEVELS + 4 * 16 * (half & 0xFF)
        trim = (half >> 8 & 0x7F) - (half >> 7 & 0x80)
        target = self.words[entry] + trim
        below, above = self.words[entry + 4] & 0xFFF, self.words[entry + 4] >> 16
        limit, pulses, ups, downs = self.words[0x11C] & 0xFF, 0, 0, 0
        place = (tile, row, line)
        while True:
            code = self.conductance.get(place, 0)
            self.reads += 1
            if target - below <= code <= target + above:
                status = WRITTEN
                self.successes[place] = self.successes.get(place, 0) + 1
                break
            if pulses == limit:
                status = TOO_MANY_PULSES
                break
            pulses += 1
            ups, downs = ups + (code < target), downs + (code > target)
            if place not in self.stuck:
                self.conductance[place] = (code + target + (code < target)) // 2
        up, down = self.worn.get(place, (0, 0))
        self.worn[place] = up + ups, down + downs
        word = code | pulses << 12 | status << 29
        self.words[RESULTS + 4 * number] = word
        self.show_wear()

    def show_wear(self):
        for row in range(self.rows):
            for line in range(self.lines):
                up, down = self.worn.get((self.words[0x110], row, line), (0, 0))
                self.words[WEAR + 4 * (row * self.lines + line)] = up | down << 16

    def test(self, tile, row, line):
        number = row * self.lines + line
        address, shift = FAULTS + 4 * (number // 8), 4 * (number % 8)
        kind = 0
        if (tile, row, line) in self.stuck:
            kind = 2 if self.conductance.get((tile, row, line), 0) else 1
        self.words[address] = self.words.get(address, 0) & ~(0xF << shift) | kind << shift


class Served:
    """A chip at a TCP port of this process, for one host after the other."""

    def __init__(self, chip):
        self.chip = chip
        self.server = socket.create_server(("127.0.0.1", 0))
        self.address = f"tcp://127.0.0.1:{self.server.getsockname()[1]}"
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        while True:
            try:
                line, _ = self.server.accept()
            except OSError:
                return
            with line:
                self.talk(line)

    def talk(self, line):
        while True:
            try:
                data = line.recv(4096)
            except OSError:
                return
            if not data:
                return
            self.chip.line += data
            while b"\0" in self.chip.line:
                encoded, _, rest = bytes(self.chip.line).partition(b"\0")
                self.chip.line[:] = rest
                if encoded:
                    self.chip.take(encoded)
            try:
                line.sendall(bytes(self.chip.out))
            except OSError:
                return
            self.chip.out.clear()

    def close(self):
        # A thread that waits for the next host isn't woken by a mere close.
        self.server.shutdown(socket.SHUT_RDWR)
        self.server.close()
        self.thread.join(10)
        assert not self.thread.is_alive()
