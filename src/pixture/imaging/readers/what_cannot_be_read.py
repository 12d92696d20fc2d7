"""Why a file cannot be read, in a sentence, and what to do."""

from __future__ import annotations

from pathlib import Path

from pixture.errors import ReadError
from pixture.imaging.readers.file_formats import FORMATS, FolderFormat, Format
from pixture.imaging.readers.foreign_formats import looks_like
from pixture.wording import shown


def where_else(place: Path) -> str:
    """Return what may help where there is no file of a name."""
    if any(letter in str(place) for letter in "*?["):
        return "No file matches it as a pattern; sorted(pathlib.Path(folder).glob(pattern)) lists files."
    if str(place).startswith("~"):
        return "Python does not expand ~: give pathlib.Path(path).expanduser()."
    return "Check the name and the folder."


def no_path(given: object) -> str:
    """Return what is wrong with something that is no path, and what would work."""
    kind = type(given).__name__
    if isinstance(given, list | tuple):
        return (
            f"read takes one path; got a {kind}. Read one after the other: [pixture.read(p) for p in paths]."
        )
    if isinstance(given, bytes):
        return f"read takes a path as text; got {len(given):,} bytes. Of a name in bytes: os.fsdecode(name)."
    if hasattr(given, "read"):
        return (
            "read takes a path; got an open file. Give its name, or PIL.Image.open(file) to pixture.segment."
        )
    if hasattr(given, "shape") or hasattr(given, "getbands"):
        return f"A {kind} is read already: give it to pixture.segment, or to pixture.image_from_array."
    return f"read takes a path; got {shown(given)}."


def plain_folder(place: Path) -> ReadError:
    """Return the error for a folder that is no image."""
    return ReadError(
        f"{place}: this is a folder. Give image files, for example {place}/*.png; of the planes of one "
        "volume, say --stack (stack=True)."
    )


def not_read(place: Path, head: bytes) -> ReadError:
    """Return the error for a file of no format that is read, told by its first bytes."""
    known = looks_like(head)
    names = ", ".join(form.name for form in FORMATS)
    if known is None:
        return ReadError(f"{place}: this is not an image in a format pixture reads ({names}).")
    name, advice = known
    return ReadError(
        f"{place}: this is not an image in a format pixture reads; there is no reader for it (it looks like "
        f"{name}). {advice}."
    )


def not_installed(place: Path, form: Format | FolderFormat, error: ImportError) -> ReadError:
    """Return the error for a format whose library is not installed: it names what to install."""
    library = error.name or reason_of(error)
    return ReadError(
        f"{place}: the library that reads {form.name} is not installed ({library}). Install it: "
        f"{form.install}."
    )


def reason_of(error: BaseException) -> str:
    """Return the first line of what an error says, without a path or a full stop at its end."""
    said = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return (said.strip().splitlines() or [type(error).__name__])[0].rstrip(".")[:200]
