"""The command and the estimators of a user without a home: in a container, a web server, a batch node."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import PIL.Image
import pytest

ANOTHER = 12345
ESTIMATORS = """
import numpy as np, os, pixture, sys
values = np.random.default_rng(0).normal(size=(200, 2)) + np.repeat([[0, 0], [9, 9]], 100, axis=0)
for name in sys.argv[1:]:
    labels = getattr(pixture, name)(n_components=2, random_state=0).fit(values).predict(values)
    assert {len(set(labels[:100])), len(set(labels[100:])), len(set(labels))} == {1, 2}
print("done by", os.getuid())
"""
COMMANDS = {
    "segment": "segment s.png -k 2 -o made",
    "report": "report s.png -k 2 -o reported",
    "select": "select s.png -k 1-2 --plot made.png",
    "fit": "fit s.png -k 2 -o m.pixture",
    "apply": "apply m.pixture s.png -o applied",
    "animate": "animate s.png -k 2 -o em.gif",
    "info": "info s.png",
    "demo": "demo -o demo",
}


def as_another_user() -> list[str]:
    """The beginning of a command that another user runs, who can read all that root can, and write none."""
    if sys.platform != "linux" or os.geteuid() != 0 or not shutil.which("setpriv"):
        pytest.skip("only root can become another user, by setpriv")
    command = ["setpriv", f"--reuid={ANOTHER}", f"--regid={ANOTHER}", "--clear-groups"]
    # an interpreter in root's own home could not be reached else
    command += ["--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"]
    works = subprocess.run([*command, sys.executable, "-c", "import numba"], env={}, capture_output=True)
    if works.returncode:
        pytest.skip("another user cannot start this Python, and may not be given the right to read it")
    return command


def without_temporary_folders(writable: Path) -> list[str]:
    """The beginning of a command to which every folder for temporary files is read-only."""
    mounts = [f"mount --bind {folder} {folder}" for folder in ("/tmp", "/var/tmp", "/dev/shm", writable)]
    mounts += [f"mount -o remount,bind,ro {folder}" for folder in ("/tmp", "/var/tmp", "/dev/shm")]
    command = ["unshare", "-m", "sh", "-c", " && ".join([*mounts, 'exec "$@"']), "sh"]
    if not shutil.which("unshare") or subprocess.run([*command, "true"], capture_output=True).returncode:
        pytest.skip("this process may not mount")
    return command


class Nobody:
    """A user without a home, who can write in one folder, and where `temporary` says."""

    def __init__(self, folder: Path, temporary: Path) -> None:
        self.command = as_another_user()
        self.folder = folder
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder.parent / "no-home"),
            "TMPDIR": str(temporary),
        }
        for name in ("PYTHONPATH", "LD_LIBRARY_PATH"):
            if name in os.environ:
                self.environment[name] = os.environ[name]
        for each in {folder, temporary}:
            each.mkdir(exist_ok=True)
            os.chown(each, ANOTHER, ANOTHER)
        pixels = np.random.default_rng(0).normal(100, 5, (24, 32, 3)) + np.repeat([0, 90], 16)[:, None]
        PIL.Image.fromarray(pixels.astype(np.uint8)).save(folder / "s.png")

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [*self.command, sys.executable, *arguments],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        return done

    def pixture(self, arguments: str) -> list[str]:
        """What the command says that it need not, beside what it always does."""
        said = self.run("-m", "pixture", *arguments.split()).stderr.splitlines()
        return [
            line for line in said if any(word in line for word in ("warning", "atplotlib", "mkdir", "font"))
        ]


@pytest.fixture
def nobody(tmp_path: Path) -> Nobody:
    for folder in (tmp_path, tmp_path.parent, tmp_path.parent.parent):
        folder.chmod(folder.stat().st_mode | 0o011)  # pytest's folders are the user's alone
    return Nobody(tmp_path / "work", tmp_path / "temporary")


def kernels_in(folder: Path) -> int:
    return len(list(folder.rglob("*.nbc")))


def test_a_command_and_an_estimator_work_for_another_user(nobody: Nobody, tmp_path: Path) -> None:
    told = nobody.pixture(COMMANDS["segment"])
    labels = np.asarray(PIL.Image.open(nobody.folder / "made" / "s.labels.png"))
    assert (labels == np.repeat([0, 1], 16)).all()
    # where all kernels are compiled already, beside their source, nothing is to be kept, nor told
    assert len(told) == (kernels_in(tmp_path / "temporary") > 0)
    assert nobody.pixture(COMMANDS["segment"] + " --overwrite") == []
    assert nobody.run("-c", ESTIMATORS, "GaussianMixture").stdout == f"done by {ANOTHER}\n"


@pytest.mark.slow
@pytest.mark.parametrize("temporary", ["one", "none"])
def test_all_commands_work_for_another_user(nobody: Nobody, tmp_path: Path, temporary: str) -> None:
    """Kernels of no use beside their source: those of another processor, so that all are compiled."""
    nobody.environment["NUMBA_CPU_NAME"] = "nehalem"
    where = f"in a temporary folder, {tmp_path / 'temporary'}"
    if temporary == "none":
        del nobody.environment["TMPDIR"]
        nobody.command = without_temporary_folders(nobody.folder) + nobody.command
        where = "nowhere"
    for name, command in COMMANDS.items():
        for line in nobody.pixture(command):
            assert line.startswith(f"warning: Compiled kernels are kept {where}"), name
    made = {path.name for path in nobody.folder.iterdir()}
    assert {"em.gif", "m.pixture", "applied", "demo", "made", "made.png"} <= made
    nobody.run("-c", ESTIMATORS, "GaussianMixture", "BayesianGaussianMixture", "TMixture")


def first_runs(count: int, arguments: list[str], environment: dict[str, str]) -> list[str]:
    """What runs say that are started at once."""
    processes = [
        subprocess.Popen(
            [sys.executable, *arguments],
            env=os.environ | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for _ in range(count)
    ]
    said = [process.communicate()[0] for process in processes]
    assert [process.returncode for process in processes] == [0] * count, said
    return said


TINY = """
import os, sys
from pixture.compilation.jit import kernel
from pixture.compilation.notice import told_of_compiling
sys.path.insert(0, sys.argv[1])
kernel(lambda x: x)(1)  # what numba does before the first compilation, is done once
children, (wait, begin) = [], os.pipe()
for _ in range(10):
    child = os.fork()
    if child == 0:
        os.close(begin)
        os.read(wait, 1)  # until all are there
        import tiny_race
        os._exit(0 if [tiny_race.more(x) for x in (3, 2.5)] == [7, 6.0] else 1)
    children.append(child)
os.close(begin)
print([os.waitpid(child, 0)[1] for child in children])
told = []
import tiny_race
with told_of_compiling(lambda name, arguments: told.append(name)):
    print(tiny_race.more(3), told)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked, to begin at the same moment")
def test_ten_first_runs_at_once(tmp_path: Path) -> None:
    source = "from pixture.compilation.jit import kernel\n@kernel\ndef more(x):\n    return 2 * x + 1\n"
    (tmp_path / "tiny_race.py").write_text(source)
    cache = tmp_path / "cache"
    said = first_runs(1, ["-c", TINY, str(tmp_path)], {"NUMBA_CACHE_DIR": str(cache)})
    assert said == [f"{[0] * 10}\n7 []\n"]
    assert len([path for path in cache.rglob("*") if path.is_file()]) == kernels_in(cache) == 2


@pytest.mark.slow
def test_ten_first_runs_of_the_command_at_once(tmp_path: Path) -> None:
    PIL.Image.fromarray(np.eye(24, dtype=np.uint8)).save(tmp_path / "s.png")
    command = ["-m", "pixture", "segment", str(tmp_path / "s.png"), "-k", "2", "--overwrite", "-q", "-o"]
    chosen = {"NUMBA_CACHE_DIR": str(tmp_path / "cache")}
    assert first_runs(10, [*command, str(tmp_path / "made")], chosen) == [""] * 10
    assert not list((tmp_path / "cache").rglob(".*"))


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("NUMBA_DISABLE_JIT=1", "error: Compiling is switched off (NUMBA_DISABLE_JIT is set)"),
        ("NUMBA_NUM_THREADS=0", "error: The compiler, numba, does not start"),
        ("NUMBA_CPU_FEATURES=nonsense", "error: NUMBA_CPU_FEATURES is 'nonsense'"),
    ],
)
def test_settings_of_the_compiler_are_refused_by_name(setting: str, said: str, tmp_path: Path) -> None:
    PIL.Image.fromarray(np.eye(24, dtype=np.uint8)).save(tmp_path / "s.png")
    name, value = setting.split("=")
    command = [
        sys.executable,
        "-m",
        "pixture",
        "segment",
        str(tmp_path / "s.png"),
        "-k",
        "2",
        "-o",
        str(tmp_path),
    ]
    done = subprocess.run(command, env=os.environ | {name: value}, capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.startswith(said)
    assert name in done.stderr
    assert done.stderr.count("\n") == 1


def test_in_python_it_is_an_error_of_ours() -> None:
    code = "import pixture\ntry: pixture.GaussianMixture\nexcept pixture.CompilerError: print('refused')"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"NUMBA_DISABLE_JIT": "1"},
        capture_output=True,
        text=True,
    )
    assert done.stdout == "refused\n", done.stderr
