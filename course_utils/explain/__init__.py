"""Why did the net say that? Pictures of what an answer rests on, and a score for such pictures.

`explain` asks by one of three methods: LIME, occlusion or Grad-CAM. `explain_image` and `explain_text` are LIME with
everything it can tell; `balanced.explain_image` and `balanced.explain_text` ask the net less often.
`hottest_share` scores a heat map against a mask of the object.
"""

from . import balanced
from .gradcam import HottestShare, enlarge, grad_cam, hottest_share
from .interface import METHODS, Explanation, explain
from .lime_common import Seconds
from .lime_image import ImageExplanation, explain_image, superpixels
from .lime_text import TextExplanation, explain_text
from .occlusion import occlusion_map
from .predictions import bfloat16_support, in_bfloat16

__all__ = [
    "METHODS",
    "Explanation",
    "HottestShare",
    "ImageExplanation",
    "Seconds",
    "TextExplanation",
    "balanced",
    "bfloat16_support",
    "enlarge",
    "explain",
    "explain_image",
    "explain_text",
    "grad_cam",
    "hottest_share",
    "in_bfloat16",
    "occlusion_map",
    "superpixels",
]
