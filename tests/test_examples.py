"""The two scripts that people know this job by run as they stand."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import PIL.Image
from PIL import ImageSequence

from pixture.demo import photograph
from pixture.view.output.save_segmentation import SUFFIXES

EXAMPLES = Path(__file__).parents[1] / "examples"


def run(folder: Path, script: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    environment = {
        name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")
    }
    return subprocess.run(
        [sys.executable, EXAMPLES / script, *map(str, arguments)],
        capture_output=True,
        encoding="utf-8",
        cwd=folder,
        env=environment,
        check=False,
    )


def test_em_is_drawn_frame_by_frame(tmp_path: Path) -> None:
    done = run(tmp_path, "run_em_visualization.py", "-n", 200, "-k", 3, "-o", "em.gif")
    assert done.returncode == 0, done.stderr
    with PIL.Image.open(tmp_path / "em.gif") as film:
        frames = [frame.convert("RGB").tobytes() for frame in ImageSequence.Iterator(film)]
        picture = film.convert("RGB")
    assert len(frames) > 2
    assert f"EM iterations: {len(frames) - 1}." in done.stdout
    assert frames[0] != frames[-1]
    red, green, blue = np.moveaxis(np.asarray(picture), -1, 0)
    assert ((red > 200) & (green < 90) & (blue < 90)).sum() > 100, "no red ellipse"
    again = run(tmp_path, "run_em_visualization.py", "-n", 200, "-k", 3, "-o", "em.gif")
    assert (again.returncode, "Traceback" in again.stderr) == (1, False)


def test_without_a_display_the_example_writes_a_file_beside_itself(tmp_path: Path) -> None:
    script, elsewhere = tmp_path / "run_em_visualization.py", tmp_path / "elsewhere"
    shutil.copy(EXAMPLES / script.name, script)
    elsewhere.mkdir()
    (tmp_path / "em.gif").write_bytes(b"of an earlier run")
    done = run(elsewhere, str(script), "-n", 200, "-k", 3)  # a film of a few frames
    assert (done.returncode, done.stderr) == (0, "")
    assert str(tmp_path / "em.gif") in done.stdout
    with PIL.Image.open(tmp_path / "em.gif") as film:
        assert film.n_frames > 2  # type: ignore[attr-defined]  # of GIF
    assert list(elsewhere.iterdir()) == []


def test_an_image_is_segmented(tmp_path: Path) -> None:
    done = run(tmp_path, "image_segmentation.py", "--image", photograph("flower"), "-k", 2)
    assert done.returncode == 0, done.stderr
    assert {path.name for path in tmp_path.iterdir()} == {f"flower{suffix}" for suffix in SUFFIXES}
    assert run(tmp_path, "image_segmentation.py", "--image", "none.png").returncode == 1
