"""The dock widget "Segment by mixture": a layer of labels that follows what is chosen."""

from __future__ import annotations

import warnings
from typing import Any

from magicgui.widgets import CheckBox, ComboBox, FloatSpinBox, PushButton, SpinBox, create_widget
from napari.layers import Image, Labels
from napari.qt.threading import create_worker
from napari.utils.colormaps import DirectLabelColormap
from napari.utils.notifications import notification_manager
from qtpy.QtCore import QTimer
from qtpy.QtWidgets import QFormLayout, QLabel, QWidget

from pixture.errors import PixtureError, PixtureWarning
from pixture.napari.layer_axes import arrangements, in_words
from pixture.napari.run import Abandoned, Answer, Run
from pixture.options.fitting import COVARIANCES, Choices
from pixture.options.method import Method
from pixture.options.spatial import AUTO, LIGHT, OFF, Spatial

STRENGTH = "strength"

KEY = "pixture"
"""Under which a layer of labels remembers whose labels it holds."""

PATIENCE = 150
"""Milliseconds without a change after which labels follow: a number that is typed changes with each digit."""


class MixtureWidget(QWidget):  # type: ignore[misc] # napari's types are not looked at
    """What to segment, and how; the labels follow every change, in a thread, one run at a time.

    Labels are numbered from 1, the darkest class; 0 takes no part. They are in one layer of labels for each
    layer, whose place (scale, translation, rotation, units) is that of the image.

    Parameters
    ----------
    napari_viewer
        The viewer whose layers are segmented.
    """

    def __init__(self, napari_viewer: Any) -> None:
        super().__init__()
        self._viewer = napari_viewer
        self._run: Run | None = None
        self._again = False
        self._remarks: list[str] = []
        self.image = create_widget(annotation=Image)
        self.axes = ComboBox(choices=self._arrangements)
        self.classes = SpinBox(value=4, min=1, max=64)
        self.auto = CheckBox(text="as many as the image supports", value=False)
        self.covariance = ComboBox(choices=COVARIANCES)
        self.smoothing = ComboBox(choices=(LIGHT, OFF, AUTO, STRENGTH))
        self.strength = FloatSpinBox(value=4, min=0, max=1000, step=1)
        self.live = CheckBox(text="follow changes", value=True)
        self.button = PushButton(text="Segment")
        self.status = QLabel("Choose an image, then segment.")
        self.status.setWordWrap(True)
        self._form = QFormLayout(self)
        for name in ("image", "axes", "classes", "covariance", "smoothing", "strength"):
            self._form.addRow(name, getattr(self, name).native)
        self._form.insertRow(3, self.auto.native)
        for below in (self.live.native, self.button.native, self.status):
            self._form.addRow(below)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(PATIENCE)
        self._timer.timeout.connect(self.begin)
        self._connect()
        self._show_what_counts()

    def _connect(self) -> None:
        self.image.changed.connect(self._on_image)
        how = (self.axes, self.classes, self.auto, self.covariance, self.smoothing, self.strength, self.live)
        for widget in how:
            widget.changed.connect(self._on_change)
        self.button.clicked.connect(self.begin)
        self._viewer.layers.selection.events.active.connect(self._on_selection)
        self.destroyed.connect(self.abandon)

    def _arrangements(self, _: object = None) -> list[tuple[str, str]]:
        layer = self.image.value
        if layer is None:
            return []
        return [(in_words(axes), axes) for axes in arrangements(layer.ndim, layer.axis_labels, rgb=layer.rgb)]

    def _on_selection(self, event: Any) -> None:
        if isinstance(event.value, Image) and event.value in self.image.choices:
            self.image.value = event.value

    def _on_image(self) -> None:
        """Another image keeps the labels that it has, until something else changes."""
        with self.axes.changed.blocked():
            self.axes.reset_choices()
        self._show_what_counts()

    def _on_change(self) -> None:
        self._show_what_counts()
        if self.live.value and self.labels_layer is not None:
            self._timer.start()

    def _show_what_counts(self) -> None:
        """Show only what a choice is left of."""
        self._show_row(self.axes, len(self.axes.choices) > 1)
        self._show_row(self.strength, self.smoothing.value == STRENGTH)
        self.classes.enabled = not self.auto.value
        self.button.enabled = self.image.value is not None

    def _show_row(self, widget: Any, shown: bool) -> None:
        widget.native.setVisible(shown)
        self._form.labelForField(widget.native).setVisible(shown)

    def reset_choices(self, _: object = None) -> None:
        """Offer the layers that there are; napari calls it when they come and go."""
        self.image.reset_choices()

    @property
    def labels_layer(self) -> Any:
        """The layer with the labels of the chosen image; None where there is none yet."""
        return None if self.image.value is None else self._labels_of(self.image.value)

    def _labels_of(self, image: Any) -> Any:
        layers = (layer for layer in self._viewer.layers if isinstance(layer, Labels))
        return next((layer for layer in layers if layer.metadata.get(KEY) == image.unique_id), None)

    @property
    def method(self) -> Method:
        """How to segment, as it is chosen."""
        smooth = self.strength.value if self.smoothing.value == STRENGTH else self.smoothing.value
        choices = Choices(components=self.classes.value, covariance=self.covariance.value)
        return Method(choices, auto=self.auto.value, spatial=Spatial(smooth))

    def abandon(self) -> None:
        """Let a run that is under way end; nobody waits for it."""
        if self._run is not None:
            self._run.abandon()

    def begin(self) -> None:
        """Segment the chosen image in a thread; a run that is under way is given up first."""
        self._timer.stop()
        layer = self.image.value
        if layer is None or not self._arrangements():
            self.status.setText(
                "Choose an image of rows and columns, perhaps with planes, times or channels."
            )
            return
        if self._run is not None:
            self._again = True
            self.abandon()
            return
        self._run, self._remarks = Run(layer, self.axes.value, self.method), []
        self.status.setText(f"Segmenting {layer.name} …")
        worker = create_worker(self._run.answer, _start_thread=False, _ignore_errors=True)
        worker.warned.connect(self._on_warning)
        worker.returned.connect(self._on_answer)
        worker.errored.connect(self._on_error)
        worker.start()

    def _on_warning(self, warned: tuple[Any, ...]) -> None:
        message, category = warned[:2]
        if issubclass(category, PixtureWarning):
            self._remarks.append(str(message))
        else:
            warnings.warn(message, category, stacklevel=2)

    def _on_answer(self, answer: Answer) -> None:
        run = self._finished()
        if run is None:
            return
        if run.layer not in self._viewer.layers:
            self.status.setText(f"{run.layer.name} is no longer here.")
            return
        self._show(answer, run.layer)
        self.status.setText("\n".join([answer.sentence, *self._remarks]))

    def _on_error(self, error: Exception) -> None:
        run = self._finished()
        if isinstance(error, PixtureError) and run is not None:
            self.status.setText(str(error))
        elif not isinstance(error, Abandoned | PixtureError):
            self.status.setText(f"Not segmented: {type(error).__name__}.")
            notification_manager.receive_error(type(error), error, error.__traceback__)

    def _finished(self) -> Run | None:
        """Return the run that has ended, or None where it was given up; then the next begins."""
        run, self._run = self._run, None
        if self._again:
            self._again = False
            self.begin()
        return None if run is None or run.abandoned.is_set() else run

    def _show(self, answer: Answer, image: Any) -> None:
        """Put labels into their layer, which is added above the image where there is none."""
        colours = DirectLabelColormap(color_dict=answer.colours)
        labels = self._labels_of(image)
        if labels is not None:
            labels.data, labels.colormap, labels.features = answer.numbers, colours, answer.columns
            return
        selected = set(self._viewer.layers.selection)
        place = {
            name: getattr(image, name)
            for name in ("scale", "translate", "rotate", "shear", "affine", "units")
        }
        labels = Labels(
            answer.numbers,
            name=f"classes of {image.name}",
            axis_labels=image.axis_labels,
            colormap=colours,
            features=answer.columns,
            metadata={KEY: image.unique_id},
            **place,
        )
        self._viewer.layers.insert(self._viewer.layers.index(image) + 1, labels)
        self._viewer.layers.selection = selected  # the image stays the chosen one
