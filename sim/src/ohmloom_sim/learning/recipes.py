"""Numbers of the rules that learn the tasks well, and that `ohmloom learn` takes."""

from collections.abc import Mapping
from dataclasses import replace

from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.learning.rules import LearningRule, LearningSettings
from ohmloom_sim.learning.tiki_taka import TikiTakaSettings

__all__ = [
    "DIGITS_RULES",
    "LETTERS_RULES",
    "TIKI_TAKA",
    "digits_settings",
    "letters_on_devices",
    "letters_settings",
]

_DIGITS_BITS, _LETTERS_BITS = 7, 6
_ALL = (1 << 32) - 1

DIGITS_RULES: Mapping[LearningRule, LearningSettings] = {
    # Dark and half-dark pixels are left alone, and so is what is right by some levels at a few
    # pixels: without the one weights shake, without the other they stop too early.
    LearningRule.PERCEPTRON: LearningSettings(theta=7, margin=600),
    LearningRule.MANHATTAN: LearningSettings(
        rule=LearningRule.MANHATTAN, batch=16, sum_shift=4, threshold=2000
    ),
    LearningRule.THRESHOLD: LearningSettings(
        rule=LearningRule.THRESHOLD, sum_shift=3, threshold=1500
    ),
    LearningRule.STOCHASTIC: LearningSettings(
        rule=LearningRule.STOCHASTIC, slots=8, sum_shift=4, input_gain=1
    ),
}
"""For cells of 7 bits and pixels of 4."""

TIKI_TAKA = TikiTakaSettings(every=1, threshold=64, settling=256)
"""For cells of 7 bits behind the stochastic rule."""

LETTERS_RULES: Mapping[LearningRule, LearningSettings] = {
    LearningRule.PERCEPTRON: LearningSettings(),
    LearningRule.MANHATTAN: LearningSettings(
        rule=LearningRule.MANHATTAN, batch=30, target_high=64, target_low=-64
    ),
    LearningRule.THRESHOLD: LearningSettings(
        rule=LearningRule.THRESHOLD, threshold=60, target_high=64, target_low=-64
    ),
    LearningRule.STOCHASTIC: LearningSettings(
        rule=LearningRule.STOCHASTIC,
        slots=8,
        input_gain=5,
        target_high=64,
        target_low=-64,
    ),
}
"""For cells of 6 bits; a batch of the Manhattan rule is an epoch, as in the experiment."""


def digits_settings(rule: LearningRule, *, bits: int, seed: int, budget: int) -> LearningSettings:
    """Return the numbers of a rule for the digits.

    Parameters
    ----------
    rule
        The rule.
    bits
        Of a cell's level: where they aren't 7, sums and what they are compared with change alike.
    seed
        Of the rows' and columns' draws.
    budget
        Pulses that may be given.

    Raises
    ------
    ValueError
        Where the rule isn't for classes.
    """
    return _made(DIGITS_RULES, rule, bits - _DIGITS_BITS, seed, budget)


def letters_settings(rule: LearningRule, *, bits: int, seed: int, budget: int) -> LearningSettings:
    """Return those for the letters; they are for cells of 6 bits."""
    return _made(LETTERS_RULES, rule, bits - _LETTERS_BITS, seed, budget)


def letters_on_devices(spec: ChipSpec, *, seed: int, budget: int = _ALL) -> LearningSettings:
    """Return those for letters on a chip whose devices move: the Manhattan rule, once an epoch.

    Parameters
    ----------
    spec
        The chip; sums in steps of its converters are divided by 4, whatever a step is worth.
    seed
        Of the rows' and columns' draws.
    budget
        Pulses that may be given.
    """
    chosen = replace(LETTERS_RULES[LearningRule.MANHATTAN], sum_shift=2 + spec.adc_shift)
    return _seeded(chosen, seed, budget)


def _made(
    known: Mapping[LearningRule, LearningSettings],
    rule: LearningRule,
    wider: int,
    seed: int,
    budget: int,
) -> LearningSettings:
    if rule not in known:
        names = ", ".join(one.name.lower() for one in known)
        msg = f"rule must be one of {names}, not {rule.name.lower()}"
        raise ValueError(msg)
    chosen = known[rule]
    scaled = replace(
        chosen,
        margin=round(chosen.margin * 2.0**wider),
        sum_shift=max(0, chosen.sum_shift + wider),
    )
    return _seeded(scaled, seed, budget)


def _seeded(chosen: LearningSettings, seed: int, budget: int) -> LearningSettings:
    # Neither register may begin at 0, and different seeds begin at different places.
    return replace(
        chosen,
        row_seed=2 * seed % ((1 << 32) - 1) + 1,
        column_seed=seed % ((1 << 31) - 1) + 1,
        budget=budget,
    )
