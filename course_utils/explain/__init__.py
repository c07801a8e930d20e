"""Why did the net say that? Pictures of what an answer rests on, and a score for such pictures."""

from .gradcam import HottestShare, enlarge, grad_cam, hottest_share

__all__ = ["HottestShare", "enlarge", "grad_cam", "hottest_share"]
