"""Running notebooks and judging what they report.

`execution` runs one in a scratch folder, `evidence` reads and judges its results, `normalising` makes the
committed form, `exercises` puts solutions in the stubs' place, `measuring` repeats runs to make bands by
the rule of `bands`.
"""
