"""What all optimizers share: state, clipping, errors, one call per step."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest

from tidegate import Variable, ops, optimizers

ALL = [optimizers.SGD, optimizers.RMSprop, optimizers.Adam, optimizers.Adagrad, optimizers.Lion]


def variable(values, name="w"):
    return Variable(np.array(values, np.float32), name=name)


def test_clip_arguments_exclude_each_other():
    with pytest.raises(ValueError, match="at most one of clipnorm"):
        optimizers.SGD(clipnorm=1.0, clipvalue=1.0)
    with pytest.raises(ValueError, match="clipvalue must be above 0"):
        optimizers.SGD(clipvalue=-1.0)


@pytest.mark.parametrize(
    ("clip", "expected"),
    [
        ({"clipvalue": 1.0}, ([-1.0, -1.0], [-1.0])),
        ({"clipnorm": 1.0}, ([-0.6, -0.8], [-1.0])),
        ({"global_clipnorm": 1.0}, ([-3 / 13, -4 / 13], [-12 / 13])),
    ],
)
def test_clipping(clip, expected):
    a, b = variable([0.0, 0.0], "a"), variable([0.0], "b")
    grads = [ops.convert_to_tensor([3.0, 4.0]), ops.convert_to_tensor([12.0])]
    optimizers.SGD(1.0, **clip).apply(grads, [a, b])
    np.testing.assert_allclose(a.numpy(), expected[0], rtol=1e-6)
    np.testing.assert_allclose(b.numpy(), expected[1], rtol=1e-6)


@pytest.mark.parametrize("kind", ALL)
def test_weight_decay_comes_before_the_step(kind):
    w = variable([2.0])
    kind(0.5, weight_decay=0.1).apply([ops.convert_to_tensor([0.0])], [w])
    np.testing.assert_allclose(w.numpy(), [2.0 - 2.0 * 0.1 * 0.5], rtol=1e-6)


def test_slots_belong_to_variables_and_not_to_places():
    a, b = variable([1.0], "a"), variable([1.0], "b")
    g, h = ops.convert_to_tensor([1.0]), ops.convert_to_tensor([-3.0])
    one, other = optimizers.SGD(0.1, momentum=0.9), optimizers.SGD(0.1, momentum=0.9)
    c, d = variable([1.0], "c"), variable([1.0], "d")
    for _ in range(3):
        one.apply([g, h], [a, b])
    other.apply([g, h], [c, d])
    other.apply([h, g], [d, c])
    other.apply([h], [d])
    other.apply([g], [c])
    assert (a.numpy(), b.numpy()) == (c.numpy(), d.numpy())


def test_iterations_and_versions_grow():
    w = variable([1.0])
    optimizer = optimizers.Adam()
    before = w.version
    assert int(optimizer.apply_gradients([(ops.convert_to_tensor([1.0]), w)])) == 1
    optimizer.apply([ops.convert_to_tensor([1.0])])
    assert int(optimizer.iterations) == 2
    assert w.version > before


def test_learning_rate_is_a_float32_variable_that_can_be_set():
    optimizer = optimizers.Adam(0.001)
    assert float(optimizer.learning_rate) == 0.0010000000474974513
    optimizer.learning_rate = 0.5
    w = variable([1.0])
    optimizer.apply([ops.convert_to_tensor([1.0])], [w])
    np.testing.assert_allclose(w.numpy(), [0.5], rtol=1e-5)
    optimizer.learning_rate.assign(0.25)
    assert float(optimizer.learning_rate) == 0.25


def test_learning_rate_from_a_callable():
    rates = iter([1.0, 0.5])
    optimizer = optimizers.SGD(lambda: next(rates))
    w = variable([0.0])
    for _ in range(2):
        optimizer.apply([ops.convert_to_tensor([1.0])], [w])
    assert w.numpy().tolist() == [-1.5]


def test_variables_in_the_order_of_keras():
    a, b = variable([0.0], "a"), variable([0.0], "b")
    names = {}
    for optimizer in (
        optimizers.Adam(amsgrad=True, name="adam"),
        optimizers.RMSprop(momentum=0.1, centered=True, name="rmsprop"),
    ):
        optimizer.build([a, b])
        names[optimizer.name] = [v.name for v in optimizer.variables]
    assert names["adam"] == [
        "iteration", "learning_rate", "a_momentum", "a_velocity", "b_momentum", "b_velocity",
        "a_velocity_hat", "b_velocity_hat",
    ]  # fmt: skip
    assert names["rmsprop"] == [
        "iteration", "learning_rate", "a_velocity", "b_velocity", "a_momentum", "b_momentum",
        "a_average_gradient", "b_average_gradient",
    ]  # fmt: skip


def test_missing_gradients():
    a, b = variable([1.0], "a"), variable([1.0], "b")
    optimizer = optimizers.SGD(1.0)
    with pytest.raises(ValueError, match="no gradients provided for any variable"):
        optimizer.apply([None, None], [a, b])
    with pytest.warns(UserWarning, match=r"Gradients do not exist for variables \['b'\]"):
        optimizer.apply([ops.convert_to_tensor([1.0]), None], [a, b])
    assert (a.numpy().tolist(), b.numpy().tolist()) == ([0.0], [1.0])


def test_what_does_not_fit():
    a, b = variable([1.0], "a"), variable([1.0], "b")
    optimizer = optimizers.SGD()
    with pytest.raises(ValueError, match="one gradient per variable"):
        optimizer.apply([ops.convert_to_tensor([1.0])], [a, b])
    optimizer = optimizers.SGD()
    optimizer.build([a])
    with pytest.raises(ValueError, match="serves the variables that it was built with"):
        optimizer.apply([ops.convert_to_tensor([1.0])], [b])
    with pytest.raises(ValueError, match="learning_rate must be a float"):
        optimizers.SGD("fast")
    with pytest.raises(ValueError, match="unknown keyword arguments"):
        optimizers.SGD(speed=3)


def test_averages_take_the_place_of_the_weights_at_the_end():
    w = variable([0.0])
    optimizer = optimizers.SGD(1.0, use_ema=True, ema_momentum=0.5)
    for g in (-1.0, -3.0):
        optimizer.apply([ops.convert_to_tensor([g])], [w])
    assert w.numpy().tolist() == [4.0]
    optimizer.finalize_variable_values([w])
    assert w.numpy().tolist() == [0.5 * 1.0 + 0.5 * 4.0]
    with pytest.raises(ValueError, match="averages of 1 variables"):
        optimizer.finalize_variable_values([])


def test_averages_overwrite_every_few_steps():
    w = variable([0.0])
    optimizer = optimizers.SGD(1.0, use_ema=True, ema_momentum=0.5, ema_overwrite_frequency=2)
    found = []
    for _ in range(3):
        optimizer.apply([ops.convert_to_tensor([-1.0])], [w])
        found.append(float(w.numpy()[0]))
    assert found == [1.0, 1.5, 2.5]


def test_accumulated_gradients_step_together():
    w = variable([0.0])
    optimizer = optimizers.SGD(1.0, gradient_accumulation_steps=2)
    found = []
    for g in (-1.0, -3.0, -5.0):
        optimizer.apply([ops.convert_to_tensor([g])], [w])
        found.append(float(w.numpy()[0]))
    assert found == [0.0, 2.0, 2.0]
    assert int(optimizer.iterations) == 1


def test_loss_scale_cancels():
    w = variable([0.0])
    optimizer = optimizers.SGD(1.0, loss_scale_factor=4.0)
    assert float(optimizer.scale_loss(ops.convert_to_tensor(0.5))) == 2.0
    optimizer.apply([ops.convert_to_tensor([-4.0])], [w])
    assert w.numpy().tolist() == [1.0]


@pytest.mark.parametrize("kind", ALL)
def test_constraints_come_after_the_step(kind):
    w = variable([0.5])
    w.constraint = lambda value: ops.maximum(value, 0.25)
    kind(1.0).apply([ops.convert_to_tensor([9.0])], [w])
    assert w.numpy().tolist() == [0.25]


def test_a_constraint_of_another_shape_changes_nothing():
    w = variable([0.5, 1.0])
    w.constraint = lambda value: value[:1]
    with pytest.raises(ValueError, match="must have shape"):
        optimizers.SGD(1.0).apply([ops.convert_to_tensor([9.0, 9.0])], [w])
    assert w.numpy().tolist() == [0.5, 1.0]


def test_weights_left_out_of_the_decay():
    a, b = variable([2.0], "kernel"), variable([2.0], "bias")
    optimizer = optimizers.SGD(0.5, weight_decay=0.1)
    optimizer.exclude_from_weight_decay(var_names=["bias"])
    zero = ops.convert_to_tensor([0.0])
    optimizer.apply([zero, zero], [a, b])
    np.testing.assert_allclose([a.numpy()[0], b.numpy()[0]], [1.9, 2.0], rtol=1e-6)
    optimizer.apply([zero], [b])
    assert b.numpy().tolist() == [2.0]
    with pytest.raises(ValueError, match="before the optimizer is built"):
        optimizer.exclude_from_weight_decay(var_list=[a])


@pytest.mark.parametrize("twin_of", [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
def test_a_copy_finds_slots_and_left_out_weights_by_its_own_weights(twin_of):
    a, b = variable([2.0], "kernel"), variable([2.0], "bias")
    optimizer = optimizers.SGD(0.5, momentum=0.5, weight_decay=0.1)
    optimizer.exclude_from_weight_decay(var_list=[b])
    one = ops.convert_to_tensor([1.0])
    optimizer.apply([one, one], [a, b])
    twin, (c, d) = twin_of((optimizer, (a, b)))
    optimizer.apply([one, one], [a, b])
    twin.apply([one, one], [c, d])
    assert (c.numpy(), d.numpy()) == (a.numpy(), b.numpy())
    assert c is not a
    assert not twin._decays(d)
    assert twin._decays(c)


class Momentum(optimizers.Optimizer):
    """An optimizer as one writes it for Keras."""

    def build(self, variables):
        super().build(variables)
        self.momentums = self.add_optimizer_variables(variables, "momentum")

    def update_step(self, gradient, variable, learning_rate):
        m = self.momentums[self._get_variable_index(variable)]
        self.assign(m, ops.subtract(ops.multiply(m, 0.5), ops.multiply(gradient, learning_rate)))
        self.assign_add(variable, m)
        if float(gradient.numpy()[0]) > 100:
            raise OverflowError


def test_an_optimizer_of_ones_own():
    w = variable([0.0])
    optimizer = Momentum(1.0, clipvalue=200.0)
    for g in (-1.0, -1.0):
        optimizer.apply([ops.convert_to_tensor([g])], [w])
    assert w.numpy().tolist() == [1.0 + 1.5]
    assert [v.name for v in optimizer.variables] == ["iteration", "learning_rate", "w_momentum"]
    before = w.numpy(), optimizer.momentums[0].numpy()
    with pytest.raises(OverflowError):
        optimizer.apply([ops.convert_to_tensor([150.0])], [w])
    assert (w.numpy(), optimizer.momentums[0].numpy()) == before
    assert int(optimizer.iterations) == 2


def test_state_goes_round():
    w = variable([1.0, 2.0])
    optimizer = optimizers.Adam()
    with pytest.raises(ValueError, match="built optimizer"):
        optimizer.set_weights([])
    optimizer.apply([ops.convert_to_tensor([1.0, -1.0])], [w])
    store = {}
    optimizer.save_own_variables(store)
    other = optimizers.Adam()
    other.build([w])
    other.load_own_variables(store)
    for mine, theirs in zip(other.variables, optimizer.variables):
        np.testing.assert_array_equal(mine.numpy(), theirs.numpy())
    with pytest.warns(UserWarning, match="Skipping variable loading"):
        other.load_own_variables({})


def test_gradients_are_not_changed():
    gradient = ops.convert_to_tensor([3.0, 4.0])
    optimizers.Adam(clipnorm=1.0).apply([gradient], [variable([0.0, 0.0])])
    assert gradient.numpy().tolist() == [3.0, 4.0]
