# SPDX-License-Identifier: Apache-2.0
"""What scripts/studies is made of: runs, charts, documents, and a module for each study."""
