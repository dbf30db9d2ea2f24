"""Benchmarks of our own: each workload beside its floor, on the same machine, in the same run, on the same data.

`python3 run.py bench` makes a durable database and two web workers of its own, fills it with a generated corpus whose
shape is that of real news annotated by people, and prints what each workload reaches of what PostgreSQL does without
us. Other programs may load the machine: workload and floor take turns, so look at the ratios and at CPU.
"""
