"""The judge of checksums and the predictions that it uses, against the arithmetic on integers."""

import numpy as np
import pytest

from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.check_predictor import CheckPredictor
from ohmloom_hw.check_shape import CheckShape
from ohmloom_hw.column_judge import ColumnJudge


def _spec(columns, block, tiles=2, rows=5, **more):
    return ChipSpec.parse(
        {
            "tile": [{"count": tiles, "rows": rows, "columns": columns, "cell": {"levels": 4}}],
            "input": {"bits": 4, "slice_bits": 2, "signed": True},
            "adc": {"bits": 7},
            "ecc": {"checksums": True, "block": block, **more},
        }
    )


SHAPES = [(3, 3), (4, 31), (7, 7), (8, 3), (10, 4), (31, 31)]


class _Case:
    """Sums, predictions and limits at random, near and far from each other."""

    def __init__(self, shape, rng):
        self.shape, self.tile = shape, int(rng.integers(shape.tiles))
        self.used = int(rng.integers(1, shape.columns, endpoint=True))
        self.values = [int(v) for v in rng.integers(-300, 300, shape.columns)]
        checks = shape.code.checks
        self.predictions = []
        self.limits = rng.integers(0, 60, (shape.tiles, shape.blocks, checks + 1))
        self.limits[:, :, checks] += 60
        for block in range(shape.blocks):
            members = [j for j in shape.members(block) if j < self.used]
            padded = [self.values[j] for j in members] + [0] * (shape.code.columns - len(members))
            right = shape.code.syndromes(padded, [0] * checks)
            self.predictions += [s + int(rng.integers(-20, 20)) for s in right]
        # Mostly one column of a block is wrong; sometimes it is a prediction, or two columns.
        for _ in range(rng.choice([0, 1, 1, 2])):
            self.values[int(rng.integers(shape.columns))] += int(rng.integers(-700, 700))
        if rng.random() < 0.2:
            self.predictions[int(rng.integers(len(self.predictions)))] += 500

    def expected(self):
        """Return corrected values, events and doubt, by `ColumnCode`."""
        shape, values = self.shape, list(self.values)
        flagged, located, doubt = 0, [], False
        for block in range(-(-self.used // shape.code.columns)):
            members = [j for j in shape.members(block) if j < self.used]
            padded = [self.values[j] for j in members] + [0] * (shape.code.columns - len(members))
            first = block * shape.code.checks
            predictions = self.predictions[first : first + shape.code.checks]
            syndromes = shape.code.syndromes(padded, predictions)
            *checks, correct = self.limits[self.tile, block].tolist()
            limits = type(shape.code.limits([0] * shape.code.columns))(
                checks=tuple(checks), correct=correct
            )
            verdict = shape.code.judge(syndromes, limits)
            flagged += verdict.flagged
            if verdict.column is not None and verdict.column < len(members):
                place = members[verdict.column]
                values[place] -= verdict.size
                located.append((place, verdict.size))
            else:
                doubt |= verdict.flagged
        return values, flagged, located, doubt


@pytest.mark.guarantee("G7", "gateware")
@pytest.mark.parametrize(("columns", "block"), SHAPES)
def test_it_judges_as_the_code_says(columns, block, run_bench):
    spec = _spec(columns, block)
    judge, shape = ColumnJudge(spec), CheckShape.of(spec)
    rng = np.random.default_rng(columns * 100 + block)
    seen = {"located": 0, "doubt": 0, "clean": 0}

    async def load(ctx, case):
        for place, limit in enumerate(case.limits.ravel().tolist()):
            ctx.set(judge.window.addr, place)
            ctx.set(judge.window.w_data, limit)
            ctx.set(judge.window.w_en, 1)
            await ctx.tick()
        ctx.set(judge.window.w_en, 0)

    async def bench(ctx):
        for _ in range(40):
            case = _Case(shape, rng)
            await load(ctx, case)
            ctx.set(judge.running, 1)
            ctx.set(judge.tile, case.tile)
            ctx.set(judge.columns, case.used)
            ctx.set(judge.start, 1)
            await ctx.tick()
            ctx.set(judge.start, 0)
            flagged, located, cycles = 0, [], 0
            kept = list(case.values)
            while ctx.get(judge.busy):
                flagged += ctx.get(judge.flagged)
                column, check = ctx.get(judge.column), ctx.get(judge.check)
                if ctx.get(judge.w_en):
                    kept[column] = ctx.get(judge.w_value)
                await ctx.tick()
                cycles += 1
                if ctx.get(judge.located):
                    located.append((ctx.get(judge.column), ctx.get(judge.size)))
                if column < columns:
                    ctx.set(judge.value, kept[column])
                if check < len(case.predictions):
                    ctx.set(judge.predicted, case.predictions[check])
            flagged += ctx.get(judge.flagged)
            values, expected_flags, expected_located, doubt = case.expected()
            assert kept == values
            assert [found[1] for found in located] == [found[1] for found in expected_located]
            assert (flagged, ctx.get(judge.doubt)) == (expected_flags, doubt)
            assert cycles <= judge.cycles
            seen["located"] += len(located)
            seen["doubt"] += doubt
            seen["clean"] += not flagged
            ctx.set(judge.running, 0)

    run_bench(judge, bench, most_cycles=60_000)
    assert all(seen.values()), seen


@pytest.mark.guarantee("G7", "gateware")
@pytest.mark.parametrize(("columns", "block", "rows"), [(4, 4, 1), (7, 3, 6), (8, 31, 5)])
def test_predictions_are_the_products_of_inputs_and_entries(columns, block, rows, run_bench):
    spec = _spec(columns, block, rows=rows)
    predictor, shape = CheckPredictor(spec), CheckShape.of(spec)
    rng = np.random.default_rng(rows)
    low, high = spec.weight_range
    weights = rng.uniform(low, high, (spec.tiles, rows, columns))
    entries = [shape.entries(tile) for tile in weights.tolist()]

    async def bench(ctx):
        for place, entry in enumerate(entry for tile in entries for entry in tile):
            ctx.set(predictor.window.addr, place)
            ctx.set(predictor.window.w_data, entry % 2**32)
            ctx.set(predictor.window.w_en, 1)
            await ctx.tick()
        ctx.set(predictor.window.w_en, 0)
        ctx.set(predictor.running, 1)
        for turn in range(6):
            tile = turn % spec.tiles
            top = spec.input.maximum
            inputs = rng.integers(-top, top, rows, endpoint=True).tolist()
            ctx.set(predictor.tile, tile)
            ctx.set(predictor.begin, 1)
            await ctx.tick()
            ctx.set(predictor.begin, 0)
            for x in inputs:
                if turn % 2:
                    await ctx.tick().repeat(int(rng.integers(1, 4)))
                ctx.set(predictor.x_en, 1)
                ctx.set(predictor.x_value, x)
                await ctx.tick()
                ctx.set(predictor.x_en, 0)
            # What comes later in the step isn't looked at.
            ctx.set(predictor.x_en, 1)
            ctx.set(predictor.x_value, -1)
            cycles = 0
            while ctx.get(predictor.busy):
                await ctx.tick()
                cycles += 1
            ctx.set(predictor.x_en, 0)
            assert cycles <= predictor.cycles
            found = []
            for check in range(shape.blocks * shape.code.checks):
                ctx.set(predictor.check, check)
                await ctx.tick()
                found.append(ctx.get(predictor.predicted))
            assert found == shape.predict(entries[tile], inputs)
            right = np.array(inputs) @ weights[tile]
            for block_index in range(shape.blocks):
                members = shape.members(block_index)
                exact = right[members.start : members.stop].sum()
                first = found[block_index * shape.code.checks]
                assert abs(first - exact) <= shape.prediction_bound

    run_bench(predictor, bench, most_cycles=60_000)
