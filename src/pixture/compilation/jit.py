"""The one way pixture compiles: serial, without the interpreter's lock, kept on disk.

Threads are outside the kernels (`pixture.parallel`), so `parallel=True` is not used: it compiles eight
times as long and its threading layer aborts the process when two threads call it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import config
from numba.core.registry import CPUDispatcher
from numba.extending import intrinsic, overload  # numba ships no types: mypy cannot see through these

import pixture.forking  # noqa: F401 - imported for what it does: a child can compile, too
from pixture.compilation.cache import KernelCache, tell_trouble
from pixture.errors import CompilerError

if config.DISABLE_JIT:
    raise CompilerError(
        "Compiling is switched off (NUMBA_DISABLE_JIT is set), and pixture's kernels run compiled only. "
        "Unset NUMBA_DISABLE_JIT."
    )
if not all(feature[:1] in ("+", "-") for feature in (config.CPU_FEATURES or "").split(",") if feature):
    # LLVM would end the process
    raise CompilerError(
        f"NUMBA_CPU_FEATURES is {config.CPU_FEATURES!r}; expected features that each begin with + or -, "
        "between commas, as in +avx2,-fma."
    )

F = TypeVar("F", bound=Callable[..., Any])

# What lets LLVM turn a sum over a block into a vector sum. NaN and infinity keep their meaning
# (no `nnan`, no `ninf`), so a wrong value shows instead of spreading silently.
_SUMS_MAY_BE_REORDERED = {"reassoc", "contract", "nsz", "arcp"}


# Dividing by zero gives infinity, as in NumPy: Python's exception would be a branch in every loop that
# divides, and a loop with a way out is not vectorised.
_AS_NUMPY_DIVIDES = "numpy"

# What a kernel calls is a part of it. A call left to LLVM's judgement goes to one of two copies, the callee's
# own or that in the kernel's object file, by whether the kernel was compiled in this process or loaded from
# the disk; both are right, but their last bits differ, and with them a first run from the next.
_OPTIONS = {
    "nopython": True,
    "nogil": True,
    "error_model": _AS_NUMPY_DIVIDES,
    "boundscheck": None,
    "forceinline": True,
}


class Kernel(CPUDispatcher):  # type: ignore[misc]  # numba ships no types
    """A function that numba compiles for each kind of arguments, and that is kept in our own cache."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._cache = KernelCache(self.py_func)

    def _compile_for_args(self, *args: Any, **kwargs: Any) -> Any:
        """Compile, or load, what a call from Python needs; then tell what was wrong with the cache."""
        made = super()._compile_for_args(*args, **kwargs)
        tell_trouble(stacklevel=2)
        return made


def kernel(function: F) -> F:
    """Compile a kernel; its sums may be evaluated in any order (but always in the same one)."""
    return _compiled(function, _SUMS_MAY_BE_REORDERED)


def exact(function: F) -> F:
    """Compile a function whose rounding is part of the algorithm; it is inlined into the kernels."""
    return _compiled(function, {"contract"})


def _compiled(function: F, fastmath: set[str]) -> F:
    return cast(F, Kernel(function, targetoptions={**_OPTIONS, "fastmath": fastmath}))


@intrinsic  # type: ignore[untyped-decorator]  # numba ships no types
def widest_vectors(context: Any) -> Any:
    """Let LLVM use 512-bit vectors where the processor has them, in the function that calls this.

    By itself it keeps to 256 bits, since early processors lowered their clock for 512. A pass is nothing
    but vector arithmetic, and ran a third faster (float32, K = 5, d = 3) with them.
    """

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        # llvmlite's own `add` knows only attributes without a value; this one is written out as it stands
        set.add(builder.function.attributes, '"prefer-vector-width"="512"')
        return context.get_dummy_value()

    return types.none(), codegen


@intrinsic  # type: ignore[untyped-decorator]  # numba ships no types
def _bits(context: Any, value: Any) -> Any:
    """Return the float's bits as an integer of its width."""

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], ir.IntType(value.bitwidth))

    return {32: types.int32, 64: types.int64}[value.bitwidth](value), codegen


@intrinsic  # type: ignore[untyped-decorator]  # numba ships no types
def _float(context: Any, value: Any) -> Any:
    """Return the float that has these bits."""

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], {32: ir.FloatType(), 64: ir.DoubleType()}[value.bitwidth])

    return {32: types.float32, 64: types.float64}[value.bitwidth](value), codegen


# libm's exp and log are calls, which no compiler can vectorise; these are plain arithmetic, which it can.
# They round integers by adding 1.5 * 2^52 (float32: 1.5 * 2^23): the sum's low bits then hold the integer,
# and vector units without a float-to-int64 conversion (AVX2) need none.
_ROUND = 6755399441055744.0
_LOG2E = 1.4426950408889634
_LN2_HIGH = 6.93147180369123816490e-01
_LN2_LOW = 1.90821492927058770002e-10
_SMALLEST_EXPONENT = -600.0


@exact
def _exp64(x: float) -> float:
    """Return e^x for -600 <= x <= 709 to 2 ulp (3 without fused multiply-add); below, and for NaN, 0.

    What lies below would make denormal numbers of its products, which take a hundred times as long.
    Cody and Waite's reduction x = n ln 2 + r, |r| <= ln 2 / 2, then the Taylor polynomial of degree 12
    (truncation below 2e-17 relative).
    """
    is_normal = x > _SMALLEST_EXPONENT
    x = x if is_normal else _SMALLEST_EXPONENT
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
    scaled: float = p * _float((_bits(shifted) + 1023) << 52)
    return scaled if is_normal else 0.0


@exact
def _log64(x: float) -> float:
    """Return the natural logarithm of a positive normal x to 2 ulp. NaN is not for it.

    x = 2^e m with m in [sqrt(1/2), sqrt(2)); log m = 2 artanh(s), s = (m - 1) / (m + 1), by its series.
    """
    bits = _bits(x)
    # subtracting the bits of sqrt(1/2) makes the exponent field count from there
    offset = bits - 0x3FE6A09E667F3BCD
    exponent = offset >> 52
    m = _float(bits - (exponent << 52))
    e = _float((exponent + 1023) | 0x4330000000000000) - 4503599627371519.0
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


# The same in float32, whose every literal must be one: a float64 among them would widen the arithmetic.
_f, _i = np.float32, np.int32
_ROUND32, _LOG2E32, _SMALLEST32 = _f(12582912.0), _f(1.4426950408889634), _f(-60.0)
_LN2_HIGH32, _LN2_LOW32 = _f(0.693359375), _f(-2.12194440e-4)
# minimax coefficients of (e^r - 1 - r) / r², from Cephes' expf (Moshier)
_E2, _E3, _E4 = _f(5.0000001201e-1), _f(1.6666665459e-1), _f(4.1665795894e-2)
_E5, _E6, _E7 = _f(8.3334519073e-3), _f(1.3981999507e-3), _f(1.9875691500e-4)
_L3, _L5, _L7, _L9 = _f(1 / 3), _f(1 / 5), _f(1 / 7), _f(1 / 9)
_ZERO32, _ONE32, _TWO32 = _f(0.0), _f(1.0), _f(2.0)
_BIAS32, _MANTISSA32, _ROOT_HALF32 = _i(127), _i(23), _i(0x3F3504F3)


@exact
def _exp32(x: float) -> float:
    """Return e^x in float32 for -60 <= x <= 88 to 2 ulp; below, and for NaN, 0."""
    is_normal = x > _SMALLEST32
    x = x if is_normal else _SMALLEST32  # type: ignore[assignment]  # a float32 in a kernel
    shifted = x * _LOG2E32 + _ROUND32
    n = shifted - _ROUND32
    r = (x - n * _LN2_HIGH32) - n * _LN2_LOW32
    p = _E7 * r + _E6
    p = p * r + _E5
    p = p * r + _E4
    p = p * r + _E3
    p = p * r + _E2
    p = p * r * r + r + _ONE32
    scaled: float = p * _float(_i((_bits(shifted) + _BIAS32) << _MANTISSA32))
    return scaled if is_normal else _ZERO32  # type: ignore[return-value]  # a float32 in a kernel


@exact
def _log32(x: float) -> float:
    """Return the natural logarithm of a positive normal float32 to 2 ulp. NaN is not for it."""
    bits = _bits(x)
    exponent = _i(_i(bits - _ROOT_HALF32) >> _MANTISSA32)
    m = _float(_i(bits - _i(exponent << _MANTISSA32)))
    s = (m - _ONE32) / (m + _ONE32)
    t = s * s
    p = _L9 * t + _L7
    p = p * t + _L5
    p = p * t + _L3
    e = _f(exponent)
    logarithm: float = e * _LN2_HIGH32 + (_TWO32 * s + (_TWO32 * s * t * p + e * _LN2_LOW32))
    return logarithm


def exp(x: float) -> float:
    """Return e^x in the precision of x, by `_exp64` or `_exp32`; only within a kernel."""
    raise NotImplementedError("exp is compiled into kernels; outside them, use numpy.exp")


def log(x: float) -> float:
    """Return the natural logarithm in the precision of x, by `_log64` or `_log32`; only within a kernel."""
    raise NotImplementedError("log is compiled into kernels; outside them, use numpy.log")


@overload(exp, inline="always", strict=False)  # type: ignore[untyped-decorator]  # numba ships no types
def _exp_of(x: Any) -> Any:
    if x == types.float32:
        return lambda x: _exp32(x)
    return lambda x: _exp64(x)


@overload(log, inline="always", strict=False)  # type: ignore[untyped-decorator]  # numba ships no types
def _log_of(x: Any) -> Any:
    if x == types.float32:
        return lambda x: _log32(x)
    return lambda x: _log64(x)
