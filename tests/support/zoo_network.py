"""The model zoo's network with random weights that behave: some people, keypoints all over them.

Plain random weights don't do: without batch statistics the activations grow block by block until
the heat maps overflow, and what scores above the threshold is chance.
"""

from __future__ import annotations

import numpy as np
import torch

from harec.pose.detectron2 import compat

CONFIG = "COCO-Keypoints/keypoint_rcnn_R_50_FPN_3x.yaml"


def random_state(rgb: np.ndarray, seed: int = 0) -> dict[str, np.ndarray]:
    """Weights by name, float32, for which a few regions of the frame are people, surely."""
    with compat.ready(), torch.random.fork_rng(devices=[]):
        from detectron2 import model_zoo
        from detectron2.modeling import build_model

        config = model_zoo.get_config(CONFIG)
        config.MODEL.DEVICE, config.MODEL.WEIGHTS = "cpu", ""
        torch.manual_seed(seed)
        model = build_model(config).eval()
    with torch.inference_mode():
        for name, parameter in model.named_buffers():
            if name.endswith("conv3.norm.weight"):
                parameter.fill_(0.2)  # so that the residual blocks don't add up to ever more
        _spread_scores(model, rgb)
    return {name: value.numpy().copy() for name, value in model.state_dict().items()}


def _spread_scores(model: torch.nn.Module, rgb: np.ndarray) -> None:
    """Scale the class scores so that one region in fifty is a person, and some are surely so."""
    image = torch.from_numpy(rgb[..., ::-1].transpose(2, 0, 1).copy())
    images = model.preprocess_image([{"image": image}])
    features = model.backbone(images.tensor)
    (proposals,), _ = model.proposal_generator(images, features, None)
    heads = model.roi_heads
    levels = [features[name] for name in heads.in_features]
    pooled = heads.box_pooler(levels, [proposals.proposal_boxes])
    logits, _ = heads.box_predictor(heads.box_head(pooled))
    surer = logits[:, 0] - logits[:, 1]  # person over background
    predictor = heads.box_predictor.cls_score
    scale = 6.0 / (surer.max() - surer.quantile(0.98))
    predictor.weight *= scale
    predictor.bias *= scale
    predictor.bias[0] -= scale * surer.quantile(0.98)
