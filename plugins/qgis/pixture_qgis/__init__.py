"""pixture in QGIS: a provider of Processing algorithms that run the command `pixture`."""


def classFactory(_iface):
    """Return the plugin, as QGIS asks for it."""
    from .plugin import PixturePlugin  # only QGIS can load it

    return PixturePlugin()
