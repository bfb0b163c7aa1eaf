"""The self-test of a chip: what a board is asked before anything is believed of it."""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any, Literal

from ohmloom_analog.errors import HardwareError, LinkError
from ohmloom_hw.driver import Driver
from ohmloom_hw.register_model import Register
from ohmloom_sim.host import link_tests, product_tests
from ohmloom_sim.host.absent import AbsentError
from ohmloom_sim.host.march import MARCH_READS, Span, march, windows_kept
from ohmloom_sim.host.product_tests import Golden
from ohmloom_sim.host.session import Session

__all__ = ["Check", "Outcome", "run_checks"]

Outcome = Literal["passed", "failed", "not there"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Check:
    """One thing that was tested."""

    name: str
    """What."""
    outcome: Outcome
    """Whether it is so; "not there" where the chip has nothing to test."""
    detail: str
    """What was seen."""

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return asdict(self)


Test = Callable[[], Awaitable[str]]


async def run_checks(
    session: Session,
    golden: Golden | None,
    *,
    tolerance: float,
    jumper: bool = False,
    on_check: Callable[[Check], None] | None = None,
) -> list[Check]:
    """Test a chip; a fault ends the test that finds it, and the others go on.

    Buffers, tables and cells of the twin are as before when it is over.

    Parameters
    ----------
    golden
        What an array behind pins holds; None where nobody knows. A twin is filled by the test.
    tolerance
        Largest rms deviation of an array behind pins, over the rms of what is exact.
    jumper
        Whether, in the place of the array, a wire leads from the DAC of row 0 to the ADC of line 0.
    on_check
        Called after each.

    Raises
    ------
    LinkError
        Where the chip can't be reached any more.
    """
    checks = []
    for name, test in _tests(session, golden, tolerance, jumper):
        checks.append(await _carried_out(session, name, test))
        if on_check is not None:
            on_check(checks[-1])
    return checks


def _tests(
    session: Session, golden: Golden | None, tolerance: float, jumper: bool
) -> Iterator[tuple[str, Test]]:
    driver, spec = session.driver, session.spec
    yield "ID, version and hash", lambda: _identity(session)
    yield "constant registers", lambda: _constants(session)
    yield "scratch march", lambda: _scratch(session)
    for name, span in windows_kept(spec, driver).items():
        yield f"{name} march", partial(_window, session, span)
    yield "unmapped and read-only addresses", lambda: link_tests.refused(session)
    yield "bad frame ignored", lambda: link_tests.bad_frames(session)
    yield "repeated frame done once", lambda: link_tests.repeated_frame(session)
    yield "timing register", lambda: product_tests.timing(session)
    yield "error of a run", lambda: product_tests.refused_run(session)
    yield (
        "golden MVMs",
        lambda: product_tests.golden_products(session, golden, tolerance, jumper),
    )
    yield "DAC to ADC loopback", lambda: product_tests.loopback(session, jumper)


async def _carried_out(session: Session, name: str, test: Test) -> Check:
    try:
        return Check(name=name, outcome="passed", detail=await test())
    except AbsentError as reason:
        return Check(name=name, outcome="not there", detail=str(reason))
    except (HardwareError, LinkError) as error:
        # A test may fail and leave the line healthy; if it isn't, there is nothing to go on with.
        await session.driver.connect()
        return Check(name=name, outcome="failed", detail=str(error))


async def _identity(session: Session) -> str:
    await session.driver.connect()
    return f"{session.spec.name}, hash {session.spec.hash[:16]}"


async def _constants(session: Session) -> str:
    constants = [r for r in session.driver.table.registers if r.access == "constant"]
    for register in constants:
        await _expect(session, register, register.reset)
    return f"{len(constants)} registers"


async def _scratch(session: Session) -> str:
    register = session.driver.table.register("SCRATCH")
    before = await session.driver.read_register("SCRATCH")
    # Any two bits differ in one of them, and each bit is seen as 0 and 1.
    patterns = [0, 0x5555_5555, 0x3333_3333, 0x0F0F_0F0F, 0x00FF_00FF, 0x0000_FFFF]
    patterns += [0xFFFF_FFFF ^ pattern for pattern in patterns]
    for pattern in patterns:
        await session.driver.write_register("SCRATCH", pattern)
        await _expect(session, register, pattern)
    await session.driver.write_register("SCRATCH", before)
    return f"{len(patterns)} patterns"


async def _window(session: Session, span: Span) -> str:
    fault = await (_offset_march if span.window == "OFFSET" else march)(session.driver, span)
    if fault is not None:
        raise HardwareError(fault)
    return f"{span.words} words, {MARCH_READS} times"


async def _offset_march(driver: Driver, span: Span) -> str | None:
    # Offsets reach the word lines at once: with this limit they stay at code 0 meanwhile.
    before = await driver.read_register("LIMIT_READ")
    await driver.write_register("LIMIT_READ", 0)
    try:
        return await march(driver, span)
    finally:
        await driver.write_register("LIMIT_READ", before)


async def _expect(session: Session, register: Register, expected: int) -> None:
    found = await session.driver.read_register(register.name)
    if found != expected:
        msg = f"{register.name} must read {expected:#010x}, not {found:#010x}"
        raise HardwareError(msg)
