"""An array whose cells are written, that checks every cycle of its port."""

import random

from written_cell import Cell

from ohmloom_analog.write_verify import Direction, Pulse, Read

READ, SET, RESET, FORM, VERIFY = range(5)
HELD = ("op", "row", "line", "drive", "gate", "width")


class WritableArray:
    """Cells by (row, line), what was done to each, and in which order they came.

    Parameters
    ----------
    port
        The array port of a core under test.
    rail, discharge
        Clock cycles that the port must keep.
    stall
        Most cycles that a conversion takes more than one.
    """

    def __init__(self, port, *, rail=1, discharge=1, stall=0, seed=0):
        self.port, self.rail, self.discharge, self.stall = port, rail, discharge, stall
        self.rng = random.Random(seed)
        self.cells, self.log, self.order = {}, {}, []
        self.silent = self.aborting = False
        self.conversions = 1
        self.cut = 0

    def put(self, place, cell: Cell):
        self.cells[place] = cell
        self.log[place] = []

    def see(self, ctx):
        names = (*HELD, "levels", "rails", "pulse", "start")
        values = {name: ctx.get(getattr(self.port, name)) for name in names}
        values["op"] = getattr(values["op"], "value", values["op"])
        return values

    async def serve(self, ctx):
        """Serve reads and pulses, and check what the port's rules say of each cycle."""
        answer_at, now, asked = None, 0, []
        stood, pulsed, after, held = 0, 0, 0, None
        while True:
            seen = self.see(ctx)
            place = seen["row"], seen["line"]
            if not seen["rails"]:
                if held is not None:
                    self._over(held, stood, pulsed, after)
                held, stood, pulsed, after = None, 0, 0, 0
                assert not seen["pulse"]
                assert (seen["drive"], seen["gate"], seen["width"]) == (0, 0, 0)
            else:
                assert seen["levels"] == 0
                assert seen["op"] in (SET, RESET, FORM)
                assert not seen["start"]
                now_held = tuple(seen[name] for name in HELD)
                assert held in (None, now_held)
                held = now_held
                if seen["pulse"]:
                    assert stood >= self.rail
                    assert after == 0
                    pulsed += 1
                else:
                    stood += pulsed == 0
                    after += pulsed != 0
            if seen["start"] and seen["op"] == VERIFY:
                assert seen["levels"] == 0
                assert answer_at is None
                answer_at = now + 1 + self.rng.randrange(self.stall + 1)
                asked.append(place)
            if answer_at is not None and not self.silent:
                assert self.aborting or (seen["op"] == VERIFY and place == asked[-1])
            await ctx.tick()
            now += 1
            ctx.set(self.port.done, 0)
            if answer_at is not None and now >= answer_at and not self.silent:
                self._answer(ctx, asked)
                answer_at = None
            if self.silent:
                answer_at = None

    def _answer(self, ctx, asked):
        place = asked[-1]
        ctx.set(self.port.codes, self.cells[place].read())
        ctx.set(self.port.done, 1)
        if len(asked) == self.conversions:
            asked.clear()
            self._note(place, Read(relaxed=False))

    def _over(self, held, stood, pulsed, after):
        op, row, line, drive, gate, width = held
        if self.aborting and (pulsed < width or after < self.discharge):
            self.cut += 1
            return
        assert (pulsed, stood >= self.rail, after) == (width, True, max(1, self.discharge))
        direction = Direction.RESET if op == RESET else Direction.SET
        self._note((row, line), Pulse(direction=direction, drive=drive, gate=gate, width=width))
        self.cells[row, line].pulse(direction)

    def _note(self, place, action):
        if not self.order or self.order[-1] != place:
            self.order.append(place)
        self.log[place].append(action)
