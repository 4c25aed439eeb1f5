from .figure import Figure, detail_for, foot_ends, shadow_mask
from .looks import RGB, SKIN_TONES, Look, blend, shade
from .mesh import FloatArray
from .shading import Image, Light

__all__ = [
    "RGB",
    "SKIN_TONES",
    "Figure",
    "FloatArray",
    "Image",
    "Light",
    "Look",
    "blend",
    "detail_for",
    "foot_ends",
    "shade",
    "shadow_mask",
]
