# SPDX-License-Identifier: Apache-2.0
"""Misses of a least-recently-used cache under flows whose popularity follows Zipf's law.

Che's approximation (H. Che, Y. Tung, Z. Wang, IEEE JSAC 2002): an entry is in the cache if its flow
came within the characteristic time T, for which the expected number of such flows is the cache's size.
"""
import functools
import math

SINGLE = 512     # ranks that are taken one by one
WIDTH = 1.02     # of the groups of the others: last rank over first


@functools.lru_cache(maxsize=None)
def popularity(flows, zipf):
    """((how many flows, share of packets of each), ...)"""
    groups, first = [], 1
    while first <= flows:
        last = first if first <= SINGLE else min(flows, int(first * WIDTH))
        groups.append((last - first + 1, (first * last) ** (-zipf / 2)))
        first = last + 1
    total = sum(count * weight for count, weight in groups)
    return tuple((count, weight / total) for count, weight in groups)


@functools.lru_cache(maxsize=None)
def miss_share(flows, zipf, entries):
    """Share of packets whose flow is not in the cache, in the steady state."""
    if entries >= flows:
        return 0.0
    groups = popularity(flows, zipf)
    low, high = 0.0, 1.0
    while sum(count * -math.expm1(-share * high) for count, share in groups) < entries:
        high *= 2
    for _ in range(50):
        middle = (low + high) / 2
        if sum(count * -math.expm1(-share * middle) for count, share in groups) < entries:
            low = middle
        else:
            high = middle
    return sum(count * share * math.exp(-share * low) for count, share in groups)
