"""The tutorial runs from top to bottom as it stands, and shows what it speaks of."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbclient
import nbformat
import pytest

TUTORIAL = Path(__file__).parents[1] / "examples" / "tutorial.ipynb"


def cells(kind: str) -> list[Any]:
    return [cell for cell in nbformat.read(TUTORIAL, as_version=4).cells if cell.cell_type == kind]


def test_it_is_stored_without_outputs() -> None:
    notebook = nbformat.read(TUTORIAL, as_version=nbformat.NO_CONVERT)
    nbformat.validate(notebook)
    assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)
    assert notebook.metadata.kernelspec.name == "python3"
    assert all(cell.outputs == [] and cell.execution_count is None for cell in cells("code"))
    names = [cell.id for cell in notebook.cells]
    assert len(set(names)) == len(names)


@pytest.fixture(scope="module")
def outputs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, list[Any]]]:
    """The folder it ran in, and what each cell showed, by the cell's name."""
    folder = tmp_path_factory.mktemp("tutorial")
    notebook = nbformat.read(TUTORIAL, as_version=4)
    client = nbclient.NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(folder)}})
    client.execute()
    return folder, {cell.id: cell.outputs for cell in notebook.cells if cell.cell_type == "code"}


def test_it_runs_and_warns_of_nothing(outputs: tuple[Path, dict[str, list[Any]]]) -> None:
    for name, shown in outputs[1].items():
        for output in shown:
            assert output.output_type != "error", name
            assert output.get("name") != "stderr", f"{name}: {output.text}"


@pytest.mark.parametrize("name", ["grey-segment", "colour-segment", "select", "record"])
def test_results_show_themselves(name: str, outputs: tuple[Path, dict[str, list[Any]]]) -> None:
    (shown,) = outputs[1][name]
    assert "<img" in shown.data["text/html"]


@pytest.mark.parametrize(
    "name", ["grey-mixture", "grey-fit", "colour-plot", "auto", "truth", "unlucky", "probabilities"]
)
def test_plots_are_shown(name: str, outputs: tuple[Path, dict[str, list[Any]]]) -> None:
    pictures = [output for output in outputs[1][name] if "image/png" in output.get("data", {})]
    assert len(pictures) == 1


def test_it_saves_what_it_says(outputs: tuple[Path, dict[str, list[Any]]]) -> None:
    folder, shown = outputs
    saved = {path.name for path in (folder / "pixture-tutorial").iterdir()}
    assert {"china.json", "china.labels.png", "mixture.safetensors", "panels.png", "em.gif"} <= saved
    assert "The same labels: True" in shown["mixture-save"][0].text
