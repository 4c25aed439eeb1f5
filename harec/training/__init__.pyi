from .calibration import fit_calibration, threshold_for
from .crossval import cross_validate, splits_by_person, splits_by_source
from .datasets import SIMULATED, Clip, load_archive, save_archive, simulated_clips
from .evaluate import judge, report
from .filming import Filmed, filmed_clips
from .recipe import Recipe, read_recipe, run_recipe
from .run import TrainPlan, held_out_clips, run_training
from .train import TrainSettings

__all__ = [
    "SIMULATED",
    "Clip",
    "Filmed",
    "Recipe",
    "TrainPlan",
    "TrainSettings",
    "cross_validate",
    "filmed_clips",
    "fit_calibration",
    "held_out_clips",
    "judge",
    "load_archive",
    "read_recipe",
    "report",
    "run_recipe",
    "run_training",
    "save_archive",
    "simulated_clips",
    "splits_by_person",
    "splits_by_source",
    "threshold_for",
]
