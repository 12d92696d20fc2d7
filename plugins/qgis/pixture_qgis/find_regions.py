"""Find regions: `pixture regions` on a raster."""

from qgis.core import (
    QgsProcessing,
    QgsProcessingParameterNumber,
    QgsProcessingParameterVectorDestination,
)

from .algorithm import OUTPUT, CommandAlgorithm

DETAIL, POLYGONS = "DETAIL", "POLYGONS"


class FindRegions(CommandAlgorithm):
    """Connected regions with clean outlines."""

    def name(self):
        """Return its name in commands."""
        return "findregions"

    def displayName(self):
        """Return its name."""
        return "Find regions"

    def shortHelpString(self):
        """Return what is said beside its options."""
        return (
            "Finds connected regions with clean outlines; how many follows from the raster and from the "
            "detail: 0 is one region, 1 every superpixel.\n\n"
            "The result is a GeoTIFF with the number of each pixel's region, from 1 on, and a GeoPackage "
            "with their outlines, if it is asked for."
        )

    def initAlgorithm(self, _config=None):
        """Add the options."""
        self.add_raster()
        number = QgsProcessingParameterNumber
        self.addParameter(number(DETAIL, "Detail", number.Double, 0.5, minValue=0, maxValue=1))
        self.add_output("Regions")
        outlines = QgsProcessingParameterVectorDestination(
            POLYGONS, "Outlines", QgsProcessing.TypeVectorPolygon, optional=True, createByDefault=False
        )
        self.addParameter(outlines)

    def processAlgorithm(self, parameters, context, feedback):
        """Run `pixture regions`, and return where the regions are."""
        detail = self.parameterAsDouble(parameters, DETAIL, context)
        made = {OUTPUT: (".regions.tif", self.parameterAsOutputLayer(parameters, OUTPUT, context))}
        words = ["regions", "--detail", str(detail)]
        if parameters.get(POLYGONS) is not None:
            made[POLYGONS] = (".regions.gpkg", self.parameterAsOutputLayer(parameters, POLYGONS, context))
            words += ["--vector", "gpkg"]
        if not self.run_command(words, parameters, context, feedback, dict(made.values())):
            return {}
        return {name: output for name, (_, output) in made.items()}
