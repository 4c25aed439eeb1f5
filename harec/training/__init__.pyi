from .calibration import fit_calibration, threshold_for
from .crossval import cross_validate, splits_by_person, splits_by_source
from .datasets import SIMULATED, Clip, load_archive, save_archive, simulated_clips
from .evaluate import judge, report
from .run import TrainPlan, held_out_clips, run_training
from .train import TrainSettings

__all__ = [
    "SIMULATED",
    "Clip",
    "TrainPlan",
    "TrainSettings",
    "cross_validate",
    "fit_calibration",
    "held_out_clips",
    "judge",
    "load_archive",
    "report",
    "run_training",
    "save_archive",
    "simulated_clips",
    "splits_by_person",
    "splits_by_source",
    "threshold_for",
]
