"""What pip installs is complete: the wheel logs a run and builds a site far from the checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
pytestmark = [
    pytest.mark.wheel,
    pytest.mark.timeout(600),
    pytest.mark.xdist_group("wheel"),
]

LOG_ONE = """
import runfolio
with runfolio.init("wheel", params={"lr": 0.1}, store="runs") as run:
    for step in range(5):
        run.log({"loss": 1 / (step + 1)}, step=step)
print(runfolio.__file__)
"""


def call(*arguments: str | Path, cwd: Path, **environment: str) -> str:
    """Standard output of a command; its whole output is shown when it fails."""
    done = subprocess.run(
        [str(each) for each in arguments],
        cwd=cwd,
        env={**clean_environment(), **environment},
        capture_output=True,
        text=True,
        timeout=500,
    )
    assert done.returncode == 0, f"{arguments}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def clean_environment() -> dict[str, str]:
    """The environment without what would lead back to the checkout."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("RUNFOLIO_", "PYTEST_")) and name != "PYTHONPATH"
    }


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with the sdist, and the wheel that was built from the sdist."""
    out = tmp_path_factory.mktemp("dist")
    pytest.importorskip("build", reason="pip install build")
    isolation = ["--no-isolation"] if installed("hatchling") else []
    call(sys.executable, "-m", "build", *isolation, "--outdir", out, ROOT, cwd=out)
    return out


def installed(name: str) -> bool:
    """Whether a package can be imported from here, asked outside of this process."""
    done = subprocess.run([sys.executable, "-c", f"import {name}"], capture_output=True)
    return done.returncode == 0


@pytest.fixture(scope="module")
def python(dist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh venv with the wheel; what it depends on is lent by this environment."""
    home = tmp_path_factory.mktemp("fresh") / "venv"
    venv.create(home, with_pip=False)
    python = home / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    (wheel,) = dist.glob("*.whl")
    call(
        *(sys.executable, "-m", "pip", "--python", python, "--disable-pip-version-check"),
        *("install", "--quiet", "--no-deps", "--no-index", wheel),
        cwd=dist,
    )
    # A .pth line adds the folder after the venv's own packages and reads no .pth files in it, so
    # that an editable install of the checkout is not seen.
    own = call(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=dist)
    lent = "\n".join({sysconfig.get_path("purelib"), sysconfig.get_path("platlib")})
    (Path(own.strip()) / "lent.pth").write_text(lent + "\n", encoding="utf-8")
    return python


def test_the_wheel_holds_code_templates_and_examples(dist: Path) -> None:
    (wheel,) = dist.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    for folder, shelf in (("templates", "templates"), ("examples", "examples")):
        for path in (ROOT / folder).rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts and "runs" not in path.parts:
                assert f"runfolio/{shelf}/{path.relative_to(ROOT / folder).as_posix()}" in names
    assert {"runfolio/py.typed", "runfolio/schema.py", "runfolio/__main__.py"} <= names
    assert not [name for name in names if name.startswith(("tests", "site/", "src"))]


def test_the_sdist_holds_what_a_build_needs_and_no_more(dist: Path) -> None:
    (sdist,) = dist.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        tops = {name.split("/")[1] for name in archive.getnames() if "/" in name}
    assert {"src", "templates", "examples", "README.md", "LICENSE", "pyproject.toml"} <= tops
    assert not tops & {"tests", "site", "demo", ".venv"}


def test_the_installed_package_logs_a_run_and_builds_its_site(python: Path, tmp_path: Path) -> None:
    where = call(python, "-c", LOG_ONE, cwd=tmp_path)
    assert str(python.parent.parent) in where, "the checkout was imported, not the wheel"
    call(python, "-m", "runfolio", "build", "--store", "runs", "--out", "out", cwd=tmp_path)
    page = (tmp_path / "out" / "index.html").read_text(encoding="utf-8")
    assert "wheel" in page
    assert list((tmp_path / "out" / "assets").glob("*.css")), "the stylesheet is not in the wheel"
    assert list((tmp_path / "out" / "runs").glob("*.html"))


def test_the_installed_examples_are_found(python: Path, tmp_path: Path) -> None:
    ask = "import runfolio, pathlib; print(pathlib.Path(runfolio.__file__).parent / 'examples')"
    folder = Path(call(python, "-c", ask, cwd=tmp_path).strip())
    call(python, folder / "ngram.py", "--fast", "--store", "runs", cwd=tmp_path)
    assert len(list((tmp_path / "runs" / "runs").iterdir())) >= 12
