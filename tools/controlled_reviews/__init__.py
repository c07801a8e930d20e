"""Write the controlled reviews of data/reviews/controlled: a bank of phrases by the authors, put together by a seeded program.

`goods` knows what is sold and which qualities fit it, `bank_train` and `bank_test` hold the phrases (no phrase
is in both), `grammar` fills their slots, `compose` builds whole reviews, `measure` says how hard they are.
"""
