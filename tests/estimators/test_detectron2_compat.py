"""What is put in place before Detectron2 is imported, each time in a fresh interpreter."""

from __future__ import annotations

import subprocess
import sys

import pytest

PREPARE = "from harec.estimators import detectron2_compat as c; c.prepare()\n"


def run(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.detectron2
def test_the_zoo_opens_without_a_word() -> None:
    """Nothing is printed, no warning either: a user could do nothing about it."""
    code = PREPARE + (
        "from detectron2 import model_zoo\n"
        "c = model_zoo.get_config('COCO-Keypoints/keypoint_rcnn_R_50_FPN_3x.yaml')\n"
        "print(c.MODEL.ROI_KEYPOINT_HEAD.NUM_KEYPOINTS, c.INPUT.FORMAT)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=240)
    assert (done.stdout.strip(), done.stderr, done.returncode) == ("17 BGR", "", 0)


def test_nothing_heavy_is_imported_without_it() -> None:
    """Whoever doesn't choose Detectron2 doesn't wait for it."""
    code = (
        "import sys\n"
        "import harec.analysis, harec.cli\n"
        "from harec.estimators import create_estimator, default_estimator\n"
        "create_estimator('movenet')\n"
        "heavy = {'detectron2', 'fvcore', 'torchvision', 'pycocotools', 'requests'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
    )
    assert run(code) == "[]"


@pytest.mark.detectron2
def test_what_is_there_stays(tmp_path) -> None:
    """A setuptools that still has pkg_resources, and a Pillow with LINEAR, are left alone."""
    (tmp_path / "pkg_resources.py").write_text("import warnings\nwarnings.warn('old')\nown = True")
    code = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n"
        "from PIL import Image; Image.LINEAR = 'own'\n"
        f"{PREPARE}"
        "import pkg_resources; print(pkg_resources.own, Image.LINEAR)\n"
    )
    assert run(code) == "True own"


def test_without_detectron2_it_says_what_to_do() -> None:
    code = (
        "import importlib.util as u\n"
        "find = u.find_spec\n"
        "u.find_spec = lambda name, *a: None if name == 'detectron2' else find(name, *a)\n"
        "from harec.errors import ModelError\n"
        "from harec.estimators import ESTIMATORS, create_estimator, default_estimator\n"
        "print(ESTIMATORS['detectron2'].unavailable())\n"
        "print(default_estimator().name)\n"
        "try: create_estimator('detectron2')\n"
        "except ModelError as error: print(error)\n"
    )
    sentence = "Detectron2 is not installed here; `make detectron2` installs it."
    assert run(code).splitlines() == [sentence, "movenet", sentence]
