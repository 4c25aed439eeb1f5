"""What is put in place before Detectron2 is imported, each time in a fresh interpreter."""

from __future__ import annotations

import subprocess
import sys
from importlib.machinery import PathFinder

import pytest
import torch

from harec.pose import registry as estimators
from harec.pose.detectron2 import compat

READY = "from harec.pose.detectron2 import compat as c\nwith c.ready():\n "


def run(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.detectron2
def test_the_zoo_opens_without_a_word() -> None:
    """Nothing is printed, no warning either: a user could do nothing about it."""
    code = READY + (
        "from detectron2 import model_zoo\n"
        " c = model_zoo.get_config('COCO-Keypoints/keypoint_rcnn_R_50_FPN_3x.yaml')\n"
        " print(c.MODEL.ROI_KEYPOINT_HEAD.NUM_KEYPOINTS, c.INPUT.FORMAT)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.stdout.strip(), done.stderr, done.returncode) == ("17 BGR", "", 0)


def test_nothing_heavy_is_imported_without_it() -> None:
    """Whoever doesn't choose Detectron2 doesn't wait for it."""
    code = (
        "import sys\n"
        "import harec.analysis.analyze, harec.cli.main\n"
        "from harec.pose.registry import create_estimator, default_estimator\n"
        "create_estimator('movenet')\n"
        "heavy = {'detectron2', 'fvcore', 'torchvision', 'pycocotools', 'requests'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
    )
    assert run(code) == "[]"


def test_a_build_without_gpu_support_is_not_imported_to_look_for_one() -> None:
    """The page asks for the default engine before it is drawn."""
    code = (
        "import sys\n"
        "from harec.pose import registry as estimators\n"
        "object.__setattr__(estimators.ESTIMATORS['detectron2'], 'unavailable', lambda: None)\n"
        "print(estimators.default_estimator().name, estimators._made_for_gpus(),"
        " 'torch' in sys.modules)\n"
    )
    name, made_for_gpus, imported = run(code).split()
    assert imported == made_for_gpus == str(estimators._made_for_gpus())
    if not torch.version.cuda and not torch.version.hip:
        assert (name, imported) == ("movenet", "False")


@pytest.mark.long
@pytest.mark.detectron2
def test_what_is_there_stays(tmp_path) -> None:
    """A setuptools that still has pkg_resources, and a Pillow with LINEAR, are left alone."""
    (tmp_path / "pkg_resources.py").write_text("import warnings\nwarnings.warn('old')\nown = True")
    code = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n"
        "from PIL import Image; Image.LINEAR = 'own'\n"
        f"{READY}import pkg_resources; print(pkg_resources.own, Image.LINEAR)\n"
    )
    assert run(code) == "True own"


def test_without_detectron2_it_says_what_to_do() -> None:
    code = (
        "import importlib.util as u\n"
        "find = u.find_spec\n"
        "u.find_spec = lambda name, *a: None if name == 'detectron2' else find(name, *a)\n"
        "from harec.core.errors import ModelError\n"
        "from harec.pose.registry import ESTIMATORS, create_estimator, default_estimator\n"
        "print(ESTIMATORS['detectron2'].unavailable())\n"
        "print(default_estimator().name)\n"
        "try: create_estimator('detectron2')\n"
        "except ModelError as error: print(error)\n"
    )
    sentence = "Detectron2 is not installed here; `make detectron2` installs it."
    assert run(code).splitlines() == [sentence, "movenet", sentence]


@pytest.mark.long
@pytest.mark.detectron2
def test_other_libraries_do_not_take_the_stand_ins_for_the_real_ones() -> None:
    """torchmetrics imports more of torchvision where it sees one."""
    code = READY + (
        "pass\n"
        "import importlib.util\n"
        "there = importlib.util.find_spec('torchvision') is not None\n"
        "import torchmetrics, pytorch_lightning, torchmetrics.functional.image\n"
        "import harec.training.train\n"
        "print('fine', there)\n"
    )
    there = run("import importlib.util as u; print(u.find_spec('torchvision') is not None)")
    assert run(code) == f"fine {there}"


def test_a_detectron2_that_does_not_load_is_one_plain_line(tmp_path) -> None:
    """As one that was compiled for another PyTorch."""
    (tmp_path / "detectron2").mkdir()
    (tmp_path / "detectron2" / "__init__.py").write_text("raise ImportError('undefined symbol')")
    code = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n"
        "from harec.core.errors import ModelError\n"
        "from harec.pose.detectron2 import compat as c\n"
        "try:\n with c.ready(): pass\n"
        "except ModelError as error: print(error)\n"
    )
    assert "doesn't load (undefined symbol). Uninstall it" in run(code)


def test_a_mere_folder_of_that_name_is_no_detectron2(tmp_path, monkeypatch) -> None:
    """A clone of its repository, say, that lies in the way."""
    (tmp_path / "detectron2").mkdir()
    found = PathFinder.find_spec("detectron2", [str(tmp_path)])
    assert found is not None
    monkeypatch.setattr(compat.importlib.util, "find_spec", lambda name: found)
    assert not compat.installed()
