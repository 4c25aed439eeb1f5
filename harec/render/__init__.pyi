from .annotated_video import redraw, render_video
from .canvas import SHIFT, Canvas, PlanesCanvas, RgbCanvas
from .curves import Array, curve_runs
from .drawing import OUTLINE_RGB, RGB, Color
from .label_placement import Box, shared_area
from .labels import LABEL_OPACITY, OVERSAMPLING, Label, Text, load_font, render_label
from .overlay import PersonOverlay, draw_people, draw_people_on, draw_skeletons, flipped
from .palette import ACTION_COLORS, hex_rgb, rgb, text_on, title
from .pipeline import analyze_and_render
from .skeleton import (
    MIDDLE_RGB,
    draw_skeleton,
    line_width,
    seen_keypoints,
)
from .timeline import (
    AREA_PX,
    GAP_PX,
    LANE_PX,
    MARGIN_BOTTOM_PX,
    MARGIN_TOP_PX,
    PLOTLY_JS,
    PLOTLY_JS_VERSION,
    lay_out,
    timeline_figure,
)

__all__ = [
    "ACTION_COLORS",
    "AREA_PX",
    "GAP_PX",
    "LABEL_OPACITY",
    "LANE_PX",
    "MARGIN_BOTTOM_PX",
    "MARGIN_TOP_PX",
    "MIDDLE_RGB",
    "OUTLINE_RGB",
    "OVERSAMPLING",
    "PLOTLY_JS",
    "PLOTLY_JS_VERSION",
    "RGB",
    "SHIFT",
    "Array",
    "Box",
    "Canvas",
    "Color",
    "Label",
    "PersonOverlay",
    "PlanesCanvas",
    "RgbCanvas",
    "Text",
    "analyze_and_render",
    "curve_runs",
    "draw_people",
    "draw_people_on",
    "draw_skeleton",
    "draw_skeletons",
    "flipped",
    "hex_rgb",
    "lay_out",
    "line_width",
    "load_font",
    "redraw",
    "render_label",
    "render_video",
    "rgb",
    "seen_keypoints",
    "shared_area",
    "text_on",
    "timeline_figure",
    "title",
]
