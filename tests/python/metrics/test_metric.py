"""A metric of the user's own."""

from __future__ import annotations

import numpy as np
import pytest

from tidegate import metrics, ops


class Positives(metrics.Metric):
    def __init__(self, name="positives"):
        super().__init__(name=name)
        self.count = self.add_variable((), "zeros", name="count")

    def update_state(self, y_true, y_pred, sample_weight=None):
        self.count.assign_add(ops.sum(ops.cast(ops.greater(y_pred, 0.5), "float32")))

    def result(self):
        return self.count


def test_variables_are_gathered_and_reset():
    metric = Positives()
    assert float(metric(None, ops.convert_to_tensor(np.array([0.9, 0.1, 0.8])))) == 2.0
    assert [v.path for v in metric.variables] == ["positives/count"]
    metric.reset_state()
    assert float(metric.result()) == 0.0


def test_what_is_not_written_says_so():
    with pytest.raises(NotImplementedError, match="must write update_state"):
        metrics.Metric().update_state()
    with pytest.raises(NotImplementedError, match="must write result"):
        metrics.Metric().result()
