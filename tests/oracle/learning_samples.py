"""Engines of all rules and sizes, and samples for them."""

from hypothesis import strategies as st

from ohmloom_hw.learning.rules import LearningRule, LearningSettings, LearningShape


@st.composite
def engines(draw, rules=tuple(LearningRule), most=5):
    """Draw a shape, settings and the seed of samples."""
    shape = LearningShape(
        inputs=draw(st.integers(2, most)),
        outputs=draw(st.integers(2, most)),
        input_bits=draw(st.integers(1, 8)),
        sum_bits=draw(st.integers(8, 24)),
        error_bits=draw(st.integers(1, 8)),
        accumulator_bits=draw(st.integers(4, 24)),
        slots=draw(st.sampled_from([1, 7, 32])),
    )
    rule = draw(st.sampled_from(rules))
    settings = LearningSettings(
        rule=rule,
        given=rule is LearningRule.STDP or draw(st.booleans()),
        theta=draw(st.integers(0, 2**shape.input_bits)) % 256,
        margin=draw(st.sampled_from([0, 1, 20, 2**31 - 1])),
        threshold=draw(st.sampled_from([0, 1, 30, 2**31 - 1])),
        sum_shift=draw(st.integers(0, 5)),
        target_high=draw(st.sampled_from([-128, 1, 100, 127])),
        target_low=draw(st.sampled_from([-128, -20, 0, 127])),
        batch=draw(st.integers(1, 4)),
        slots=draw(st.integers(1, shape.slots)),
        input_gain=draw(st.integers(0, 8)),
        error_gain=draw(st.integers(0, 8)),
        trace_shift=draw(st.integers(0, 7)),
        trace_step=draw(st.sampled_from([0, 1, 100, 255])),
        eta_shift=draw(st.integers(0, 3)),
        row_seed=draw(st.integers(1, 2**32 - 1)),
        column_seed=draw(st.integers(1, 2**31 - 1)),
        budget=draw(st.one_of(st.just(2**32 - 1), st.integers(0, 60))),
    )
    return shape, settings, draw(st.integers(0, 2**32 - 1))


def samples_for(shape, settings, rng, count):
    """Return samples, of STDP mostly without spikes; sums are now and then the same."""
    top, sums = 2**shape.input_bits - 1, 2 ** (shape.sum_bits - 1)
    sparse = settings.rule is LearningRule.STDP
    found = []
    for _ in range(count):
        reach = rng.choice([3, 60, 2000, sums])
        inputs = [
            0 if rng.random() < (0.6 if sparse else 0.2) else rng.randint(-top, top)
            for _ in range(shape.inputs)
        ]
        outputs = [
            0 if sparse and rng.random() < 0.6 else max(-sums, min(sums - 1, value))
            for value in (rng.randint(-reach, reach) for _ in range(shape.outputs))
        ]
        found.append((inputs, outputs, rng.randrange(shape.outputs)))
    return found
