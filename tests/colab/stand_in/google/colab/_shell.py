"""Stands in for Colab's own shell: by its name a notebook's first cell knows Colab from an image made of Colab's."""

from ipykernel.zmqshell import ZMQInteractiveShell


class Shell(ZMQInteractiveShell):
    """A shell whose name says google.colab."""
