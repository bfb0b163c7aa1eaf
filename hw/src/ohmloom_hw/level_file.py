"""The level file of a tile: words of the window LEVELS, from the chip's description."""

from dataclasses import replace

from ohmloom_analog.level_program import (
    LevelProgram,
    form_plan,
    level_programs,
    target_code,
    verify_full_scale,
)
from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.program_registers import WORDS_PER_LEVEL, form_entry
from ohmloom_hw.program_words import pack_level

__all__ = ["level_words"]

_HIGHEST_CODE = 0xFFF


def level_words(spec: ChipSpec, tile: int, *, tolerance: float | None = None) -> list[int]:
    """Return the words of all levels of a tile, and after them those of forming, if it is formed.

    Parameters
    ----------
    tolerance
        How far a cell may be from its level, as a fraction of the distance of levels; None for
        that of the description.

    Raises
    ------
    SpecError
        Where the description doesn't say how the tile is written.
    ValueError
        Where the tolerance is out of range, or below one verify code.
    """
    cell = spec.tile_specs[tile].cell
    programs = level_programs(spec, tile)
    if tolerance is not None:
        reach = _reach(spec, tile, tolerance)
        programs = tuple(replace(level, below=reach, above=reach) for level in programs)
    codes = [
        target_code(spec, tile, cell.g_min + level * cell.g_step) for level in range(cell.levels)
    ]
    words = [
        word
        for program, code in zip(programs, codes, strict=True)
        for word in pack_level(program, code)
    ]
    plan = form_plan(spec, tile)
    if plan is not None:
        words += [0] * (WORDS_PER_LEVEL * (form_entry(spec) - cell.levels))
        # A cell is formed once it conducts as much as level 0, however much more.
        below = programs[0].below
        formed = LevelProgram(set=plan, reset=plan, below=below, above=_HIGHEST_CODE)
        words += pack_level(formed, codes[0])
    return words


def _reach(spec: ChipSpec, tile: int, tolerance: float) -> int:
    if not 0 < tolerance <= 0.5:
        msg = f"tolerance must be above 0 and at most 0.5 levels, not {tolerance:g}"
        raise ValueError(msg)
    full = verify_full_scale(spec, tile)
    code = full / target_code(spec, tile, full) / spec.tile_specs[tile].cell.g_step
    reach = int(tolerance / code)
    if reach < 1:
        msg = f"tolerance must be at least one verify code ({code:.3g} levels), not {tolerance:g}"
        raise ValueError(msg)
    return reach
