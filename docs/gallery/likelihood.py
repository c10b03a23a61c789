"""Data sets by the number of local maxima of their likelihood."""

import matplotlib.pyplot as plt

import edgeom as eg
from edgeom.pictures.style import COLOURS, STYLE

plt.style.use(STYLE)

V = eg.DeterminantalVariety(3, 3, rank=2)
table = eg.real_critical_table(V, objective=eg.LogLikelihood.law(), samples=500, seed=2)

fig, ax = plt.subplots(figsize=(6, 3.6))
shares = table.counts.sum(axis=1) / len(table)
ax.bar([str(n) for n in table.rows], shares, color=COLOURS["minimum"], width=0.5)
for k, share in enumerate(shares):
    ax.annotate(f"{share:.1%}", (k, share), ha="center", va="bottom")
ax.set_xlabel("local maxima of the likelihood with positive entries")
ax.set(ylabel="share of data sets", ylim=(0, 1.08))
fig.savefig("likelihood.png", bbox_inches="tight")
