"""From a notebook to a product: a net as a file, a service, several copies of it, and a page without a server.

`export` writes a Keras model as ONNX with its labels and its preprocessing inside, `load` opens such a file without
Keras, `service.make_app` puts it behind an HTTP interface. What a net is asked for has a handler (handlers.py).
Needs the extra `serve`: python -m pip install "course-utils[serve]".
"""

from __future__ import annotations

from course_utils.further.serving.contract import Contract, ServingError
from course_utils.further.serving.exporting import Comparison, export
from course_utils.further.serving.runtime import ServedNet, load

__all__ = ["Comparison", "Contract", "ServedNet", "ServingError", "export", "load"]
