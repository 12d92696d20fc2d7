"""The array types that the signatures speak of."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Array: TypeAlias = npt.NDArray[Any]
"""An array of any dtype."""

Floats: TypeAlias = npt.NDArray[np.float64]
"""Statistics: always float64."""

Reals: TypeAlias = npt.NDArray[np.float32] | npt.NDArray[np.float64]
"""Sample values: float64, or float32 where the data came so."""

Integers: TypeAlias = npt.NDArray[np.integer[Any]]
"""Labels and row numbers."""

Mask: TypeAlias = npt.NDArray[np.bool_]
"""True where a pixel takes part."""
