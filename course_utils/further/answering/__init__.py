"""Answers to questions from a knowledge base, and the word vectors and layers that this takes.

`KnowledgeBase` walks along facts (knowledge.py), `ppmi` and `word_vectors` make vectors by counting neighbours
(vectors.py), `KMaxPooling` is a layer (pooling.py), `Answerer` puts it all together (columns.py).
"""
