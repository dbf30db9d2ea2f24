"""Imports on their way in: a file is read as a stream and stored in batches, each one transaction.

sources.py    where the bytes come from: chunks in the database, or a file of this machine
batches.py    documents in groups that are worth a transaction
pruning.py    a document without the objects that were refused, and what depends on them (pure)
memory.py     what the job remembers between batches: which id of the file is which here
turns.py      a batch is made ready while the one before it is stored
storing.py    one batch: what is wrong is taken out and reported, the rest goes in
taking.py     whose a job is to run, and the limits of its session
running.py    the job from its first batch to its end, over crashes and cancelling
queue.py      the worker's tasks
"""
