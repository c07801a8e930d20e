"""What serves whoever gives or maintains the workshop; no notebook imports it.

`schedules` makes the plans of the day, `hub` computes how large a JupyterHub for a class has to be, `packing` makes a
stick to install from without a network, `publication` writes what a public address brings (badges, links, the cell for
Colab), `status` keeps where each notebook is known to run.
"""
