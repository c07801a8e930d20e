"""Helpers shared by the notebooks of the workshop.

Importing the package is cheap (no deep-learning framework is loaded) so that the command line and a
notebook's first cell answer at once. Begin with `course_utils.session.start`.
"""

__version__ = "0.1.0"
