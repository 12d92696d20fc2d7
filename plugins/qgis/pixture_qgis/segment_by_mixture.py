"""Segment by mixture: `pixture segment` on a raster."""

from qgis.core import (
    QgsProcessingParameterBoolean,
    QgsProcessingParameterEnum,
    QgsProcessingParameterNumber,
)

from .algorithm import OUTPUT, CommandAlgorithm, Styled

COMPONENTS, AUTO, COVARIANCE, SMOOTHING, STRENGTH = (
    "COMPONENTS",
    "AUTO",
    "COVARIANCE",
    "SMOOTHING",
    "STRENGTH",
)
COVARIANCES = ("full", "tied", "diagonal", "spherical")
SMOOTHINGS = ("light", "off", "auto", "strength")


class SegmentByMixture(CommandAlgorithm):
    """Classes of pixels, by a mixture of Gaussians that is fitted to them."""

    def name(self):
        """Return its name in commands."""
        return "segmentbymixture"

    def displayName(self):
        """Return its name."""
        return "Segment by mixture"

    def shortHelpString(self):
        """Return what is said beside its options."""
        return (
            "Fits a mixture of Gaussians to the pixels with EM, and writes to which component each pixel "
            "belongs: 0 is the darkest. Pixels without data take no part.\n\n"
            "The result is a GeoTIFF on the raster's own grid, with a style (.qml) and a raster attribute "
            "table. Smoothing makes neighbouring pixels agree: light takes specks away; with auto or a "
            "strength the mixture is fitted so."
        )

    def initAlgorithm(self, _config=None):
        """Add the options."""
        self.add_raster()
        number = QgsProcessingParameterNumber
        self.addParameter(
            number(COMPONENTS, "Number of classes", number.Integer, 4, minValue=1, maxValue=255)
        )
        self.addParameter(
            QgsProcessingParameterBoolean(AUTO, "As many classes as the raster supports", False)
        )
        for name, description, values in (
            (COVARIANCE, "Covariance", COVARIANCES),
            (SMOOTHING, "Smoothing", SMOOTHINGS),
        ):
            self.addParameter(
                QgsProcessingParameterEnum(
                    name, description, values, defaultValue=values[0], usesStaticStrings=True
                )
            )
        strength = number(STRENGTH, "Strength, where smoothing is strength", number.Double, 4.0, minValue=0)
        self.addParameter(strength)
        self.add_output("Classes")

    def processAlgorithm(self, parameters, context, feedback):
        """Run `pixture segment`, and return where the labels are."""
        auto = self.parameterAsBool(parameters, AUTO, context)
        smoothing = self.parameterAsEnumString(parameters, SMOOTHING, context)
        if smoothing == "strength":
            smoothing = str(self.parameterAsDouble(parameters, STRENGTH, context))
        words = [
            "segment",
            *("-k", "auto" if auto else str(self.parameterAsInt(parameters, COMPONENTS, context))),
            *("--covariance", self.parameterAsEnumString(parameters, COVARIANCE, context)),
            *("--smooth", smoothing),
        ]
        output = self.parameterAsOutputLayer(parameters, OUTPUT, context)
        if not self.run_command(words, parameters, context, feedback, {".labels.tif": output}):
            return {}
        if context.willLoadLayerOnCompletion(output):
            self._styled = Styled()  # QGIS keeps no reference to it
            context.layerToLoadOnCompletionDetails(output).setPostProcessor(self._styled)
        return {OUTPUT: output}
