"""Models on disk: arrays as tensors of the safetensors format, and one header that says what they are.

Reading runs no code of the file's. A file is a JSON header, whose `__metadata__` holds ours under the key
"pixture", and the bytes of the arrays: whatever reads safetensors reads them too. Ours is a JSON object
{"format": 2, "kind": "mixture", "pixture": the version that wrote it, "sha256": of all the rest, ...facts}.
Format 1 had no checksum, and is read as well.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError
from safetensors.numpy import load as tensors_of
from safetensors.numpy import save as bytes_of

import pixture
from pixture.arrays import Array
from pixture.errors import MixtureError, ReadError, WriteError
from pixture.files.atomic_writing import write_whole
from pixture.files.input_files import Inputs
from pixture.files.output_files import NO_INPUTS, refuse_places
from pixture.mixture.model.mixture import Mixture

FORMAT = 2
"""Version of the header's layout; a reader reads those up to its own."""

MOST_HEADER = 2**24
"""Bytes of a header beyond which it is no model's: a thousand arrays take a hundredth of it."""

OURS = "pixture"
"""The key of our header among the file's metadata, and in it that of the version that wrote it."""

CHECKSUM = "sha256"
"""The key of the checksum in our header."""


def write_model(
    path: str | os.PathLike[str],
    kind: str,
    facts: Mapping[str, Any],
    arrays: Mapping[str, Array],
    *,
    overwrite: bool = False,
    inputs: Inputs = NO_INPUTS,
) -> Path:
    """Write a model's file, so that it is whole at any moment; return its path.

    Parameters
    ----------
    path
        Any name; ".safetensors" is customary. The folder is made if it is not there.
    kind
        What the model is, as `read_model` is told it.
    facts
        What JSON can hold, under other names than "format", "kind", "pixture" and "sha256". Floats keep
        every digit.
    arrays
        At least one, of numbers of any kind that NumPy and safetensors share; every bit is kept, the memory
        order and the byte order are not.
    overwrite
        Whether a file that is there already may be replaced.
    inputs
        Files that the model was made from; none of them is replaced.

    Raises
    ------
    WriteError
        The file is there already, or cannot be written. What was there is untouched.
    """
    place = Path(path)
    refuse_places([place], overwrite=overwrite, inputs=inputs)
    if not overwrite and os.path.lexists(place):
        raise WriteError(f"{place} is there already. Give overwrite=True to replace it, or another name.")
    write_whole({place: model_content(place, kind, facts, arrays)}, overwrite=overwrite, inputs=inputs)
    return place


def model_content(
    path: str | os.PathLike[str], kind: str, facts: Mapping[str, Any], arrays: Mapping[str, Array]
) -> bytes:
    """Return what `write_model` writes, for a file that is one of a set.

    Raises
    ------
    WriteError
        The facts are too long to be read again.
    """
    taken = {"format", "kind", OURS, CHECKSUM} & facts.keys()
    if taken:
        raise ValueError(f"facts cannot be called {', '.join(sorted(taken))}: the header has its own")
    header = {"format": FORMAT, "kind": kind, OURS: pixture.__version__, **facts}
    tensors = {name: np.asarray(array, order="C") for name, array in arrays.items()}
    header[CHECKSUM] = checksum(header, tensors)
    content = bytes_of(tensors, {OURS: json.dumps(header, allow_nan=False)})
    if int.from_bytes(content[:8], "little") > MOST_HEADER:
        raise WriteError(f"{path}: the model's facts are too long to be read again; keep fewer of them.")
    return content


def read_model(
    path: str | os.PathLike[str], kinds: tuple[str, ...]
) -> tuple[str, dict[str, Any], dict[str, Array]]:
    """Return the kind, the facts and the arrays of a model's file.

    Whether the facts and arrays are a model is for the caller to say, as `arrays_called` does for names.

    Parameters
    ----------
    kinds
        Those the caller knows.

    Raises
    ------
    ReadError
        The file is missing, damaged, no model of pixture's, of another kind, or of a newer format.

    Examples
    --------
    >>> read_model("no such file.safetensors", ("mixture",))
    Traceback (most recent call last):
        ...
    pixture.errors.ReadError: no such file.safetensors: there is no such file. Check the name and the folder.
    """
    place = Path(path)
    content = _content(place)
    header = _our_header(place, content)
    form, kind, version = (header.get(fact) for fact in ("format", "kind", OURS))
    written_checksum = header.pop(CHECKSUM, None)
    if type(form) is not int or form < 1:
        raise _damaged(place, "its header names no format")
    if form > FORMAT:
        raise ReadError(
            f"{place}: pixture {_brief(version)} wrote this model, in format {form}; this is pixture "
            f"{pixture.__version__}, which reads formats up to {FORMAT}. Install a newer one."
        )
    if kind not in kinds:
        raise ReadError(
            f"{place}: the file holds a model of the kind {_brief(kind)!r}; expected "
            f"{' or '.join(map(repr, kinds))}. Load it with what saved it."
        )
    try:
        arrays = tensors_of(content)
    except SafetensorError as error:
        raise _damaged(place, _brief(error)) from error
    except (KeyError, ValueError) as error:  # a type that NumPy has no word for
        raise _damaged(place, f"an array of the type {_brief(error)} is none of pixture's") from error
    if form > 1 and written_checksum is None:
        raise _damaged(place, "its checksum is missing")
    if written_checksum is not None and written_checksum != checksum(header, arrays):
        raise _damaged(place, "its content is not what was saved: the checksum differs")
    for fact in ("format", "kind", OURS):
        header.pop(fact, None)
    return kind, header, arrays


def checksum(header: Mapping[str, Any], arrays: Mapping[str, Array]) -> str:
    """Return the SHA-256, in hexadecimal, of what a file says: its header's facts and its arrays.

    It is that of the content, however the file is laid out: another order of keys, or of arrays, keeps it.
    """
    found = hashlib.sha256(json.dumps(header, sort_keys=True, allow_nan=True).encode())
    for name in sorted(arrays):
        array = arrays[name].astype(arrays[name].dtype.newbyteorder("<"), copy=False)
        about = json.dumps([name, array.dtype.str, array.shape])
        found.update(f"\n{about}\n".encode())
        found.update(np.ascontiguousarray(array).data)
    return found.hexdigest()


def arrays_called(
    path: str | os.PathLike[str], arrays: Mapping[str, Array], dtypes: Mapping[str, npt.DTypeLike]
) -> tuple[Array, ...]:
    """Return the arrays in the order of `dtypes`; refuse a file that has others, or of other types.

    Raises
    ------
    ReadError
        An array is missing, is one too many, or has another dtype.
    """
    for there, names in (
        ("lacks", dtypes.keys() - arrays.keys()),
        ("also holds", arrays.keys() - dtypes.keys()),
    ):
        if names:
            raise ReadError(
                f"{path}: the file {there} {_brief(', '.join(sorted(names)))}; a model of its kind holds "
                f"{', '.join(dtypes)}. Save the model again."
            )
    for name, dtype in dtypes.items():
        if arrays[name].dtype != dtype:
            raise ReadError(
                f"{path}: {name} must be {np.dtype(dtype)}; got {arrays[name].dtype}. Save the model again."
            )
    return tuple(arrays[name] for name in dtypes)


def save_mixture(mixture: Mixture, path: str | os.PathLike[str], *, overwrite: bool = False) -> Path:
    """Write a mixture as `Mixture.save` says."""
    arrays = {"weights": mixture.weights, "means": mixture.means, "covariances": mixture.covariances}
    return write_model(path, "mixture", {"covariance": mixture.covariance}, arrays, overwrite=overwrite)


def load_mixture(path: str | os.PathLike[str]) -> Mixture:
    """Return the mixture in a file as `Mixture.load` says."""
    _, facts, arrays = read_model(path, ("mixture",))
    dtypes = dict.fromkeys(("weights", "means", "covariances"), np.float64)
    weights, means, covariances = arrays_called(path, arrays, dtypes)
    try:
        with np.errstate(over="ignore"):  # sums of absurd weights are infinite, and refused as such
            name: Any = facts.get("covariance")  # whatever it is, the mixture refuses what it does not know
            mixture = Mixture(weights, means, covariances, name)
    except MixtureError as error:
        raise ReadError(f"{path}: the file holds no mixture. {error}") from error
    return mixture


def _content(path: Path) -> bytes:
    """Return the bytes of a file, having looked at the first of them."""
    try:
        if path.is_dir():
            raise ReadError(f"{path}: this is a folder. Give the file of a model.")
        if path.exists() and not path.is_file():
            raise ReadError(
                f"{path}: this is a pipe or a device, not a file. Save the model to a file first."
            )
        with path.open("rb") as file:
            head = file.read(8)
            size = os.fstat(file.fileno()).st_size
            length = int.from_bytes(head, "little")
            if len(head) == 8 and file.read(1) == b"{" and length <= MOST_HEADER:
                if 8 + length > size:
                    raise _damaged(path, "its header is cut off")
                file.seek(0)
                return file.read()
    except ReadError:
        raise
    except FileNotFoundError:
        raise ReadError(f"{path}: there is no such file. Check the name and the folder.") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise ReadError(f"{path}: cannot be read ({_brief(reason)}).") from error
    except MemoryError as error:
        raise ReadError(f"{path}: there is not enough memory to read it.") from error
    if not head:
        raise ReadError(f"{path}: the file is empty. Copy or save it again.")
    raise _foreign(path)


def _our_header(path: Path, content: bytes) -> dict[str, Any]:
    length = int.from_bytes(content[:8], "little")
    try:
        whole = json.loads(content[8 : 8 + length])
    except (ValueError, RecursionError) as error:
        raise _damaged(path, "its header is no JSON") from error
    metadata = whole.get("__metadata__")
    ours = metadata.get(OURS) if isinstance(metadata, dict) else None
    if not isinstance(ours, str):
        raise _foreign(path)
    try:
        header = json.loads(ours)
    except (ValueError, RecursionError) as error:
        raise _damaged(path, "pixture's header is no JSON") from error
    if not isinstance(header, dict):
        raise _damaged(path, "pixture's header is no JSON object")
    return header


def _foreign(path: Path) -> ReadError:
    return ReadError(f"{path}: this is not a model that pixture saved. Give a file that save() wrote.")


def _damaged(path: Path, reason: str) -> ReadError:
    return ReadError(
        f"{path}: the file is damaged or incomplete ({reason.rstrip('.')}). Copy or save it again."
    )


def _brief(said: object) -> str:
    """What a file or a library says, fit to stand in a sentence."""
    return " ".join(str(said).split())[:100]
