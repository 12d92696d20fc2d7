"""The plugin: it adds its provider to Processing, and takes it away."""

from qgis.core import QgsApplication

from .provider import PixtureProvider


class PixturePlugin:
    """What QGIS holds while the plugin is enabled."""

    def __init__(self):
        self._provider = None

    def initProcessing(self):
        """Add the provider; `qgis_process`, which has no window, calls this alone."""
        self._provider = PixtureProvider()
        QgsApplication.processingRegistry().addProvider(self._provider)

    def initGui(self):
        """Add the provider; it has no buttons or menus of its own."""
        self.initProcessing()

    def unload(self):
        """Take the provider away."""
        if self._provider is not None:
            QgsApplication.processingRegistry().removeProvider(self._provider)
            self._provider = None
