"""The one way pixture compiles: serial, without the interpreter's lock, kept on disk.

Threads are outside the kernels (`pixture.parallel`), so `parallel=True` is not used: it compiles eight
times as long and its threading layer aborts the process when two threads call it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic  # numba ships no types, so mypy cannot see through its decorators

F = TypeVar("F", bound=Callable[..., Any])

# What lets LLVM turn a sum over a block into a vector sum. NaN and infinity keep their meaning
# (no `nnan`, no `ninf`), so a wrong value shows instead of spreading silently.
_SUMS_MAY_BE_REORDERED = {"reassoc", "contract", "nsz", "arcp"}


def kernel(function: F) -> F:
    """Compile a kernel; its sums may be evaluated in any order (but always in the same one)."""
    return cast(F, njit(nogil=True, cache=True, fastmath=_SUMS_MAY_BE_REORDERED)(function))


def exact(function: F) -> F:
    """Compile a function whose rounding is part of the algorithm; it is inlined into the kernels."""
    return cast(F, njit(nogil=True, cache=True, fastmath={"contract"})(function))


@intrinsic  # type: ignore[untyped-decorator]
def _float_bits(context: Any, value: Any) -> Any:
    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], ir.IntType(64))

    return types.int64(types.float64), codegen


@intrinsic  # type: ignore[untyped-decorator]
def _bits_float(context: Any, value: Any) -> Any:
    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], ir.DoubleType())

    return types.float64(types.int64), codegen


# libm's exp and log are calls, which no compiler can vectorise; these are plain arithmetic, which it can.
# Both round integers by adding 1.5 * 2^52: the sum's low bits then hold the integer, and vector units
# without a float-to-int64 conversion (AVX2) need none.
_ROUND = 6755399441055744.0
_LOG2E = 1.4426950408889634
_LN2_HIGH = 6.93147180369123816490e-01
_LN2_LOW = 1.90821492927058770002e-10
_SMALLEST_EXPONENT = -708.0


@exact
def exp(x: float) -> float:
    """Return e^x for -708 <= x <= 709 to 2 ulp; below, e^-708 (3e-308). NaN is not for it.

    Cody and Waite's reduction x = n ln 2 + r, |r| <= ln 2 / 2, then the Taylor polynomial of degree 12
    (truncation below 2e-17 relative).
    """
    x = x if x > _SMALLEST_EXPONENT else _SMALLEST_EXPONENT
    shifted = x * _LOG2E + _ROUND
    n = shifted - _ROUND
    r = (x - n * _LN2_HIGH) - n * _LN2_LOW
    p = 2.08767569878681e-09  # 1/12!
    p = p * r + 2.505210838544172e-08
    p = p * r + 2.755731922398589e-07
    p = p * r + 2.7557319223985893e-06
    p = p * r + 2.48015873015873e-05
    p = p * r + 1.984126984126984e-04
    p = p * r + 1.388888888888889e-03
    p = p * r + 8.333333333333333e-03
    p = p * r + 4.1666666666666664e-02
    p = p * r + 1.6666666666666666e-01
    p = p * r + 0.5
    p = p * r + 1.0
    p = p * r + 1.0
    scaled: float = p * _bits_float((_float_bits(shifted) + 1023) << 52)
    return scaled


@exact
def log(x: float) -> float:
    """Return the natural logarithm of a positive normal x to 2 ulp. NaN is not for it.

    x = 2^e m with m in [sqrt(1/2), sqrt(2)); log m = 2 artanh(s), s = (m - 1) / (m + 1), by its series.
    """
    bits = _float_bits(x)
    # subtracting the bits of sqrt(1/2) makes the exponent field count from there
    offset = bits - 0x3FE6A09E667F3BCD
    exponent = offset >> 52
    m = _bits_float(bits - (exponent << 52))
    e = _bits_float((exponent + 1023) | 0x4330000000000000) - 4503599627371519.0
    s = (m - 1.0) / (m + 1.0)
    t = s * s
    p = 1.0 / 23.0
    p = p * t + 1.0 / 21.0
    p = p * t + 1.0 / 19.0
    p = p * t + 1.0 / 17.0
    p = p * t + 1.0 / 15.0
    p = p * t + 1.0 / 13.0
    p = p * t + 1.0 / 11.0
    p = p * t + 1.0 / 9.0
    p = p * t + 1.0 / 7.0
    p = p * t + 1.0 / 5.0
    p = p * t + 1.0 / 3.0
    logarithm: float = e * _LN2_HIGH + (2.0 * s + (2.0 * s * t * p + e * _LN2_LOW))
    return logarithm
