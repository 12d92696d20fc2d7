"""The provider "pixture" of Processing, and its one setting: where the command is."""

from processing.core.ProcessingConfig import ProcessingConfig, Setting
from qgis.core import QgsProcessingProvider, QgsRuntimeProfiler

from .command import SETTING
from .find_regions import FindRegions
from .segment_by_mixture import SegmentByMixture


class PixtureProvider(QgsProcessingProvider):
    """pixture's algorithms."""

    def id(self):
        """Return the name in `pixture:segmentbymixture`."""
        return "pixture"

    def name(self):
        """Return the name that is shown."""
        return "pixture"

    def load(self):
        """Add the setting, then the algorithms."""
        with QgsRuntimeProfiler.profile("pixture"):
            where = "Command pixture (empty: the one in the PATH)"
            ProcessingConfig.addSetting(Setting(self.name(), SETTING, where, "", valuetype=Setting.FILE))
            ProcessingConfig.readSettings()
            self.refreshAlgorithms()
        return True

    def unload(self):
        """Take the setting away."""
        ProcessingConfig.removeSetting(SETTING)

    def loadAlgorithms(self):
        """Add the algorithms."""
        self.addAlgorithm(SegmentByMixture())
        self.addAlgorithm(FindRegions())

    def supportedOutputRasterLayerExtensions(self):
        """Return the endings of labels: GeoTIFF alone."""
        return ["tif"]

    def supportedOutputVectorLayerExtensions(self):
        """Return the endings of outlines: GeoPackage alone."""
        return ["gpkg"]

    def defaultVectorFileExtension(self, _has_geometry=True):
        """Return the ending of outlines where none is chosen."""
        return "gpkg"
