"""How much of each class there is at each time, as a table in a file."""

from __future__ import annotations

import csv
import io
import math

import numpy as np

from pixture.segmentation.segmentation import Segmentation

TIMES = ".times.csv"

COLUMNS = ("image", "time", "label", "name", "pixels", "share")
"""The area or the volume follows where the size of a pixel is known."""


def times_csv(segmentation: Segmentation, stem: str) -> bytes:
    r"""Return the classes at each time as a CSV file, a line a time and label; times count from 1.

    Shares are those of the pixels of the time that take part, 0 to 1; empty where none does.

    >>> import pixture
    >>> series = pixture.image_from_array(np.array([[[1, 9, 9]], [[9, 9, 9]]], np.uint8), axes="tyx")
    >>> print(times_csv(pixture.segment(series, 2, smooth="off"), "cells").decode().replace("\r", ""), end="")
    image,time,label,name,pixels,share
    cells,1,0,,1,0.3333333333333333
    cells,1,1,,2,0.6666666666666666
    cells,2,0,,0,0.0
    cells,2,1,,3,1.0
    """
    image, K = segmentation.image, segmentation.mixture.components
    names = segmentation.names or ("",) * K
    of_pixel = math.prod(image.spatial_spacing)
    size = ("volume" if image.is_volume else "area",) if image.has_units else ()
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([*COLUMNS, *size])
    for time, labels in enumerate(segmentation.labels):
        counts = np.bincount(labels.ravel(), minlength=K)[:K].tolist()
        there = sum(counts)
        for label, pixels in enumerate(counts):
            row = [stem, time + 1, label, names[label], pixels, pixels / there if there else ""]
            writer.writerow([*row, *([pixels * of_pixel] if size else [])])
    return text.getvalue().encode("utf-8", "surrogateescape")
