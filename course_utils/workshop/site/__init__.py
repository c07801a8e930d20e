"""The course as a static site, for reading without Jupyter: `course html`.

`markdown` turns text into HTML with formulas as MathML, `notebooks` an executed notebook, `links` makes the links of
the repository those of the site, `pages` puts each text into the template of docs/site/, `building` does all of it.
The pages hold all that they show: no script, no address of a network.
"""

from __future__ import annotations

from .building import SiteBuilt, SiteError, build

__all__ = ["SiteBuilt", "SiteError", "build"]
