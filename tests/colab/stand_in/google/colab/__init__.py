"""Stands in for Colab's own package, which is what its cell looks for. Beside other packages named google.*."""
