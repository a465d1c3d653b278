"""Forward-mode automatic differentiation: dual levels, dual tensors and their rules."""

from conformance.scenario import scenario


@scenario("FWD-01")
def make_dual_outside_a_level_is_refused(torch, observe):
    forward_ad = torch.autograd.forward_ad
    with observe.raises("make_dual", RuntimeError, saying="dual_level"):
        forward_ad.make_dual(torch.tensor([1.0]), torch.tensor([1.0]))


@scenario("FWD-01/unpack-outside", needs=["FWD-01"])
def unpack_dual_outside_a_level_gives_no_tangent(torch, observe):
    primal, tangent = torch.autograd.forward_ad.unpack_dual(torch.tensor([1.0]))
    observe("the primal", primal, documented=[1.0])
    observe("the tangent", tangent, documented=None)


@scenario("FWD-02")
def unpack_dual_returns_primal_and_tangent(torch, observe):
    forward_ad = torch.autograd.forward_ad
    with forward_ad.dual_level():
        dual = forward_ad.make_dual(torch.tensor([1.0, 2.0]), torch.tensor([10.0, 20.0]))
        primal, tangent = forward_ad.unpack_dual(dual)
        observe("the primal", primal, documented=[1.0, 2.0])
        observe("the tangent", tangent, documented=[10.0, 20.0])
        named = forward_ad.unpack_dual(dual)
        observe("by name", [named.primal, named.tangent], documented=[[1.0, 2.0], [10.0, 20.0]])
        observe("of an ordinary tensor", forward_ad.unpack_dual(torch.tensor([1.0])).tangent, documented=None)
        observe("the primal carries a tangent", forward_ad.unpack_dual(primal).tangent, documented=None)


@scenario("FWD-02/tangent-shared", needs=["FWD-02"])
def the_tangent_is_kept_without_a_copy(torch, observe):
    forward_ad = torch.autograd.forward_ad
    tangent = torch.tensor([10.0, 20.0])
    with forward_ad.dual_level():
        dual = forward_ad.make_dual(torch.tensor([1.0, 2.0]), tangent)
        tangent.add_(1.0)
        observe("the tangent after a change of the tensor given", forward_ad.unpack_dual(dual).tangent)


@scenario("FWD-03")
def operations_propagate_tangents(torch, observe):
    forward_ad = torch.autograd.forward_ad
    with forward_ad.dual_level():
        x = forward_ad.make_dual(torch.tensor([1.0, 2.0]), torch.tensor([10.0, 1.0]))
        primal, tangent = forward_ad.unpack_dual(x * x * 3)
    observe("the value", primal, documented=[3.0, 12.0])
    observe("the tangent", tangent, documented=[60.0, 12.0])


@scenario("FWD-03/two-duals", needs=["FWD-03"])
def tangents_of_several_inputs_add_up(torch, observe):
    forward_ad = torch.autograd.forward_ad
    with forward_ad.dual_level():
        x = forward_ad.make_dual(torch.tensor([2.0]), torch.tensor([1.0]))
        y = forward_ad.make_dual(torch.tensor([5.0]), torch.tensor([10.0]))
        observe("of a product", forward_ad.unpack_dual(x * y).tangent, documented=[25.0])
        observe("with a constant", forward_ad.unpack_dual(x * torch.tensor([5.0])).tangent, documented=[5.0])
        observe("of a sum", forward_ad.unpack_dual(x + y).tangent, documented=[11.0])
        observe("of constants", forward_ad.unpack_dual(torch.tensor([5.0]) * 2).tangent, documented=None)


@scenario("FWD-03/broadcast", needs=["FWD-03"])
def tangents_are_broadcast_like_their_primals(torch, observe):
    forward_ad = torch.autograd.forward_ad
    with forward_ad.dual_level():
        x = forward_ad.make_dual(torch.tensor([1.0, 2.0]), torch.tensor([10.0, 1.0]))
        tangent = forward_ad.unpack_dual(torch.zeros(2, 2) + x).tangent
        observe("added to a matrix", tangent, documented=[[10.0, 1.0], [10.0, 1.0]])


@scenario("FWD-03/several-outputs", needs=["FWD-03"])
def every_output_carries_a_tangent(torch, observe):
    forward_ad = torch.autograd.forward_ad
    with forward_ad.dual_level():
        x = forward_ad.make_dual(torch.tensor([3.0, 1.0, 2.0]), torch.tensor([10.0, 20.0, 30.0]))
        first, rest = torch.split(x, [1, 2])
        observe("of the first piece", forward_ad.unpack_dual(first).tangent, documented=[10.0])
        observe("of the rest", forward_ad.unpack_dual(rest).tangent, documented=[20.0, 30.0])
        values, indices = torch.sort(x)
        observe("of sorted values", forward_ad.unpack_dual(values).tangent, documented=[20.0, 30.0, 10.0])
        observe("of indices", forward_ad.unpack_dual(indices).tangent, documented=None)


@scenario("FWD-03/module", needs=["FWD-03"])
def tangents_of_parameters_run_through_a_module(torch, observe):
    forward_ad = torch.autograd.forward_ad
    layer = torch.nn.Linear(2, 1, bias=False)
    with torch.no_grad():
        layer.weight.copy_(torch.tensor([[1.0, 2.0]]))
    weight = layer.weight
    with forward_ad.dual_level():
        del layer.weight
        layer.weight = forward_ad.make_dual(weight.detach(), torch.tensor([[10.0, 1.0]]))
        tangent = forward_ad.unpack_dual(layer(torch.tensor([3.0, 4.0]))).tangent
    observe("the output's tangent", tangent, documented=[34.0])


@scenario("FWD-04", needs=["FWD-03"])
def leaving_the_level_discards_its_tangents(torch, observe):
    forward_ad = torch.autograd.forward_ad
    with forward_ad.dual_level():
        x = forward_ad.make_dual(torch.tensor([1.0]), torch.tensor([10.0]))
        y = x * 3
        kept = forward_ad.unpack_dual(y).tangent
    observe("the tangent outside", forward_ad.unpack_dual(y).tangent, documented=None)
    observe("the value is still there", y, documented=[3.0])
    observe("a tangent unpacked inside is still there", kept, documented=[30.0])
    with forward_ad.dual_level():
        observe("in a new level", forward_ad.unpack_dual(y).tangent, documented=None)


@scenario("FWD-04/exception", needs=["FWD-04"])
def a_level_is_left_after_an_exception(torch, observe):
    forward_ad = torch.autograd.forward_ad
    with observe.raises("the block", KeyError):
        with forward_ad.dual_level():
            raise KeyError("in the block")
    with forward_ad.dual_level():
        x = forward_ad.make_dual(torch.tensor([1.0]), torch.tensor([10.0]))
        observe("a new level works", forward_ad.unpack_dual(x * 2).tangent, documented=[20.0])


@scenario("FWD-04/by-hand", needs=["FWD-04"])
def a_level_may_be_entered_and_left_by_hand(torch, observe):
    forward_ad = torch.autograd.forward_ad
    forward_ad.enter_dual_level()
    try:
        x = forward_ad.make_dual(torch.tensor([1.0]), torch.tensor([10.0]))
        observe("inside", forward_ad.unpack_dual(x * 2).tangent, documented=[20.0])
    finally:
        forward_ad.exit_dual_level()
    observe("outside", forward_ad.unpack_dual(x).tangent, documented=None)
    with observe.raises("leaving once more", RuntimeError, saying="level"):
        forward_ad.exit_dual_level()


@scenario("FWD-05", needs=["FWD-03"])
def nested_levels_are_not_supported(torch, observe):
    forward_ad = torch.autograd.forward_ad
    with forward_ad.dual_level():
        with observe.raises("an inner level", RuntimeError, saying="nested"):
            with forward_ad.dual_level():
                pass
        x = forward_ad.make_dual(torch.tensor([1.0]), torch.tensor([10.0]))
        observe("the outer level goes on", forward_ad.unpack_dual(x * 2).tangent, documented=[20.0])


@scenario("FWD-05/dual-of-a-dual", needs=["FWD-05"])
def making_a_dual_of_a_dual_at_the_same_level_is_refused(torch, observe):
    forward_ad = torch.autograd.forward_ad
    with forward_ad.dual_level():
        x = forward_ad.make_dual(torch.tensor([1.0]), torch.tensor([10.0]))
        with observe.raises("make_dual of a dual tensor", RuntimeError, saying="level"):
            forward_ad.make_dual(x, torch.tensor([5.0]))


@scenario("FWD-06", needs=["FWD-02"])
def a_tangent_must_match_its_primal(torch, observe):
    forward_ad = torch.autograd.forward_ad
    with forward_ad.dual_level():
        with observe.raises("a tangent of another shape", RuntimeError, saying="size"):
            forward_ad.make_dual(torch.tensor([1.0, 2.0]), torch.tensor([1.0, 2.0, 3.0]))
        with observe.raises("an integer primal", ValueError, saying="floating point"):
            forward_ad.make_dual(torch.tensor([1, 2]), torch.tensor([1.0, 2.0]))
        with observe.raises("an integer tangent", ValueError, saying="floating point"):
            forward_ad.make_dual(torch.tensor([1.0, 2.0]), torch.tensor([1, 2]))


@scenario("FWD-06/dtype", needs=["FWD-06"], dtypes=["float32"])
def a_tangent_of_another_float_dtype_is_accepted_and_keeps_its_dtype(torch, observe):
    forward_ad = torch.autograd.forward_ad
    with forward_ad.dual_level():
        dual = forward_ad.make_dual(torch.tensor([1.0]), torch.tensor([10.0], dtype=torch.float64))
        observe("the tangent", forward_ad.unpack_dual(dual).tangent)


@scenario("FWD-07", needs=["FWD-03"])
def detach_drops_the_tangent(torch, observe):
    forward_ad = torch.autograd.forward_ad
    with forward_ad.dual_level():
        x = forward_ad.make_dual(torch.tensor([1.0]), torch.tensor([10.0]))
        observe("of the detached tensor", forward_ad.unpack_dual(x.detach()).tangent, documented=None)
        observe("of the tensor itself", forward_ad.unpack_dual(x).tangent, documented=[10.0])
        observe("of a clone", forward_ad.unpack_dual(x.clone()).tangent, documented=[10.0])


@scenario("FWD-08", needs=["FWD-03"])
def the_tangent_is_differentiable_by_reverse_mode(torch, observe):
    forward_ad = torch.autograd.forward_ad
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    with forward_ad.dual_level():
        dual = forward_ad.make_dual(x, torch.tensor([10.0, 1.0]))
        _, tangent = forward_ad.unpack_dual(dual**3)
        observe("the tangent", tangent, documented=[30.0, 12.0])
        (by_x,) = torch.autograd.grad(tangent.sum(), x)
        observe("its derivative: a Hessian-vector product", by_x, documented=[60.0, 12.0])


@scenario("FWD-08/by-the-tangent", needs=["FWD-08"])
def the_tangent_is_differentiable_by_the_tangent_put_in(torch, observe):
    forward_ad = torch.autograd.forward_ad
    v = torch.tensor([10.0, 1.0], requires_grad=True)
    with forward_ad.dual_level():
        dual = forward_ad.make_dual(torch.tensor([1.0, 2.0]), v)
        tangent = forward_ad.unpack_dual(dual**3).tangent
        (by_v,) = torch.autograd.grad(tangent.sum(), v)
    observe("the derivative: a vector-Jacobian product", by_v, documented=[3.0, 12.0])


@scenario("FWD-08/reverse-over-forward", needs=["FWD-08"])
def a_gradient_carries_a_tangent(torch, observe):
    forward_ad = torch.autograd.forward_ad
    with forward_ad.dual_level():
        x = torch.tensor([1.0, 2.0], requires_grad=True)
        dual = forward_ad.make_dual(x, torch.tensor([10.0, 1.0]))
        (grad,) = torch.autograd.grad((dual**3).sum(), dual, create_graph=True)
        primal, tangent = forward_ad.unpack_dual(grad)
    observe("the gradient", primal, documented=[3.0, 12.0])
    observe("its tangent: a Hessian-vector product", tangent, documented=[60.0, 12.0])


@scenario("FWD-09", needs=["FWD-03"])
def in_place_operations_update_the_tangent(torch, observe):
    forward_ad = torch.autograd.forward_ad
    with forward_ad.dual_level():
        x = forward_ad.make_dual(torch.tensor([1.0, 2.0]), torch.tensor([10.0, 1.0]))
        y = x.clone()
        y.mul_(3.0)
        observe("after mul_", forward_ad.unpack_dual(y).tangent, documented=[30.0, 3.0])
        y.add_(x)
        observe("after add_ of another dual", forward_ad.unpack_dual(y).tangent, documented=[40.0, 4.0])
        y.zero_()
        observe("after zero_", forward_ad.unpack_dual(y).tangent, documented=[0.0, 0.0])


@scenario("FWD-09/into-a-constant", needs=["FWD-09"])
def a_dual_written_into_a_constant_makes_it_dual(torch, observe):
    forward_ad = torch.autograd.forward_ad
    with forward_ad.dual_level():
        x = forward_ad.make_dual(torch.tensor([1.0, 2.0]), torch.tensor([10.0, 1.0]))
        y = torch.zeros(2)
        y.add_(x)
        observe("after add_", forward_ad.unpack_dual(y).tangent, documented=[10.0, 1.0])
        z = torch.zeros(2)
        z.copy_(x)
        observe("after copy_", forward_ad.unpack_dual(z).tangent, documented=[10.0, 1.0])


@scenario("FWD-09/through-a-view", needs=["FWD-09"])
def a_change_of_a_view_updates_the_tangent_of_its_base(torch, observe):
    forward_ad = torch.autograd.forward_ad
    with forward_ad.dual_level():
        x = forward_ad.make_dual(torch.tensor([1.0, 2.0]), torch.tensor([10.0, 1.0]))
        y = x.clone()
        y[0:1].mul_(5.0)
        observe("the base's", forward_ad.unpack_dual(y).tangent, documented=[50.0, 1.0])
        view = y[1:2]
        y.mul_(2.0)
        observe("the view's, after a change of the base", forward_ad.unpack_dual(view).tangent, documented=[2.0])
        base = torch.zeros(3)
        base[1:3] = x
        observe(
            "a base into which a dual was written", forward_ad.unpack_dual(base).tangent, documented=[0.0, 10.0, 1.0]
        )


@scenario("FWD-10", needs=["FWD-02"])
def a_dual_tensor_is_a_view_of_its_primal(torch, observe):
    forward_ad = torch.autograd.forward_ad
    primal = torch.tensor([1.0, 2.0])
    with forward_ad.dual_level():
        dual = forward_ad.make_dual(primal, torch.tensor([10.0, 1.0]))
        observe("it is the primal itself", dual is primal, documented=False)
        observe("the primal carries a tangent", forward_ad.unpack_dual(primal).tangent, documented=None)
        primal.add_(1.0)
        observe("it shows a change of the primal", forward_ad.unpack_dual(dual).primal, documented=[2.0, 3.0])


@scenario("FWD-11", needs=["FWD-03"])
def inference_mode_switches_forward_mode_off(torch, observe):
    forward_ad = torch.autograd.forward_ad
    with forward_ad.dual_level():
        x = forward_ad.make_dual(torch.tensor([1.0]), torch.tensor([10.0]))
        with torch.inference_mode():
            observe("in inference mode", forward_ad.unpack_dual(x * 2).tangent)
        observe("outside it", forward_ad.unpack_dual(x * 2).tangent, documented=[20.0])


@scenario("FWD-02/keywords", needs=["FWD-02"])
def the_level_is_given_by_its_name(torch, observe):
    forward_ad = torch.autograd.forward_ad
    x, t = torch.tensor([1.0, 2.0]), torch.tensor([10.0, 20.0])
    with forward_ad.dual_level():
        dual = forward_ad.make_dual(tensor=x, tangent=t, level=0)
        observe("the tangent", forward_ad.unpack_dual(tensor=dual, level=0).tangent, documented=[10.0, 20.0])
        with observe.raises("a dual with the level in its place", TypeError):
            forward_ad.make_dual(x, t, 0)
        with observe.raises("its parts with the level in its place", TypeError):
            forward_ad.unpack_dual(dual, 0)
