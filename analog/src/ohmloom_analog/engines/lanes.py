"""Eight values that compiled code works on at once, as one value of its own kind.

Left to itself, the compiler has to check before each short loop whether arrays overlap, and puts
what a recurrence carries along into memory. Lanes stay in the processor's vector registers: two of
AVX's for doubles, one for singles, and whatever else a processor has.

Functions here work within compiled functions only. Their code becomes part of whatever uses them,
so that what numba has kept of `kernels` is out of date when this file changes.
"""

import operator
from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.typing.templates import AbstractTemplate, infer_global
from numba.extending import intrinsic, lower_builtin, models, register_model

__all__ = ["WIDTH", "double", "fused", "load", "magnitude", "single", "spread", "store"]

WIDTH = 8
"""Values at once."""

# Sums may be reordered, and multiplied and added in one step, but NaN and infinity stay.
_FLAGS = ("contract", "reassoc", "nsz")


# Numba tells type checkers of a function that is called as it is written, not as it is used.
_infer: Any = infer_global


def _compiled_in(function: Callable[..., Any]) -> Any:
    return intrinsic(function)


class _Lanes(types.Type):
    def __init__(self, element: Any) -> None:
        self.element = element
        super().__init__(name=f"Lanes({element})")


@register_model(_Lanes)
class _Model(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: _Lanes) -> None:
        element = manager.lookup(kind.element).get_value_type()
        super().__init__(manager, kind, ir.VectorType(element, WIDTH))


def _spread(builder: Any, value: Any) -> Any:
    kind = ir.VectorType(value.type, WIDTH)
    nothing = ir.Constant(kind, ir.Undefined)
    first = builder.insert_element(nothing, value, ir.Constant(ir.IntType(32), 0))
    places = ir.Constant(ir.VectorType(ir.IntType(32), WIDTH), [0] * WIDTH)
    return builder.shuffle_vector(first, nothing, places)


class _Arithmetic(AbstractTemplate):
    def generic(self, args: Any, kws: Any) -> Any:
        """Say that lanes, or a number and lanes, of one precision give lanes of the same."""
        elements = {getattr(one, "element", one) for one in args}
        lanes = [one for one in args if isinstance(one, _Lanes)]
        return lanes[0](*args) if lanes and not kws and len(elements) == 1 else None


def _lowered(name: str) -> Callable[..., Any]:
    def lower(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        left, right = (
            value if isinstance(kind, _Lanes) else _spread(builder, value)
            for kind, value in zip(signature.args, args, strict=True)
        )
        return getattr(builder, name)(left, right, flags=_FLAGS)

    return lower


for _operator, _name in ((operator.add, "fadd"), (operator.sub, "fsub"), (operator.mul, "fmul")):
    _infer(_operator)(_Arithmetic)
    for _kinds in ((_Lanes, _Lanes), (types.Float, _Lanes)):
        lower_builtin(_operator, *_kinds)(_lowered(_name))


def _place(context: Any, builder: Any, kind: Any, array: Any, index: Any) -> Any:
    data = context.make_array(kind)(context, builder, array).data
    element = context.get_data_type(kind.dtype)
    place = builder.gep(data, [index])
    return builder.bitcast(place, ir.VectorType(element, WIDTH).as_pointer())


def _called(builder: Any, name: str, element: Any, args: Any) -> Any:
    kind = ir.FunctionType(args[0].type, [one.type for one in args])
    full = f"llvm.{name}.v{WIDTH}f{element.bitwidth}"
    return builder.call(cgutils.get_or_insert_function(builder.module, kind, full), args)


@_compiled_in
def load(typing: Any, array: Any, index: Any) -> Any:
    """Return the lanes that begin at an index of a contiguous array of one dimension."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        place = _place(context, builder, signature.args[0], *args)
        return builder.load(place, align=array.dtype.bitwidth // 8)

    return _Lanes(array.dtype)(array, types.intp), generate


@_compiled_in
def store(typing: Any, array: Any, index: Any, value: Any) -> Any:
    """Write lanes to an array, from an index on."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        place = _place(context, builder, signature.args[0], *args[:2])
        builder.store(args[2], place, align=array.dtype.bitwidth // 8)
        return context.get_dummy_value()

    return types.void(array, types.intp, _Lanes(array.dtype)), generate


@_compiled_in
def spread(typing: Any, value: Any) -> Any:
    """Return lanes that all hold a number."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return _spread(builder, args[0])

    return _Lanes(value)(value), generate


@_compiled_in
def fused(typing: Any, factor: Any, value: Any, more: Any) -> Any:
    """Return a number times lanes, plus more lanes, in one step where the processor has it.

    Of two products that are added the compiler may fuse either, and waits twice as long in a
    recurrence where it takes the wrong one.
    """

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        lanes = [_spread(builder, args[0]), *args[1:]]
        return _called(builder, "fmuladd", more.element, lanes)

    return more(factor, value, more), generate


@_compiled_in
def magnitude(typing: Any, value: Any) -> Any:
    """Return lanes without their signs."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return _called(builder, "fabs", value.element, args)

    return value(value), generate


def _converted(element: Any, value: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        wanted = context.get_value_type(signature.return_type)
        if signature.args[0].element == element:
            return args[0]
        if element.bitwidth < signature.args[0].element.bitwidth:
            return builder.fptrunc(args[0], wanted)
        return builder.fpext(args[0], wanted)

    return _Lanes(element)(value), generate


@_compiled_in
def single(typing: Any, value: Any) -> Any:
    """Return lanes in single precision."""
    return _converted(types.float32, value)


@_compiled_in
def double(typing: Any, value: Any) -> Any:
    """Return lanes in double precision."""
    return _converted(types.float64, value)
