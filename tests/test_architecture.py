"""The house stands as docs/architecture.md draws it: imports run one way, and the door opens fast."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import pixture

ROOT = Path(pixture.__file__).parent

# Each floor may import itself and what is named; what stands on no floor is the ground everyone stands on.
FLOORS = {
    "mixture": set(),
    "imaging": {"files", "mixture.model.weighted_sample"},  # by histogram.py alone, see below
    "files": set(),
    "estimators": {"mixture", "imaging", "files", "model_file"},
    "model_file": {"mixture", "imaging", "files"},
    "scale": {"mixture", "imaging", "files"},
    "segmentation": {"mixture", "imaging", "files", "model_file", "scale"},
    "view": {"mixture", "imaging", "files", "segmentation", "scale"},
    "napari": {"mixture", "imaging", "files", "segmentation"},
    "batch": {"mixture", "imaging", "files", "segmentation", "view", "scale"},
    "demo": {"mixture", "imaging", "files", "segmentation", "view"},
    "studio": {"mixture", "imaging", "files", "model_file", "segmentation", "view", "batch", "scale", "demo"},
    "commands": {"mixture", "imaging", "files", "segmentation", "view", "batch", "demo", "scale", "studio"},
    "cli": {"commands"},
    "__main__": {"cli"},
}
GROUND = {
    "arrays", "compilation", "errors", "forking", "keywords", "options", "parallel",
    "stopping", "wording",
}  # fmt: skip

# The rooms of the west wing: each may import itself and what is named.
ROOMS = {
    "mixture.kernels": {"model"},  # how a mixture is packed for them
    "mixture.model": {"kernels"},
    "mixture.em": {"kernels", "model"},
    "mixture.extensions": {"kernels", "model", "em"},
    "mixture.model_selection": {"kernels", "model", "em"},
    "mixture.comparison": {"kernels", "model", "em"},
}

# Conveniences of a result that call the floor above, inside the method, when they are asked for.
CALLS_UPSTAIRS = {
    ("mixture.em.fit_result", "view.notebook"),
    ("mixture.em.fit_result", "view.plots"),
    ("mixture.model.mixture", "model_file"),
    ("mixture.model.mixture", "view.notebook"),
    ("mixture.model.mixture", "view.plots"),
    ("mixture.em.recording", "view.animation.animation"),
    ("mixture.model_selection.selection", "view.notebook"),
    ("mixture.model_selection.selection", "view.plots"),
    ("segmentation.objects.objects", "view.output.object_files"),
    ("segmentation.regions.regions", "view.region_plots"),
    ("segmentation.regions.regions", "view.regions_slider"),
    ("segmentation.regions.regions", "view.output.save_regions"),
    ("segmentation.segmentation", "studio.notebook"),
    ("segmentation.segmentation", "studio.widget"),
    ("segmentation.segmentation", "view.animation.animation"),
    ("segmentation.segmentation", "view.report"),
    ("segmentation.segmentation", "view.output.save_segmentation"),
    ("segmentation.segmentation", "view.notebook"),
    ("segmentation.segmentation", "view.plots"),
}

COMPILED = {
    "compilation.cache",
    "compilation.jit",
    "imaging.kernels.colour",
    "imaging.kernels.counting",
    "imaging.kernels.downsampling",
    "imaging.kernels.shading",
    "imaging.kernels.smoothing",
    "mixture.kernels.assignment",
    "mixture.kernels.passes",
    "mixture.kernels.student_t",
    "mixture.kernels.tiles",
    "segmentation.classes.kernels",
    "segmentation.evaluation.kernels",
    "segmentation.field.kernels.contrast",
    "segmentation.field.kernels.mean_field",
    "segmentation.field.kernels.posterior",
    "segmentation.large_images.objects.kernels",
    "segmentation.objects.kernels",
    "segmentation.regions.kernels.boundaries",
    "segmentation.regions.kernels.co_occurrence",
    "segmentation.regions.kernels.filling",
    "segmentation.regions.kernels.full_resolution",
    "segmentation.regions.kernels.gradients",
    "segmentation.regions.kernels.local_means",
    "segmentation.regions.kernels.meetings",
    "segmentation.regions.kernels.merging",
    "segmentation.regions.kernels.outlines",
    "segmentation.regions.kernels.tallies",
    "segmentation.regions.kernels.tensor",
    "segmentation.regions.kernels.watershed",
}


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def imports(path: Path) -> set[str]:
    """Every module imported in a file, at its top or inside a function, pixture's without its prefix."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            assert node.module is not None
            submodules = {
                f"{node.module}.{alias.name}"
                for alias in node.names
                if (ROOT.parent / Path(*node.module.split("."), alias.name)).with_suffix(".py").exists()
            }
            found |= submodules or {node.module}
    return found


MODULES = sorted(path for path in ROOT.rglob("*.py") if path != ROOT / "__init__.py")


@pytest.mark.parametrize("path", MODULES, ids=module_name)
def test_imports_run_one_way(path: Path) -> None:
    name = module_name(path)
    floor = name.split(".")[0]
    assert floor in FLOORS or floor in GROUND, f"{name} stands on no floor: put it on one"
    allowed = GROUND | FLOORS.get(floor, set()) | ({floor} if floor in FLOORS else set())
    if floor in GROUND:
        allowed = GROUND
    for imported in imports(path):
        if not imported.startswith("pixture."):
            continue
        target = imported.removeprefix("pixture.")
        if (name, target) in CALLS_UPSTAIRS:
            continue
        prefixes = {".".join(target.split(".")[: n + 1]) for n in range(target.count(".") + 1)}
        assert prefixes & allowed, f"{name} imports {target}"


@pytest.mark.parametrize("room", ROOMS)
def test_imports_between_rooms_run_one_way(room: str) -> None:
    wing, own = room.split(".")
    for path in (ROOT / wing / own).rglob("*.py"):
        for imported in imports(path):
            inside = imported.removeprefix(f"pixture.{wing}.")
            if inside != imported:
                assert inside.split(".")[0] in ROOMS[room] | {own}, f"{module_name(path)} imports {imported}"


def test_every_room_of_the_statistics_is_named() -> None:
    assert {f"mixture.{path.parent.name}" for path in (ROOT / "mixture").glob("*/__init__.py")} == set(ROOMS)


def test_one_bridge_between_the_wings() -> None:
    crossing = {
        module_name(path)
        for path in (ROOT / "imaging").rglob("*.py")
        if any(name.startswith("pixture.mixture") for name in imports(path))
    }
    assert crossing == {"imaging.histogram.histogram"}


def test_compiled_code_stands_in_kernels_alone() -> None:
    users = {
        module_name(path)
        for path in MODULES
        if {"numba", "numba.extending", "llvmlite", "pixture.compilation.jit"} & imports(path)
    }
    assert users == COMPILED


def loaded_by(statement: str) -> set[str]:
    code = f"import sys; {statement}; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True)
    return set(run.stdout.split())


def test_the_studio_s_page_is_there_before_what_draws_and_writes_is_loaded() -> None:
    later = {"matplotlib", "scipy.ndimage", "skimage", "sklearn", "PIL", "jinja2"}
    later |= {"pixture.batch", "pixture.view.report"}
    assert not later & loaded_by("import pixture.studio.session.questions")


def test_import_pixture_loads_nothing_heavy() -> None:
    heavy = {
        "numpy",
        "numba",
        "matplotlib",
        "scipy",
        "sklearn",
        "PIL",
        "dask",
        "starlette",
        "rich",
        "napari",
        "qtpy",
    }
    assert not heavy & loaded_by("import pixture")


def test_scikit_image_is_loaded_where_objects_touch_alone() -> None:
    heavy = {"skimage", "matplotlib", "nibabel"}
    code = "import numpy, pixture; o = pixture.find_objects(numpy.eye(4) > 0); o.table(); "
    code += "pixture.evaluate(o, o, objects=True)"
    assert not heavy & loaded_by(code)


def test_the_command_s_help_loads_nothing_heavy() -> None:
    heavy = {"numpy", "numba", "matplotlib", "scipy", "sklearn", "skimage", "PIL"}
    helped = "from click.testing import CliRunner; from pixture.cli import app; "
    helped += "assert CliRunner().invoke(app, ['segment', '--help']).exit_code == 0"
    assert not heavy & loaded_by(helped)


def test_segmenting_loads_neither_plots_nor_scikit_learn() -> None:
    code = "import numpy, pixture; pixture.segment(numpy.eye(4, dtype='u1'), 2).labels"
    assert not {"matplotlib", "sklearn", "skimage", "click", "rich"} & loaded_by(code)


def test_the_command_spares_what_it_does_not_use(tmp_path: Path) -> None:
    picture = f"r'{tmp_path / 'a.png'}'"
    code = f"import numpy, PIL.Image; PIL.Image.fromarray(numpy.eye(4, dtype='u1')).save({picture}); "
    code += "from click.testing import CliRunner; from pixture.cli import app; "
    code += f"done = CliRunner().invoke(app, ['segment', {picture}, '-k', '2', '-o', r'{tmp_path}', '-q']); "
    code += "assert done.exit_code == 0, done.output; from matplotlib.lines import Line2D; "
    code += "assert 'Properties' not in Line2D.set.__doc__"
    loaded = loaded_by(code)
    assert "numba.np.arraymath" in loaded
    assert not {"scipy.linalg", "sklearn", "safetensors"} & loaded


def test_every_public_name_is_where_it_is_said_to_be() -> None:
    for name in pixture.__all__:
        assert getattr(pixture, name) is not None
    assert set(dir(pixture)) == set(pixture.__all__)
    with pytest.raises(AttributeError, match="no attribute 'segmemt'"):
        _ = pixture.segmemt


def test_files_stay_small() -> None:
    """Past 300 lines a file is asked whether it is still one idea."""
    for path in MODULES:
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 330, path
