"""A session in napari, in a process of its own: a Qt application lasts as long as its process.

Run as `python -m tests.napari_session`, it prints what was seen, a JSON object.
"""

from __future__ import annotations

import json
import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

SHAPE = (60, 80)
PATIENCE = 120.0


def colours() -> Any:
    """Return (60, 80, 4) uint8: a dark half and a light one, and one pixel that is transparent."""
    pixels = np.random.default_rng(0).normal(40, 6, (*SHAPE, 4))
    pixels[:, SHAPE[1] // 2 :] += 150
    pixels[..., 3] = 255
    pixels[0, 0, 3] = 0
    return pixels.round().astype(np.uint8)


def until(done: Callable[[], bool]) -> float:
    """Run the window until something is so; return the longest time in seconds for which it stood still."""
    from qtpy.QtWidgets import QApplication

    began = last = time.perf_counter()
    longest = 0.0
    while not done():
        assert last - began < PATIENCE, "the widget did not finish"
        QApplication.processEvents()
        time.sleep(0.002)
        now = time.perf_counter()
        longest, last = max(longest, now - last), now
    return longest


def session() -> dict[str, Any]:
    """Do what a person would, and return what is seen."""
    import napari

    from pixture.errors import PixtureError
    from pixture.napari.run import Run

    seen: dict[str, Any] = {}
    viewer = napari.Viewer(show=False)
    place = {"scale": (0.5, 0.25), "translate": (3, 4), "rotate": 30, "units": ("um", "um")}
    image = viewer.add_image(colours(), name="halves", **place)
    widget: Any = viewer.window.add_plugin_dock_widget("pixture", "Segment by mixture")[1]
    seen["axes are asked for"] = widget.axes.native.isVisibleTo(widget)
    widget.classes.value = 3
    until(lambda: not widget._timer.isActive())
    seen["labels before the button"] = widget.labels_layer is not None

    widget.classes.value = 2
    widget.button.native.click()
    until(lambda: widget.labels_layer is not None)
    labels = widget.labels_layer
    seen["labels"] = np.asarray(labels.data).tolist()
    seen["same place"] = bool(
        np.array_equal(labels.scale, image.scale)
        and np.array_equal(labels.translate, image.translate)
        and np.array_equal(labels.rotate, image.rotate)
        and labels.units == image.units
    )
    seen["colours"] = [np.asarray(labels.colormap.color_dict[key]).tolist() for key in (0, 1, 2)]
    seen["status"] = widget.status.text()
    seen["under the pointer"] = labels.features.to_dict("list")
    seen["the image stays selected"] = viewer.layers.selection.active is image

    widget.classes.value, widget.smoothing.value = 5, "off"
    widget.begin()
    widget.classes.value = 3  # while the run of 5 is under way
    until(lambda: np.asarray(labels.data).max() == 3)
    until(lambda: widget._run is None)
    seen["layers after changes"] = [layer.name for layer in viewer.layers]
    seen["status after changes"] = widget.status.text()

    widget.auto.value = True
    until(lambda: widget._run is not None)
    until(lambda: widget._run is None)
    seen["found"] = widget.status.text()
    widget.auto.value = False
    until(lambda: widget._run is not None)
    until(lambda: widget._run is None)

    bands = viewer.add_image(np.moveaxis(colours()[..., :3], -1, 0), name="bands", scale=(1, 2, 2))
    viewer.layers.selection.active = bands
    seen["the selected image is chosen"] = widget.image.value is bands
    seen["choosing segments nothing"] = widget._run is None and not widget._timer.isActive()
    seen["axes offered"] = list(widget.axes.choices)
    widget.axes.value = "cyx"
    widget.begin()
    until(lambda: widget.labels_layer is not None)
    seen["labels of bands"] = list(widget.labels_layer.data.shape)
    seen["all bands have the same"] = bool((widget.labels_layer.data == widget.labels_layer.data[:1]).all())

    widget.axes.value = "zyx"
    widget.smoothing.value = "strength"
    seen["strength is asked for"] = widget.strength.native.isVisibleTo(widget)
    until(lambda: widget._run is not None)
    viewer.layers.remove(bands)  # while it is segmented
    until(lambda: widget._run is None)
    seen["gone"] = widget.status.text()

    def refuse(*_: object, **__: object) -> None:
        raise PixtureError("This cannot be segmented.")

    Run.answer = refuse  # type: ignore[method-assign, assignment]  # replaced to see a refusal
    widget.begin()
    until(lambda: widget._run is None)
    seen["refused"] = widget.status.text()
    viewer.close()
    return seen


if __name__ == "__main__":
    warnings.simplefilter("default")
    print(json.dumps(session()))
