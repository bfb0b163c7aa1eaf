"""What the sequencer sees of a chip and tells it."""

from amaranth.hdl import Signal, Value
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.step_words import step_layout

__all__ = ["SequencerPorts"]


class SequencerPorts(wiring.Component):
    """The ports of the sequencer; those of a mode are there where the chip has the mode."""

    start: Signal
    """One cycle: run the table from step 0; ignored while busy."""
    abort: Signal
    """One cycle: end the run with ABORTED; ignored while nothing runs, and it keeps a start off."""
    lost: Signal
    """One cycle: end the run with HOST_LOST."""
    steps: Signal
    """Number of steps to run."""
    settle: Signal
    """Clock cycles from a change of the lines to the first conversion, at least 1."""
    number: Signal
    """Step that is asked for."""
    step: data.View
    """That step, a cycle later."""
    gather: Signal
    """Start of the input formatter."""
    gather_piece: Signal
    """Slice that the formatter collects."""
    gather_negative: Signal
    """Part that the formatter collects."""
    gathering: Signal
    """The formatter is busy."""
    clear: Signal
    """Clear the sum of `column`."""
    column: Signal
    """Column to clear."""
    apply: Signal
    """One cycle: the word lines take what the formatter collected."""
    release: Signal
    """The word lines go to code 0."""
    stop: Signal
    """No further conversion begins."""
    convert: Signal
    """Start of the conversion."""
    convert_piece: Signal
    """Slice that is converted."""
    convert_negative: Signal
    """Part that is converted."""
    converting: Signal
    """Conversion or shift-and-add is busy."""
    expired: Signal
    """A conversion took too long."""
    unasked: Signal
    """An array answered without being asked."""
    broken: Signal
    """With corrected memories: a word that the run takes has two wrong bits."""
    unchecked: Signal
    """With maps: a map was changed, so that they are checked before the first step."""
    check: Signal
    """With maps: start of their check."""
    checking: Signal
    """With maps: they are being checked."""
    refused: Signal
    """With maps: they were found wrong."""
    missing: Signal
    """With maps: the step uses a column that isn't there, known when its lines settle."""
    begin: Signal
    """One cycle: the passes of a step begin, for the first time or again."""
    gather_half: Signal
    """With reissue: upper half of a slice is collected, in a step of half slices."""
    convert_half: Signal
    """With reissue: upper half of a slice is converted."""
    fine: Signal
    """With reissue: the step is read in half slices."""
    clipped: Signal
    """With reissue: a conversion of the step was out of range."""
    reissued: Signal
    """With reissue: one cycle, a step is read again in half slices."""
    decode: Signal
    """With an arithmetic code: start of the decoder."""
    decoding: Signal
    """With an arithmetic code: the decoder is busy."""
    judge: Signal
    """With checks: start of the judgement of the sums."""
    judging: Signal
    """With checks: the sums are being judged."""
    doubt: Signal
    """With checks: they are wrong in a way that can't be corrected; known when that is done."""
    rereads: Signal
    """With checks: how often a step is read again at most."""
    again: Signal
    """With checks: one cycle, a step is read again since there was doubt."""
    spiking: Signal
    """In spiking mode: the table is run for a tick, with inputs of 0 or 1."""
    silent: Signal
    """In spiking mode: the inputs that were collected are all 0."""
    skipped: Signal
    """In spiking mode: the step is finished without having been read, as its sums are 0."""
    skipping: Signal
    """In spiking mode: one cycle, a step is skipped so."""
    fire: Signal
    """In spiking mode: one cycle, the totals of a layer are complete."""
    firing: Signal
    """In spiking mode: its neurons are at work."""
    finish: Signal
    """Start of the column pass."""
    finishing: Signal
    """The column pass is busy."""
    busy: Signal
    """The table is being run."""
    done: Signal
    """The last run came to its end; falls at the next start."""
    error: Signal
    """The `ErrorCode` that ended the last run, or 0."""
    error_step: Signal
    """Step of that error."""
    ended: Signal
    """One cycle: a run is over, well or by an error."""
    states: dict[int, str]
    """Names of the states by their numbers, once this has been elaborated."""

    def __init__(self, spec: ChipSpec, *, maps: bool = False) -> None:
        self._spec, self._maps = spec, maps
        mapped = {
            "unchecked": In(1),
            "check": Out(1),
            "checking": In(1),
            "refused": In(1),
            "missing": In(1),
        }
        piece = range(max(2, spec.input.slices))
        defence = spec.defence
        self._reissues, self._decodes = defence.reissue, defence.an != "none"
        self._judges, self._mends = defence.judges, defence.secded
        self._spikes = spec.spiking is not None
        reissuing = {
            "gather_half": Out(1),
            "convert_half": Out(1),
            "fine": Out(1),
            "clipped": In(1),
            "reissued": Out(1),
        }
        judged = {
            "judge": Out(1),
            "judging": In(1),
            "doubt": In(1),
            "rereads": In(3),
            "again": Out(1),
        }
        fired = {
            "spiking": In(1),
            "silent": In(1),
            "skipped": Out(1),
            "skipping": Out(1),
            "fire": Out(1),
            "firing": In(1),
        }
        super().__init__(
            {
                "start": In(1),
                "abort": In(1),
                "lost": In(1),
                "steps": In(range(spec.step_entries + 1)),
                "settle": In(16),
                "number": Out(range(spec.step_entries)),
                "step": In(step_layout()),
                "gather": Out(1),
                "gather_piece": Out(piece),
                "gather_negative": Out(1),
                "gathering": In(1),
                "clear": Out(1),
                "column": Out(range(max(2, spec.columns))),
                "apply": Out(1),
                "release": Out(1),
                "stop": Out(1),
                "convert": Out(1),
                "convert_piece": Out(piece),
                "convert_negative": Out(1),
                "converting": In(1),
                "expired": In(1),
                "unasked": In(1),
                "begin": Out(1),
                "finish": Out(1),
                "finishing": In(1),
                "busy": Out(1),
                "done": Out(1),
                "error": Out(8),
                "error_step": Out(8),
                "ended": Out(1),
                **(mapped if maps else {}),
                **(reissuing if self._reissues else {}),
                **({"decode": Out(1), "decoding": In(1)} if self._decodes else {}),
                **(judged if self._judges else {}),
                **({"broken": In(1)} if self._mends else {}),
                **(fired if self._spikes else {}),
            }
        )

    @property
    def at_sums(self) -> tuple[Value, ...]:
        """What says that a station is at work on the sums of the step, one bit each."""
        decoding = (self.decoding,) if self._decodes else ()
        judging = (self.judging,) if self._judges else ()
        firing = (self.firing,) if self._spikes else ()
        return (self.converting, self.finishing, *decoding, *judging, *firing)
