"""The tape: what it records, what it refuses, whose it is."""

from __future__ import annotations

import gc
import threading
import weakref

import numpy as np
import pytest

from tidegate import ops
from tidegate.autodiff import (
    GradientTape,
    current_training,
    no_grad,
    training_scope,
)
from tidegate.tensor import Variable, convert_to_tensor


def tensor(*values, dtype="float32"):
    return convert_to_tensor(np.array(values, dtype))


def test_gradient_of_a_sum_over_paths():
    x = tensor(2.0, 3.0)
    with GradientTape() as tape:
        tape.watch(x)
        y = x * x
        z = ops.sum(y + x) + ops.sum(y)
    np.testing.assert_array_equal(tape.gradient(z, x).numpy(), [9, 13])


def test_gradient_of_intermediate_results():
    x = tensor(2.0)
    with GradientTape() as tape:
        tape.watch(x)
        y = x * 3
        z = y * y
    dz_dy, dz_dx = tape.gradient(z, [y, x])
    assert dz_dy.item() == 12
    assert dz_dx.item() == 36


def test_the_target_is_its_own_source():
    x = tensor(2.0)
    with GradientTape() as tape:
        tape.watch(x)
        y = x * 3
    dy, dx = tape.gradient(y, [y, x])
    assert dy.item() == 1
    assert dx.item() == 3


def test_structures():
    x, v = tensor(2.0), Variable([3.0])
    with GradientTape() as tape:
        tape.watch(x)
        y = x * v
    result = tape.gradient(y, {"x": x, "rest": [v]})
    assert result["x"].item() == 3
    assert result["rest"][0].item() == 2


def test_several_targets_are_added():
    x = tensor(2.0)
    with GradientTape() as tape:
        tape.watch(x)
        targets = [x * 2, x * x]
    assert tape.gradient(targets, x).item() == 6


def test_output_gradients():
    x = tensor(1.0, 2.0)
    with GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = x * x
    np.testing.assert_array_equal(
        tape.gradient(y, x, output_gradients=[10, 100]).numpy(), [20, 400]
    )
    with pytest.raises(ValueError, match=r"target's shape \(2,\).*shape \(3,\)"):
        tape.gradient(y, x, output_gradients=tensor(1, 2, 3))
    with pytest.raises(ValueError, match="one entry for each of 2 targets"):
        tape.gradient([y, y], x, output_gradients=[tensor(1.0, 1.0)])


def test_variables_are_watched_by_themselves():
    v, frozen = Variable([1.0]), Variable([1.0], trainable=False)
    with GradientTape() as tape:
        y = v * 2 + frozen * 3
    assert tape.watched_variables() == (v,)
    dv, dfrozen = tape.gradient(y, [v, frozen])
    assert dv.item() == 2
    assert dfrozen is None


def test_variables_can_be_left_alone():
    v, w = Variable([1.0]), Variable([1.0])
    with GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(w)
        y = v * w
    assert tape.watched_variables() == (w,)
    assert tape.gradient(y, [v, w])[0] is None


def test_unconnected_sources():
    x, other = tensor(1.0), tensor(1.0, 2.0)
    with GradientTape(persistent=True) as tape:
        tape.watch([x, other])
        y = x * 2
    assert tape.gradient(y, other) is None
    zeros = tape.gradient(y, other, unconnected_gradients="zero")
    np.testing.assert_array_equal(zeros.numpy(), [0, 0])
    with pytest.raises(ValueError, match="unconnected_gradients"):
        tape.gradient(y, other, unconnected_gradients="nothing")


def test_a_source_that_was_never_watched():
    x, y = tensor(1.0), tensor(2.0)
    with GradientTape() as tape:
        tape.watch(x)
        z = x * y
    assert tape.gradient(z, [y, x])[0] is None


def test_a_tape_gives_gradients_once():
    x = tensor(1.0)
    with GradientTape() as tape:
        tape.watch(x)
        y = x * x
    tape.gradient(y, x)
    with pytest.raises(RuntimeError, match=r"once. Received: a second call. Hint: .*persistent"):
        tape.gradient(y, x)


def test_a_persistent_tape_gives_them_again():
    x = tensor(3.0)
    with GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = x * x
        z = y * y
    assert tape.gradient(y, x).item() == 6
    assert tape.gradient(z, x).item() == 108
    assert tape.gradient(z, y).item() == 18


def test_gradient_inside_of_the_scope_ends_the_recording():
    x = tensor(3.0)
    with GradientTape() as tape:
        tape.watch(x)
        y = x * x
        assert tape.gradient(y, x).item() == 6
        np.asarray(x * 2)


def test_reset():
    x = tensor(3.0)
    with GradientTape() as tape:
        tape.watch(x)
        y = x * x
        tape.reset()
        tape.watch(x)
        z = x * 2
        assert tape.gradient([z], x).item() == 2
    del y


def test_what_can_be_watched():
    with GradientTape() as tape:
        for wrong in (np.ones(2), convert_to_tensor([1, 2]), "x", None):
            with pytest.raises(TypeError, match=r"\[GradientTape.watch\] only float tensors"):
                tape.watch(wrong)


def test_what_can_be_a_target_or_source():
    x = tensor(1.0)
    with GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = ops.cast(x, "int32")
    with pytest.raises(TypeError, match="targets must be float"):
        tape.gradient(y, x)
    with pytest.raises(TypeError, match=r"sources must be tensors.*Received: ndarray"):
        tape.gradient(x * 1, np.ones(1))


def test_an_integer_result_makes_nothing_else_watched():
    x, other = tensor(1.0), tensor(2.0)
    with GradientTape() as tape:
        tape.watch(x)
        count = ops.cast(x, "int32")
        y = other * 2
        np.asarray(y)
        np.asarray(count)
    assert len(tape._records) == 0


def test_all_gradients_at_once_are_those_asked_for_one_by_one():
    a, b = Variable([[1.0, 2.0]], name="a"), Variable([[3.0], [4.0]], name="b")
    unused = Variable([1.0], name="unused")

    def run(tape):
        with tape:
            hidden = ops.tanh(ops.matmul(a, b))
            return ops.sum(hidden * a) + ops.sum(ops.stop_gradient(hidden))

    tape = GradientTape()
    together = tape.gradient(run(tape), [a, unused, b])
    tape = GradientTape(persistent=True)
    target = run(tape)
    apart = [tape.gradient(target, source) for source in (a, unused, b)]
    again = tape.gradient(target, [a, unused, b])
    assert together[1] is apart[1] is again[1] is None
    for one, other, third in zip(together[::2], apart[::2], again[::2], strict=True):
        assert one.numpy().tobytes() == other.numpy().tobytes() == third.numpy().tobytes()


@pytest.mark.parametrize("persistent", [False, True])
def test_what_nobody_asks_for_is_not_computed(persistent):
    asked = []

    class Product(ops.op.Op):
        name = "product"

        def forward(self, ctx, a, b):
            if ctx is not None:
                ctx.saved = (a, b)
            return a * b

        def vjp(self, ctx, dy):
            asked.append(list(ctx.needs))
            return dy * ctx.saved[1], dy * ctx.saved[0]

    product = Product()
    a, b, v = tensor(2.0), tensor(3.0), Variable(5.0)

    def needs(watched, sources):
        asked.clear()
        with GradientTape(persistent=persistent) as tape:
            tape.watch(watched)
            y = product(product(a, b), v)
        tape.gradient(y, sources)
        return list(asked)

    assert needs([a, b], [b]) == [[True, False], [False, True]]
    assert needs([a, b], [v]) == needs([], [v]) == [[False, True]]
    assert needs([a, b], [a, b, v]) == [[True, True], [True, True]]


def test_entering_twice():
    with GradientTape() as tape, pytest.raises(RuntimeError, match="already recording"):
        tape.__enter__()


class TestSecondDerivatives:
    TEXT = r"\[GradientTape\] second derivatives are not offered.*Hint:"

    def test_are_an_error(self):
        x = tensor(3.0)
        with GradientTape() as outer:
            outer.watch(x)
            with GradientTape() as inner:
                inner.watch(x)
                y = x * x
            dy = inner.gradient(y, x)
            z = dy * 2
        with pytest.raises(NotImplementedError, match=self.TEXT):
            outer.gradient(z, x)

    def test_of_variables_too(self):
        v = Variable([3.0])
        with GradientTape() as outer:
            with GradientTape() as inner:
                y = v * v
            dy = inner.gradient(y, v)
        with pytest.raises(NotImplementedError, match=self.TEXT):
            outer.gradient(dy, v)

    def test_a_persistent_tape_on_itself(self):
        x = tensor(3.0)
        with GradientTape(persistent=True) as tape:
            tape.watch(x)
            y = x * x
            dy = tape.gradient(y, x)
        with pytest.raises(NotImplementedError, match=self.TEXT):
            tape.gradient(dy, x)

    def test_an_outer_tape_may_use_what_does_not_depend_on_it(self):
        x = tensor(3.0)
        with GradientTape() as outer:
            outer.watch(x)
            with GradientTape() as inner:
                inner.watch(x)
                y = x * x
            dy = inner.gradient(y, x)
            z = x * ops.stop_gradient(dy) + y
        assert outer.gradient(z, x).item() == 12


class TestChangesInPlace:
    def test_an_optimizer_step_before_the_gradient_is_an_error(self):
        v = Variable([3.0], name="kernel")
        with GradientTape() as tape:
            y = v * v
        v.array[...] = 5
        v.bump()
        with pytest.raises(RuntimeError, match=r"changed in place.*'kernel', version 0 then and 1"):
            tape.gradient(y, v)

    def test_assign_is_none(self):
        v = Variable([3.0])
        with GradientTape() as tape:
            y = v * v
            v.assign([5.0])
        assert tape.gradient(y, v).item() == 6


def fail(tape, x):
    tape.watch(x)
    return 1 / 0


class TestScopes:
    def test_no_grad(self):
        x = tensor(3.0)
        with GradientTape() as tape:
            tape.watch(x)
            with no_grad():
                y = x * x
            z = x * y
        assert tape.gradient(z, x).item() == 9

    def test_stop_recording(self):
        x = tensor(3.0)
        with GradientTape() as tape:
            tape.watch(x)
            with tape.stop_recording():
                y = x * x
        assert tape.gradient(y, x) is None

    def test_a_failing_scope_is_left(self):
        x = tensor(3.0)
        tape = GradientTape()
        with pytest.raises(ZeroDivisionError), tape:
            fail(tape, x)
        assert np.asarray(x) == 3

    def test_training(self):
        assert current_training() is None
        with training_scope(True):
            assert current_training() is True
            with training_scope(False):
                assert current_training() is False
            assert current_training() is True
        assert current_training() is None

    def test_tapes_and_flags_belong_to_their_thread(self):
        x = tensor(3.0)
        seen = []

        def other():
            seen.append(current_training())
            seen.append(np.asarray(x * 2).item())  # no tape of this thread records x

        with GradientTape() as tape, training_scope(True):
            tape.watch(x)
            thread = threading.Thread(target=other)
            thread.start()
            thread.join()
            y = x * x
        assert seen == [None, 6.0]
        assert tape.gradient(y, x).item() == 6


class TestMemory:
    def test_without_a_tape_nothing_is_kept(self):
        x = tensor(3.0)
        y = x * x
        kept = weakref.ref(y)
        z = y * 2
        del y
        gc.collect()
        assert kept() is None
        assert z.item() == 18

    def test_a_tape_keeps_arrays_not_tensors(self):
        x = tensor(3.0)
        with GradientTape() as tape:
            tape.watch(x)
            y = x + 1
            kept = weakref.ref(y)
            z = y + 1
            del y
            gc.collect()
            assert kept() is None
        assert tape.gradient(z, x).item() == 1

    def test_gradient_lets_go_of_what_was_saved(self):
        x = tensor(3.0)
        with GradientTape() as tape:
            tape.watch(x)
            y = ops.exp(x)
        saved = weakref.ref(y.value)  # the slope of exp is its value
        target = ops.sum(y)
        del y, target
        assert saved() is not None
        tape.gradient(x * 1, x)
        gc.collect()
        assert saved() is None


class TestVjp:
    def test_of_a_function(self):
        y, dx, weights = ops.vjp(
            lambda x: ops.sum(x * x, axis=1), [[1.0, 2.0], [3.0, 4.0]], [1, 10]
        )
        np.testing.assert_array_equal(y.numpy(), [5, 25])
        np.testing.assert_array_equal(dx.numpy(), [[2, 4], [60, 80]])
        assert weights == []

    def test_of_a_function_with_variables(self):
        v, w = Variable([3.0]), Variable([5.0])
        _, dx, (dw, dv) = ops.vjp(lambda x: x * w + v, [2.0], None)
        assert (dx.item(), dw.item(), dv.item()) == (5, 2, 1)

    def test_of_something_with_trainable_weights(self):
        class Layer:
            def __init__(self):
                self.trainable_weights = [Variable([3.0]), Variable([4.0])]

            def __call__(self, inputs):
                return inputs["a"] * self.trainable_weights[0] + inputs["b"]

        x = {"a": tensor(2.0), "b": np.array([1.0], "f4")}
        y, dx, dw = ops.vjp(Layer(), x, [10.0])
        assert y.item() == 7
        assert (dx["a"].item(), dx["b"].item()) == (30, 10)
        assert dw[0].item() == 20
        assert dw[1] is None

    def test_dy_of_another_shape(self):
        with pytest.raises(ValueError, match=r"\[vjp\] dy must have.*\[2\]. Received: \[3\]. Hint"):
            ops.vjp(ops.square, [1.0, 2.0], [1.0, 1.0, 1.0])
        with pytest.raises(ValueError, match=r"\[1\] and \[1\]. Received: \[1\]\."):
            ops.vjp(lambda x: ops.split(x, 2), [1.0, 2.0], [tensor(1.0)])

    def test_integers_have_no_gradient(self):
        table = Variable(np.ones((4, 2), "f4"))
        y, dx, (dtable,) = ops.vjp(lambda ids: ops.embedding(ids, table), [1, 1], None)
        assert y.shape == (2, 2)
        assert dx is None
        np.testing.assert_array_equal(dtable.numpy(), [[0, 0], [2, 2], [0, 0], [0, 0]])


def test_a_numpy_warning_is_no_error():
    """Infinities are results, as in every Keras backend (warnings are errors in this suite)."""
    x = tensor(0.0)
    with GradientTape() as tape:
        tape.watch(x)
        y = ops.log(x)
        z = 1 / x
    assert np.isinf([*y.numpy(), *z.numpy()]).all()
    assert np.isinf(tape.gradient(y, x).numpy()).all()
