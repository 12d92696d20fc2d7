"""What both algorithms are: a raster goes in, the command runs in a folder of its own, files come out."""

import tempfile
from pathlib import Path

from processing.core.ProcessingConfig import ProcessingConfig
from qgis.core import (
    QgsProcessingAlgorithm,
    QgsProcessingException,
    QgsProcessingLayerPostProcessorInterface,
    QgsProcessingParameterBand,
    QgsProcessingParameterRasterDestination,
    QgsProcessingParameterRasterLayer,
)

from .command import SETTING, Cancelled, CommandError, found, move, run

INPUT, BANDS, OUTPUT = "INPUT", "BANDS", "OUTPUT"


class CommandAlgorithm(QgsProcessingAlgorithm):
    """An algorithm that runs a command of pixture on the file of a raster."""

    def createInstance(self):
        """Return another one, as QGIS asks for each run."""
        return type(self)()

    def add_raster(self):
        """Add the raster, and which of its bands count."""
        self.addParameter(QgsProcessingParameterRasterLayer(INPUT, "Raster"))
        bands = QgsProcessingParameterBand(
            BANDS, "Bands (none: all)", parentLayerParameterName=INPUT, optional=True, allowMultiple=True
        )
        self.addParameter(bands)

    def add_output(self, description):
        """Add the raster that is written."""
        self.addParameter(QgsProcessingParameterRasterDestination(OUTPUT, description))

    def run_command(self, words, parameters, context, feedback, outputs):
        """Run a command of pixture, and move the files that it makes to where the outputs say.

        Parameters
        ----------
        words
            The command's name, then its options.
        outputs
            For each ending of a file that it makes, such as ".labels.tif", the path to move it to.

        Raises
        ------
        QgsProcessingException
            One sentence: what was got, and what to do.
        """
        source = self._source(parameters, context)
        for output in outputs.values():
            if Path(output).exists() and source.samefile(output):
                raise QgsProcessingException(f"{output} is the raster itself; choose another output file.")
        feedback.setProgressText("pixture is at work; it does not know how long.")
        with tempfile.TemporaryDirectory(prefix="pixture-") as folder:
            try:
                command = found(ProcessingConfig.getSetting(SETTING) or "")
                bands = self.parameterAsInts(parameters, BANDS, context)
                channels = ["--channels", ",".join(map(str, bands))] if bands else []
                # a raster whose name begins with a dash is no option
                words = [command, *words, *channels, "--format", "geotiff", "-o", folder, "--", str(source)]
                feedback.pushCommandInfo(" ".join(words))
                run(words, say=feedback.pushInfo, is_cancelled=feedback.isCanceled)
            except CommandError as error:
                raise QgsProcessingException(str(error)) from None
            except Cancelled:
                return {}
            for ending, output in outputs.items():
                (made,) = Path(folder).glob(f"*{ending}")
                move(made, output)
        return outputs

    def _source(self, parameters, context):
        layer = self.parameterAsRasterLayer(parameters, INPUT, context)
        if layer is None:
            raise QgsProcessingException(self.invalidRasterError(parameters, INPUT))
        source = Path(layer.source().split("|")[0])
        if not source.is_file():
            raise QgsProcessingException(
                f"{layer.name()} is not a file here, but {layer.providerType()}; export it as GeoTIFF first "
                "(Layer > Save As), and choose that."
            )
        return source


class Styled(QgsProcessingLayerPostProcessorInterface):
    """Gives a layer the style that lies beside its file: colours and names of classes."""

    def postProcessLayer(self, layer, _context, _feedback):
        """Load the style, once the layer is there."""
        layer.loadNamedStyle(str(Path(layer.source()).with_suffix(".qml")))
        layer.triggerRepaint()
