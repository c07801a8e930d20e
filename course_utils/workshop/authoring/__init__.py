"""What a maintainer needs to add to the course: `course new` writes a notebook and all that belongs to one."""

from .beginning import NewNotebookError, create

__all__ = ["NewNotebookError", "create"]
