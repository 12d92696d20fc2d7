"""What is made of labels: classes, a foreground, objects."""

from __future__ import annotations

from dataclasses import dataclass

from pixture.options.kinds import Flag, Name, Text, Whole
from pixture.options.option import Group, Options, described, option

SPLITS = ("touching", "none")


@described
@dataclass(frozen=True)
class Classes(Options):
    """Which labels are one class, and what classes are called.

    >>> Classes("1+2,3+4").groups, Classes(names="sky,tree").named
    (('1+2', '3+4'), ('sky', 'tree'))
    """

    merge: str | None = option(
        None,
        "Labels that are one class, such as 1+2 or 1+2,3+5; classes are numbered by their lowest label.",
        Text(),
        metavar="A+B",
        shown_default="each label is one",
        group=Group.FIND,
    )
    names: str | None = option(
        None,
        "Names of the classes, from label 0 (the darkest) on, with commas between them.",
        Text(),
        metavar="A,B,...",
        shown_default="none",
        group=Group.FIND,
    )

    @property
    def groups(self) -> tuple[str, ...]:
        """The groups of labels that are merged."""
        return () if self.merge is None else tuple(self.merge.split(","))

    @property
    def named(self) -> tuple[str, ...]:
        """The names."""
        return () if self.names is None else tuple(self.names.split(","))


@described
@dataclass(frozen=True)
class ObjectChoices(Options):
    """Whether objects are found and measured, and in what foreground."""

    foreground: str | None = option(
        None,
        "Find the objects of this foreground: auto, found from the image; bright or dark, the last or the "
        "first class; labels such as 2,3; or names.",
        Text(),
        metavar="WHICH",
        shown_default="none; auto with --objects",
        group=Group.FIND,
    )
    objects: bool = option(
        False,
        "Find objects, the connected pieces of the foreground, and measure them: STEM.objects.csv.",
        Flag(),
        group=Group.WRITE,
    )
    min_size: int | None = option(
        None,
        "Smallest object, in pixels.",
        Whole(0),
        metavar="N",
        shown_default="a tenth of the typical one",
        group=Group.FIND,
    )
    split: str = option(
        "touching",
        "Objects that touch: touching, they are split; none, they are one.",
        Name(SPLITS),
        metavar="NAME",
        group=Group.FIND,
    )

    @property
    def wanted(self) -> bool:
        """Whether objects are to be found."""
        return self.objects or self.foreground is not None

    @property
    def which(self) -> str:
        """The foreground."""
        return self.foreground or "auto"


NO_CLASSES, NO_OBJECTS = Classes(), ObjectChoices()
"""Labels as they are; no objects."""
