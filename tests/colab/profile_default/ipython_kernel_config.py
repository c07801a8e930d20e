"""IPython's profile of the stand-in for Colab: its kernel is Colab's own."""

c = get_config()  # noqa: F821
c.IPKernelApp.kernel_class = "google.colab._kernel.Kernel"
