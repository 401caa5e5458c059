"""Parley's parts broken one by one under load, and a history of what was asked and told, judged afterwards.

`python -m tests.faults` (`make faults`) runs all of it on a whole cluster. deploy/ is where that cluster's parts are.
"""

import sys

from tests.live import ROOT

sys.path.append(str(ROOT / "deploy"))
