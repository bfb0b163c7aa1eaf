"""The pins between a tile's front end and its converter chips."""

from amaranth.lib import wiring
from amaranth.lib.wiring import In, Member, Out

from ohmloom_hw.array_port import ArrayOp
from ohmloom_hw.converters.plan import ConverterPlan

__all__ = ["ConverterPins"]


class ConverterPins(wiring.Signature):
    """Pins of the converters of one tile, seen from the front end.

    ==================  ==========  ============================================================
    name                driven      meaning
    ==================  ==========  ============================================================
    ``dac_sclk``        front end   clock of all DACs
    ``dac_select_n``    front end   SYNC or CS of all DACs
    ``dac_data``        front end   data to each DAC
    ``dac_latch_n``     front end   LDAC of all DACs; there only if the part needs it
    ``adc_sclk``        front end   clock of all ADCs
    ``adc_select_n``    front end   CS of all ADCs
    ``adc_command``     front end   data to all ADCs; there only if the part takes any
    ``adc_data``        converters  data from each ADC
    ``mux``             front end   address of the analog switches; there only if there are any
    ``op``              front end   what is done to the array: the `ArrayOp` while its voltage is
                                    on the lines, else READ
    ==================  ==========  ============================================================
    """

    def __init__(self, plan: ConverterPlan) -> None:
        members: dict[str, Member] = {
            "dac_sclk": Out(1),
            "dac_select_n": Out(1),
            "dac_data": Out(plan.dac_chips),
            "adc_sclk": Out(1),
            "adc_select_n": Out(1),
            "adc_data": In(plan.adc_chips),
            "op": Out(ArrayOp),
        }
        if plan.latch_cycles:
            members["dac_latch_n"] = Out(1)
        if plan.adc.header_bits:
            members["adc_command"] = Out(1)
        if plan.mux_bits:
            members["mux"] = Out(plan.mux_bits)
        super().__init__(members)
