"""PyTorch's tensors: their values as NumPy has them, where they are in the computer's own memory."""

from __future__ import annotations

from typing import Any

from pixture.arrays import Array
from pixture.errors import ImageError


def values(tensor: Any) -> Array:
    """Return a tensor's values, not copied where they need not be; bfloat16 becomes float32.

    Raises
    ------
    ImageError
        It is on another device, or holds no plain array.
    """
    if tensor.device.type != "cpu":
        raise ImageError(
            f"The tensor is on {tensor.device}, and pixels are read from the computer's own memory. Give "
            "tensor.cpu()."
        )
    if str(tensor.layout) != "torch.strided":
        raise ImageError(f"The tensor is stored as {tensor.layout}, not as an array. Give tensor.to_dense().")
    plain = tensor.detach()
    if str(plain.dtype) == "torch.bfloat16":
        plain = plain.float()
    found: Array = plain.resolve_conj().resolve_neg().numpy()
    return found
