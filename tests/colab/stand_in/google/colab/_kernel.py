"""Stands in for Colab's own kernel, which starts Colab's shell."""

from google.colab._shell import Shell
from ipykernel.ipkernel import IPythonKernel
from traitlets import Type


class Kernel(IPythonKernel):
    """A kernel with Colab's shell."""

    shell_class = Type(Shell)
