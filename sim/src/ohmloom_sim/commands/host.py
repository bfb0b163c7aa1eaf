"""`ohmloom host`: the same tools for a chip on a board and one in a simulation."""

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from rich.table import Table

from ohmloom_analog.errors import OhmloomError
from ohmloom_analog.spec import ChipSpec, load_spec
from ohmloom_hw.capture import arm, collect, read_trigger
from ohmloom_hw.register_model import RegisterTable
from ohmloom_sim.commands.boards import (
    AnalyserOption,
    BehindName,
    BehindOption,
    BoardEngineOption,
    BoardOptions,
    FolderOption,
    LanesOption,
    ModelOption,
    make_board,
    prepared_task,
)
from ohmloom_sim.commands.console import (
    ChipOption,
    EngineName,
    JsonOption,
    SeedOption,
    SimOption,
    number,
    output,
    progress,
    show_table,
    user_input,
)
from ohmloom_sim.files import read_array, write_array, write_json
from ohmloom_sim.host.network import load_network, run_network
from ohmloom_sim.host.product_tests import Golden
from ohmloom_sim.host.selftest import Check, run_checks
from ohmloom_sim.host.session import Session, open_session, settle
from ohmloom_sim.host.waveform import write_waveform
from ohmloom_sim.job import Job
from ohmloom_sim.matrix_job import judged, prepare_matrix
from ohmloom_sim.tasks import PreparedTask
from ohmloom_sim.vectors import as_rows, in_shape_of

__all__ = ["host"]

host = typer.Typer(
    no_args_is_help=True, help="A chip at a serial port, a TCP port, or in a simulation."
)

_SIM = "sim"
_GOLDEN_SAMPLES = 4


@dataclass(frozen=True, kw_only=True, slots=True)
class _Host:
    port: str
    baud: int | None
    reply_timeout: float | None
    board: BoardOptions

    @property
    def spec(self) -> ChipSpec:
        return self.board.spec


@host.callback()
def _options(
    context: typer.Context,
    *,
    port: Annotated[
        str,
        typer.Option(
            "--port",
            metavar="DEVICE|tcp://HOST:PORT|sim",
            help="Line to the chip; sim starts a virtual board for this command alone.",
        ),
    ],
    chip: ChipOption = "default",
    baud: Annotated[
        int | None, typer.Option("--baud", min=1, help="Rate of the line.  [default: the chip's]")
    ] = None,
    timeout: Annotated[
        float | None,
        typer.Option(
            "--timeout",
            min=0.001,
            metavar="SECONDS",
            help="Longest wait for a reply.  [default: 10 over TCP, else that of the line and 0.1]",
        ),
    ] = None,
    engine: BoardEngineOption = EngineName.NODAL,
    behind: BehindOption = BehindName.ARRAY,
    lanes: LanesOption = 8,
    analyser: AnalyserOption = 256,
    sim: SimOption = None,
    folder: FolderOption = None,
    seed: SeedOption = 0,
) -> None:
    """Options that all commands share; they come before the command's name."""
    with user_input():
        context.obj = _Host(
            port=port,
            baud=baud,
            reply_timeout=timeout,
            board=BoardOptions(
                spec=load_spec(chip),
                engine=engine,
                behind=behind,
                lanes=lanes,
                analyser=analyser,
                sim=sim,
                seed=seed,
                folder=folder,
            ),
        )
        _ = context.obj.board.features


@host.command("info")
def info(context: typer.Context, *, json: JsonOption = None) -> None:
    """Show what the chip is, what it is built with, and what it has counted."""
    options: _Host = context.obj
    with _session(options) as session:
        spec, features = options.spec, session.driver.features
        names = ("STATUS", "ERROR", "STEPS", "CRC_ERRORS", "FRAME_ERRORS", "REPEATS", "CYCLES")
        words = {name: settle(session.driver.read_register(name)) for name in names}
    analyser = f"{features.analyser_depth} samples" if features.analyser_depth else "none"
    lanes = f", {features.lanes} lanes" if features.behind == "twin" else ""
    rows = [
        ("chip", f"{spec.name}, hash {spec.hash[:16]}"),
        ("tiles", f"{spec.tiles} of {spec.rows} x {spec.columns}, {spec.encoding}"),
        ("link, bus", f"{features.link}, {features.bus}"),
        ("behind the array ports", features.behind + lanes),
        ("logic analyser", analyser),
    ]
    show_table(f"Chip at {session.name}", [*rows, *((n, f"{w:#x}") for n, w in words.items())])
    if json is not None:
        write_json(json, {"spec_hash": spec.hash, **dict(rows), "registers": words})


@host.command("peek")
def peek(
    context: typer.Context,
    place: Annotated[str, typer.Argument(metavar="PLACE", help="Register, WINDOW[n], or address.")],
    count: Annotated[int, typer.Argument(min=1, help="Words.")] = 1,
) -> None:
    """Read words."""
    with _session(context.obj) as session:
        with user_input():
            address = _address(session.driver.table, place)
        words = settle(session.driver.read(address, count))
        for step, word in enumerate(words):
            where = session.driver.table.describe(address + 4 * step)
            output().print(f"{where}  {word:#010x}  {word}", markup=False)


@host.command("poke")
def poke(
    context: typer.Context,
    place: Annotated[str, typer.Argument(metavar="PLACE", help="Register, WINDOW[n], or address.")],
    words: Annotated[list[str], typer.Argument(metavar="WORD...", help="Decimal, or with 0x.")],
) -> None:
    """Write words."""
    with user_input():
        values = [_word(text) for text in words]
    with _session(context.obj) as session:
        with user_input():
            address = _address(session.driver.table, place)
        settle(session.driver.write(address, values))
        where = session.driver.table.describe(address)
    output().print(f"{len(values)} written at {where}", markup=False)


@host.command("load")
def load(context: typer.Context, *, model: ModelOption = None) -> None:
    """Load a network into the chip, and into its twin if it has one."""
    options: _Host = context.obj
    prepared = _prepared(options, model)
    with _session(options, prepared) as session:
        loaded = settle(load_network(session.driver, prepared.mapping))
        behind = session.driver.features.behind
    show_table(
        prepared.task.name,
        [
            ("steps", number(len(prepared.mapping.table.steps))),
            ("tables", "loaded and read back" if loaded else "were there already"),
            ("cells", "read back" if behind == "twin" else "must hold the network already"),
        ],
    )


@host.command("infer")
def infer(
    context: typer.Context,
    *,
    images: Annotated[int, typer.Option("--images", min=1, help="Samples to send.")] = 100,
    model: ModelOption = None,
    json: JsonOption = None,
) -> None:
    """Classify samples, by default held-out digits; the network is loaded if it isn't there."""
    options: _Host = context.obj
    prepared = _prepared(options, model, images)
    with _session(options, prepared) as session:
        loaded = settle(load_network(session.driver, prepared.mapping))
        with progress("classifying", images) as advance:
            outcome = settle(
                run_network(session.driver, prepared.mapping, prepared.inputs, on_progress=advance)
            )
    expected = prepared.integer.layers[-1]
    labels = prepared.task.labels
    figures: dict[str, Any] = {
        "images": images,
        "accuracy": float((outcome.winners == labels).mean()),
        "accuracy_float": float((prepared.float_predictions == labels).mean()),
        "accuracy_integer": float((expected.argmax(axis=1) == labels).mean()),
        "exact_results": int((outcome.results == expected).sum()),
        "results": int(expected.size),
        "clipped_conversions": outcome.counters.clipped,
        "conversions": outcome.counters.conversions,
        "cycles_per_inference": float(outcome.cycles.mean()),
        "spec_hash": options.spec.hash,
        "seed": options.board.seed,
    }
    show_table(
        f"{prepared.task.name} at {session.name}",
        [
            ("images", number(images)),
            ("network", "loaded" if loaded else "was there already"),
            ("accuracy of the float network", f"{100 * figures['accuracy_float']:.2f} %"),
            ("accuracy of the integer model", f"{100 * figures['accuracy_integer']:.2f} %"),
            ("accuracy of the chip", f"{100 * figures['accuracy']:.2f} %"),
            (
                "results as in the integer model",
                f"{number(figures['exact_results'])} of {number(figures['results'])}",
            ),
            (
                "clipped conversions",
                f"{number(outcome.counters.clipped)} of {number(outcome.counters.conversions)}",
            ),
            ("clock cycles per inference", f"{figures['cycles_per_inference']:,.1f}"),
        ],
    )
    if json is not None:
        write_json(json, figures)


@host.command("mvm")
def mvm(
    context: typer.Context,
    *,
    matrix: Annotated[
        Path, typer.Option("--matrix", metavar="FILE", help="W, outputs x inputs, .npy or .csv.")
    ],
    vector: Annotated[
        Path, typer.Option("--input", metavar="FILE", help="x, one vector or many, one a row.")
    ],
    out: Annotated[
        Path, typer.Option("--out", metavar="FILE", help="y = W x, in the shape of the input.")
    ],
    json: JsonOption = None,
) -> None:
    """Multiply a matrix by vectors; cells of a twin are loaded, those of an array must hold it."""
    options: _Host = context.obj
    weights = np.atleast_2d(read_array(matrix, "matrix"))
    given = read_array(vector, "input")
    with user_input():
        vectors = as_rows(given, weights.shape[-1], "input", "one number a column of the matrix")
        job = prepare_matrix(options.spec, weights, vectors)
    array = Job.of(options.spec, job.mapping, job.inputs)
    with _session(options, array) as session:
        settle(load_network(session.driver, job.mapping))
        with progress("multiplying", len(vectors)) as advance:
            outcome = settle(
                run_network(session.driver, job.mapping, job.inputs, on_progress=advance)
            )
    result = judged(job, outcome.results)
    write_array(out, in_shape_of(given, result.product))
    figures = {"exact": job.exact, "vectors": len(vectors), "error": result.to_json()}
    show_table(
        f"Matrix times vectors at {session.name}",
        [
            ("matrix, outputs x inputs", f"{weights.shape[0]} x {weights.shape[1]}"),
            ("vectors", number(len(vectors))),
            ("numbers", "integers as they are" if job.exact else "scaled to the chip's integers"),
            ("largest error against W x", number(result.error_max)),
            ("rms error over rms of W x", number(result.error_relative)),
            ("clock cycles a vector", f"{outcome.cycles.mean():,.1f}"),
        ],
    )
    if json is not None:
        write_json(json, figures)
    output().print(f"products are in {out}", markup=False)


@host.command("selftest")
def selftest(
    context: typer.Context,
    *,
    tolerance: Annotated[
        float,
        typer.Option(
            "--tolerance",
            min=0.0,
            help="Of golden MVMs on an array: rms error over the rms of what is exact.",
        ),
    ] = 0.1,
    loopback: Annotated[
        bool,
        typer.Option(
            "--loopback",
            help="In the array's place a jumper leads from the DAC of row 0 to the ADC of line 0.",
        ),
    ] = False,
    model: ModelOption = None,
    json: JsonOption = None,
) -> None:
    """Test the chip; exit status 1 if anything fails.

    What is in buffers, tables and the cells of a twin is put back. An array behind pins must hold
    the network of --model, or of the digits.
    """
    options: _Host = context.obj
    try:
        prepared: PreparedTask | None = _prepared(options, model, _GOLDEN_SAMPLES)
    except OhmloomError:
        if model is not None:
            raise
        # The digits don't fit a small chip; it can still be tested.
        prepared = None
    with _session(options, prepared) as session:
        golden = (
            None if prepared is None else Golden(mapping=prepared.mapping, inputs=prepared.inputs)
        )
        checks = settle(run_checks(session, golden, tolerance=tolerance, jumper=loopback))
    _show_checks(session, checks)
    failed = sum(check.outcome == "failed" for check in checks)
    if json is not None:
        data = {
            "spec_hash": options.spec.hash,
            "port": session.name,
            "passed": failed == 0,
            "checks": [check.to_json() for check in checks],
        }
        write_json(json, data)
    if failed:
        raise typer.Exit(1)


@host.command("ila")
def ila(
    context: typer.Context,
    *,
    out: Annotated[
        Path, typer.Option("--out", metavar="FILE.vcd", help="Recording, for waveform viewers.")
    ],
    trigger: Annotated[
        list[str] | None,
        typer.Option(
            "--trigger", metavar="PROBE=VALUE", help="What to wait for; all that are given at once."
        ),
    ] = None,
    before: Annotated[
        int | None,
        typer.Option("--before", min=0, help="Samples before the trigger.  [default: a quarter]"),
    ] = None,
    period: Annotated[
        int, typer.Option("--period", min=1, max=65535, help="Clock cycles a sample.")
    ] = 1,
    run: Annotated[
        bool, typer.Option("--run", help="Run what the chip holds, once the analyser is armed.")
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Don't wait for the trigger once that is done.")
    ] = False,
    model: ModelOption = None,
) -> None:
    """Record signals of the chip, by its logic analyser, into a VCD file."""
    options: _Host = context.obj
    with user_input():
        waited = read_trigger(options.spec, dict(_condition(text) for text in trigger or ()))
    # A board holds what was loaded; one that is made for this command holds nothing yet.
    prepared = _prepared(options, model) if run and options.port == _SIM else None
    with _session(options, prepared) as session:
        driver = session.driver
        if prepared is not None:
            settle(load_network(driver, prepared.mapping))
        if before is None:
            before = driver.features.analyser_depth // 4
        with user_input():
            settle(arm(driver, waited, before=before, period=period))
        if run:
            settle(driver.run())
        recorded = settle(collect(driver, options.spec, force=force))
    write_waveform(out, recorded)
    show_table(
        f"Logic analyser at {session.name}",
        [
            ("samples", number(len(recorded.samples))),
            ("before the trigger", number(recorded.before)),
            ("time from sample to sample", number(recorded.seconds * 1e9, "ns")),
            ("probes", ", ".join(probe.name for probe in recorded.probes)),
        ],
    )
    output().print(f"recording is in {out}", markup=False)


@contextmanager
def _session(options: _Host, held: PreparedTask | Job | None = None) -> Iterator[Session]:
    """Give a session; a virtual board is made where that is asked for, its arrays programmed."""
    with ExitStack() as stack:
        port, board = options.port, options.board
        if port == _SIM:
            job = None
            if isinstance(held, PreparedTask):
                job = Job.of(board.spec, held.mapping, held.inputs)
            elif held is not None:
                job = held
            if job is not None:
                job = replace(job, engine=board.engine.value, seed=board.seed)
            port = stack.enter_context(make_board(board, job)).address
        with user_input():
            session = stack.enter_context(
                open_session(
                    port, board.spec, baud=options.baud, reply_timeout=options.reply_timeout
                )
            )
        yield session


def _prepared(options: _Host, model: Path | None, images: int = 1) -> PreparedTask:
    with user_input():
        return prepared_task(options.spec, model, options.board.seed, images)


def _address(table: RegisterTable, place: str) -> int:
    """Return the address that a user names.

    Raises
    ------
    ValueError
        Where nothing has that name, or it is no word's address.
    """
    matched = re.fullmatch(r"([A-Za-z_]\w*)(?:\[(\d+)\])?", place)
    if matched is None:
        return _word(place)
    name, index = matched[1].upper(), int(matched[2] or 0)
    for register in table.registers:
        if register.name == name and matched[2] is None:
            return register.offset
    for window in table.windows:
        if window.name == name and index < window.words:
            return window.base + 4 * index
    msg = f"place must be a register or a word of a window that the chip has, not '{place}'"
    raise ValueError(msg)


def _word(text: str) -> int:
    try:
        value = int(text, 0)
    except ValueError:
        value = -1
    if not 0 <= value < 1 << 32:
        msg = f"word must be a number from 0 to 0xffffffff, not '{text}'"
        raise ValueError(msg)
    return value


def _condition(text: str) -> tuple[str, int]:
    name, mark, value = text.partition("=")
    if not mark:
        msg = f"trigger must be PROBE=VALUE, not '{text}'"
        raise ValueError(msg)
    return name, _word(value)


def _show_checks(session: Session, checks: list[Check]) -> None:
    styles = {"passed": "green", "failed": "bold red", "not there": "dim"}
    table = Table(
        title=f"Self-test of {session.spec.name} at {session.name}",
        title_justify="left",
        title_style="bold",
    )
    for heading in ("test", "outcome", "what was seen"):
        table.add_column(heading)
    for check in checks:
        style = styles[check.outcome]
        table.add_row(check.name, f"[{style}]{check.outcome}[/{style}]", check.detail)
    output().print(table)
