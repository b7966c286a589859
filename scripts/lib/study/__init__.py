# SPDX-License-Identifier: Apache-2.0
"""What scripts/studies is made of: runs, charts, documents, and a module for each study.

A study's module has SWEEPS, the runs it needs, and find(points by sweep, claims), which gives its Findings.
"""
NAMES = ["lanes", "fresh_keys", "receive_keys", "transmit_keys", "tags", "offloads", "overload", "control"]
