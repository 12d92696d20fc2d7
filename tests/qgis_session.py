"""A session in QGIS without a window, run by QGIS's own Python: `python3 qgis_session.py RASTER FOLDER`.

It prints what was seen, a JSON object. Nothing of pixture is imported: the plugin runs its command.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

PLUGINS = Path(__file__).parent.parent / "plugins" / "qgis"


def session(raster: str, folder: Path) -> dict[str, Any]:
    """Do what a person would, and return what is seen."""
    from qgis.core import (
        QgsApplication,
        QgsProcessingContext,
        QgsProcessingException,
        QgsProcessingFeedback,
        QgsProject,
        QgsRasterLayer,
        QgsVectorLayer,
    )

    QgsApplication.setPrefixPath("/usr", True)
    application = QgsApplication([], False)
    application.initQgis()
    sys.path[:0] = [str(PLUGINS), str(Path(QgsApplication.pkgDataPath()) / "python" / "plugins")]
    from pixture_qgis.plugin import PixturePlugin
    from processing.core.Processing import Processing
    from processing.core.ProcessingConfig import ProcessingConfig

    Processing.initialize()
    plugin = PixturePlugin()
    plugin.initProcessing()
    registry = QgsApplication.processingRegistry()
    seen: dict[str, Any] = {
        "algorithms": sorted(a.id() for a in registry.providerById("pixture").algorithms())
    }
    project = QgsProject.instance()
    source = QgsRasterLayer(raster, "scene")

    def run(
        name: str, **parameters: Any
    ) -> tuple[dict[str, Any], QgsProcessingContext, QgsProcessingFeedback]:
        context, feedback = QgsProcessingContext(), QgsProcessingFeedback(False)
        context.setProject(project)
        output = parameters["OUTPUT"]
        context.addLayerToLoadOnCompletion(
            output, QgsProcessingContext.LayerDetails("classes", project, "OUTPUT")
        )
        algorithm = registry.createAlgorithmById(f"pixture:{name}")
        results, _ = algorithm.run(
            {"INPUT": raster, **parameters}, context, feedback, {}, catchExceptions=False
        )
        details = context.layersToLoadOnCompletion()[output]
        if details.postProcessor() is not None:
            layer = QgsRasterLayer(output, "classes")
            details.postProcessor().postProcessLayer(layer, context, feedback)
            entries = layer.renderer().classes() if layer.renderer().type() == "paletted" else []
            seen["legend"] = [[entry.value, entry.color.name(), entry.label] for entry in entries]
        return results, context, feedback

    classes = str(folder / "deep" / "classes.tif")
    results, _, feedback = run(
        "segmentbymixture", COMPONENTS=3, SMOOTHING="off", BANDS=[3, 1], OUTPUT=classes
    )
    layer = QgsRasterLayer(classes, "classes")
    seen["results"] = results
    seen["said"] = feedback.textLog()
    seen["same place"] = layer.crs() == source.crs() and layer.extent() == source.extent()

    regions, outlines = str(folder / "regions.tif"), str(folder / "outlines.gpkg")
    results, _, _ = run("findregions", DETAIL=0.3, OUTPUT=regions, POLYGONS=outlines)
    polygons = QgsVectorLayer(results["POLYGONS"], "outlines")
    seen["outlines"] = polygons.featureCount()
    seen["outlines lie there"] = polygons.crs() == source.crs()

    def refused(**parameters: Any) -> str:
        try:
            run("segmentbymixture", **parameters)
        except QgsProcessingException as error:
            return str(error)
        return "nothing was refused"

    seen["too many"] = refused(BANDS=[9], OUTPUT=str(folder / "never.tif"))
    seen["over itself"] = refused(OUTPUT=raster)
    (folder / "no command").touch()  # QGIS looks whether the file is there, not whether it runs
    ProcessingConfig.setSettingValue("PIXTURE_COMMAND", str(folder / "no command"))
    seen["no command"] = refused(OUTPUT=str(folder / "never.tif"))
    sleeper = folder / "sleeper"
    sleeper.write_text("#!/bin/sh\nexec sleep 60\n")
    sleeper.chmod(0o755)
    ProcessingConfig.setSettingValue("PIXTURE_COMMAND", str(sleeper))

    context, feedback = QgsProcessingContext(), QgsProcessingFeedback(False)
    feedback.cancel()
    began = time.monotonic()
    algorithm = registry.createAlgorithmById("pixture:segmentbymixture")
    parameters = {"INPUT": raster, "OUTPUT": str(folder / "never.tif")}
    seen["cancelled"] = algorithm.run(parameters, context, feedback)[0]
    seen["cancelled after"] = time.monotonic() - began
    seen["nothing is left"] = not (folder / "never.tif").exists()
    plugin.unload()
    seen["unloaded"] = registry.providerById("pixture") is None
    return seen


if __name__ == "__main__":
    print(json.dumps(session(sys.argv[1], Path(sys.argv[2]))), flush=True)
    import os

    os._exit(0)  # QGIS crashes at times while Python takes it down
