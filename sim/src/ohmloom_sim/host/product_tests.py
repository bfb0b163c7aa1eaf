"""The self-test's part on what the chip computes: timing, errors, and known products."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ohmloom_analog.errors import HardwareError
from ohmloom_analog.integer import run_integers
from ohmloom_analog.mapping import Mapping
from ohmloom_analog.spec import ChipSpec
from ohmloom_analog.table import LayerTable, Step
from ohmloom_hw.driver import Driver
from ohmloom_sim.host.absent import AbsentError
from ohmloom_sim.host.march import windows_kept
from ohmloom_sim.host.network import load_network, run_network
from ohmloom_sim.host.session import Session
from ohmloom_sim.matrix_job import prepare_matrix

__all__ = ["Golden", "golden_products", "loopback", "refused_run", "timing"]

IntArray = NDArray[np.int64]

_SEED = 1
_PRODUCTS = 4
_LONGER = 100
_RAMP = 9
_LARGEST_BEND = 0.05

_TWIN_IDEAL = {"TWIN_NOISE": 0, "TWIN_DRIFT": 1 << 15, "TWIN_OFFSET": 0}


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class Golden:
    """A network that an array holds, with samples for it."""

    mapping: Mapping
    """The network."""
    inputs: IntArray
    """Samples x inputs."""


async def timing(session: Session) -> str:
    """Check that a longer settle time makes a run longer by just that."""
    driver, spec = session.driver, session.spec
    passes = spec.input.slices
    before = await driver.read_register("SETTLE")
    held = await _held(driver, spec)
    try:
        await driver.load(_plain_table(spec))
        # Converters wait for their lines as long as these need, however short SETTLE is.
        shortest = max(before, driver.table.register("SETTLE").reset)
        cycles = []
        for settle in (shortest, shortest + _LONGER):
            await driver.write_register("SETTLE", settle)
            await driver.run()
            cycles.append((await driver.counters()).cycles)
    finally:
        await driver.write_register("SETTLE", before)
        await _put_back(driver, held)
    longer = cycles[1] - cycles[0]
    if longer != passes * _LONGER:
        msg = (
            f"a run must take {passes * _LONGER} cycles more if SETTLE rises by {_LONGER}, "
            f"not {longer}"
        )
        raise HardwareError(msg)
    return f"SETTLE + {_LONGER}: {passes} x {_LONGER} cycles more"


async def refused_run(session: Session) -> str:
    """Check that a run without steps ends with its error, and that one with steps then works."""
    driver = session.driver
    before = await driver.read_register("STEPS")
    await driver.write_register("STEPS", 0)
    try:
        await driver.run()
    except HardwareError as error:
        if "EMPTY_TABLE" not in str(error):
            raise
    else:
        msg = "a run without steps must end with EMPTY_TABLE, not well"
        raise HardwareError(msg)
    finally:
        await driver.write_register("STEPS", before)
    return "EMPTY_TABLE"


async def golden_products(
    session: Session, golden: Golden | None, tolerance: float, jumper: bool
) -> str:
    """Check known products: exact on a twin, within a tolerance on an array behind pins."""
    driver, spec = session.driver, session.spec
    if jumper:
        msg = "an array, a jumper is in its place"
        raise AbsentError(msg)
    held = await _held(driver, spec)
    try:
        if driver.features.behind == "twin":
            golden = _random_golden(spec)
            return await _exact_products(driver, spec, golden)
        if golden is None:
            msg = "levels of the array, nobody has told them"
            raise AbsentError(msg)
        return await _near_products(driver, spec, golden, tolerance)
    finally:
        await _put_back(driver, held)


async def loopback(session: Session, jumper: bool) -> str:
    """Check that line 0 of tile 0 follows the DAC of row 0, by a jumper in the array's place."""
    driver, spec = session.driver, session.spec
    if driver.features.behind != "converters":
        msg = f"converter chips, {driver.features.behind} instead"
        raise AbsentError(msg)
    if not jumper:
        msg = "a jumper from the DAC of row 0 to the ADC of line 0, none said"
        raise AbsentError(msg)
    top = (1 << spec.input.slice_bits) - 1
    codes = np.unique(np.linspace(0, top, _RAMP).round().astype(np.int64))
    held = await _held(driver, spec)
    try:
        await driver.load(_plain_table(spec))
        sums = []
        for code in codes:
            await driver.write_inputs(0, [int(code), *[0] * (spec.rows - 1)])
            await driver.run()
            sums.append((await driver.results(0, 1))[0])
    finally:
        await _put_back(driver, held)
    return _judge_ramp(codes, np.array(sums, dtype=np.int64))


def _judge_ramp(codes: IntArray, sums: IntArray) -> str:
    span = float(sums.max() - sums.min())
    slope, start = np.polyfit(codes, sums, 1)
    off = float(np.abs(sums - (slope * codes + start)).max())
    if span == 0 or off > _LARGEST_BEND * span:
        msg = (
            f"line 0 must follow the DAC of row 0 within {_LARGEST_BEND:g} of its span, "
            f"not give {sums.tolist()} for {codes.tolist()}"
        )
        raise HardwareError(msg)
    return f"{len(codes)} codes, {slope:.4g} a code, at most {off / span:.2g} of the span off"


async def _exact_products(driver: Driver, spec: ChipSpec, golden: Golden) -> str:
    for name, word in _TWIN_IDEAL.items():
        await driver.write_register(name, word)
    neutral = [[0] * spec.columns] * spec.tiles
    await driver.load_calibration(neutral, [[1.0] * spec.columns] * spec.tiles)
    found, expected = await _products(driver, spec, golden)
    wrong = np.argwhere(found != expected)
    if wrong.size:
        sample, output = (int(k) for k in wrong[0])
        msg = (
            f"product {sample} must have {int(expected[sample, output])} at output {output}, "
            f"not {int(found[sample, output])}"
        )
        raise HardwareError(msg)
    return f"{found.size} results, all exact"


async def _near_products(driver: Driver, spec: ChipSpec, golden: Golden, tolerance: float) -> str:
    found, expected = await _products(driver, spec, golden)
    scale = float(np.sqrt((expected.astype(np.float64) ** 2).mean())) or 1.0
    error = float(np.sqrt(((found - expected).astype(np.float64) ** 2).mean())) / scale
    if error > tolerance:
        msg = f"rms error of {found.size} results must be at most {tolerance:g}, not {error:.3g}"
        raise HardwareError(msg)
    return f"{found.size} results, rms error {error:.3g}, at most {tolerance:g}"


async def _products(driver: Driver, spec: ChipSpec, golden: Golden) -> tuple[IntArray, IntArray]:
    await load_network(driver, golden.mapping)
    outcome = await run_network(driver, golden.mapping, golden.inputs)
    return outcome.results, run_integers(spec, golden.mapping, golden.inputs).layers[-1]


def _random_golden(spec: ChipSpec) -> Golden:
    """Return random weights for all tiles, and vectors from nothing to everything."""
    rng = np.random.default_rng(_SEED)
    low, high = spec.weight_range
    weights = rng.integers(low, high, (spec.tiles * spec.columns, spec.rows), endpoint=True)
    top = spec.input.maximum
    inputs = rng.integers(
        -top if spec.input.signed else 0, top, (_PRODUCTS, spec.rows), endpoint=True
    )
    inputs[0], inputs[1] = 0, top
    job = prepare_matrix(spec, weights, inputs)
    return Golden(mapping=job.mapping, inputs=job.inputs)


def _plain_table(spec: ChipSpec) -> LayerTable:
    step = Step.of_sums(0, rows=spec.rows, columns=spec.columns)
    return LayerTable(
        steps=(step,), biases=(0,) * spec.columns, inputs=spec.rows, outputs=spec.columns
    )


async def _held(driver: Driver, spec: ChipSpec) -> list[tuple[int, list[int]]]:
    """Return what the tests here change: words, and the address of the first."""
    spans = [
        (driver.table.window(span.window).base + 4 * span.first, span.words)
        for span in windows_kept(spec, driver).values()
    ]
    names = ("STEPS", *(_TWIN_IDEAL if driver.features.behind == "twin" else ()))
    spans += [(driver.table.register(name).offset, 1) for name in names]
    return [(base, await driver.read(base, words)) for base, words in spans]


async def _put_back(driver: Driver, held: list[tuple[int, list[int]]]) -> None:
    for base, words in held:
        await driver.write(base, words)
