"""The self-test's part on the link: good frames count once, bad ones not at all."""

from collections.abc import Awaitable

from cobs import cobs

from ohmloom_analog.errors import HardwareError, LinkError
from ohmloom_hw.driver import Driver
from ohmloom_hw.frame import Command, Request, encode_request
from ohmloom_sim.host.absent import AbsentError
from ohmloom_sim.host.session import Session

__all__ = ["bad_frames", "refused", "repeated_frame"]

_MOST_COUNT = 0xFFFF
_OTHER_WORD = 0x0BAD_F00D
_SILENCE = 0.2
_NOTHING = 0xFFFC


async def refused(session: Session) -> str:
    """Check that addresses without anything, and writes to what is read only, are refused."""
    driver = session.driver
    scratch, constant = (driver.table.register(name).offset for name in ("SCRATCH", "ID"))
    await _expect_refusal("read of nothing", driver.read(_NOTHING, 1))
    await _expect_refusal("write of nothing", driver.write(_NOTHING, [0]))
    await _expect_refusal("write of ID", driver.write(constant, [0]))
    if driver.features.link == "uartbone":
        return "3 refused"
    await _expect_refusal("read off a word's address", driver.read(scratch + 1, 1))
    return "4 refused"


async def bad_frames(session: Session) -> str:
    """Check that frames that aren't good change nothing, and are counted."""
    driver = session.driver
    _require_frames(driver)
    good = encode_request(_scratch_write(session, sequence=77))
    body = bytearray(cobs.decode(good[:-1]))
    body[-1] ^= 0x10
    frames = [
        ("CRC_ERRORS", "with a wrong checksum", cobs.encode(bytes(body)) + b"\0"),
        ("FRAME_ERRORS", "cut short", cobs.encode(bytes(body[:4])) + b"\0"),
        ("FRAME_ERRORS", "with a hole", good[:3] + b"\0"),
    ]
    await driver.write_register("SCRATCH", 1)
    for name, what, frame in frames:
        before = await driver.read_register(name)
        await session.transport.write(frame)
        await _silence(session, what)
        if await driver.read_register("SCRATCH") != 1:
            msg = f"a frame {what} must change nothing, not SCRATCH"
            raise HardwareError(msg)
        after = await driver.read_register(name)
        if after != min(before + 1, _MOST_COUNT):
            msg = f"{name} must rise from {before} to {before + 1} by a frame {what}, not {after}"
            raise HardwareError(msg)
    return f"{len(frames)} frames, counted"


async def repeated_frame(session: Session) -> str:
    """Check that a frame that comes twice is answered twice, and carried out once."""
    driver = session.driver
    _require_frames(driver)
    before = await driver.read_register("REPEATS")
    frame = encode_request(_scratch_write(session, sequence=(driver.sequence + 99) % 255 + 1))
    replies = []
    for _ in range(2):
        await session.transport.write(frame)
        replies.append(await _reply(session))
    if replies[0] != replies[1]:
        msg = f"a repeated frame must be answered alike, not {replies[0].hex()}, {replies[1].hex()}"
        raise HardwareError(msg)
    await driver.connect()
    after = await driver.read_register("REPEATS")
    if after != min(before + 1, _MOST_COUNT):
        msg = f"REPEATS must rise from {before} to {before + 1} by a repeated frame, not {after}"
        raise HardwareError(msg)
    return "answered again, counted"


def _require_frames(driver: Driver) -> None:
    if driver.features.link != "frame":
        msg = f"frames, the link is {driver.features.link}"
        raise AbsentError(msg)


async def _expect_refusal(what: str, attempt: Awaitable[object]) -> None:
    try:
        await attempt
    except LinkError as error:
        if "refused" not in str(error):
            raise
        return
    msg = f"{what} must be refused, not done"
    raise HardwareError(msg)


def _scratch_write(session: Session, sequence: int) -> Request:
    return Request(
        sequence=sequence,
        command=Command.WRITE,
        address=session.driver.table.register("SCRATCH").offset,
        count=1,
        words=(_OTHER_WORD,),
    )


async def _silence(session: Session, what: str) -> None:
    try:
        data = await session.transport.read(_SILENCE)
    except LinkError as error:
        if "must come within" not in str(error):
            raise
        return
    msg = f"a frame {what} must not be answered, not by {data.hex()}"
    raise HardwareError(msg)


async def _reply(session: Session) -> bytes:
    reply = b""
    while not reply.endswith(b"\0"):
        reply += await session.transport.read(session.driver.reply_timeout)
    return reply
