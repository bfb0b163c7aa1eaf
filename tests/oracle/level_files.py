"""Level files written by hand from the words of the register map, and what may be in them."""

from hypothesis import strategies as st

from ohmloom_analog.level_program import LevelProgram, PulsePlan, Ramp

ORDERS = ("dgw", "dwg", "gdw", "gwd", "wdg", "wgd")


def plan_words(plan: PulsePlan) -> list[int]:
    drive, gate, width = plan.drive, plan.gate, plan.width
    return [
        drive.start | drive.stop << 16,
        drive.step | gate.start << 16,
        gate.stop | gate.step << 16,
        width.start | width.stop << 16,
        width.step | ORDERS.index(plan.order) << 16 | int(plan.restart) << 19,
    ]


def level_words(program: LevelProgram, target: int) -> list[int]:
    words = [target, program.below | program.above << 16]
    words += plan_words(program.set) + plan_words(program.reset)
    return words + [0] * 4


@st.composite
def ramps(draw, lowest, highest):
    start = draw(st.integers(lowest, highest))
    stop = draw(st.one_of(st.just(start), st.integers(start, highest)))
    most = max(1, (stop - start) // 2)
    step = 0 if stop == start else draw(st.integers(1, most) | st.integers(1, highest))
    return Ramp(start=start, stop=stop, step=step)


def plans(longest=12):
    return st.builds(
        PulsePlan,
        drive=ramps(0, 4095),
        gate=ramps(0, 4095),
        width=ramps(1, longest),
        order=st.sampled_from(ORDERS),
        restart=st.booleans(),
    )


def programs(longest=12):
    return st.builds(
        LevelProgram,
        set=plans(longest),
        reset=plans(longest),
        below=st.integers(1, 300),
        above=st.integers(1, 300),
    )
