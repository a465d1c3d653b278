"""torch.utils.checkpoint: intermediates are dropped in the forward and computed again in the backward."""

import gc
import weakref

from conformance.scenario import scenario

VARIANTS = {"non-reentrant": False, "reentrant": True}


@scenario("MOD-26", cases=VARIANTS)
def checkpoint_gives_the_same_value_and_gradients_as_the_plain_call(torch, observe, use_reentrant):
    w = torch.tensor([2.0, 3.0], requires_grad=True)
    x = torch.tensor([1.0, 4.0], requires_grad=True)

    def block(x):
        return (x * w) * (x * w)

    y = torch.utils.checkpoint.checkpoint(block, x, use_reentrant=use_reentrant)
    observe("the value", y, documented=[4.0, 144.0])
    observe("it requires grad", y.requires_grad, documented=True)
    y.sum().backward()
    observe("the input's gradient", x.grad, documented=[8.0, 72.0])
    observe("the parameter's gradient", w.grad, documented=[4.0, 96.0])


@scenario("MOD-26/recomputes", cases=VARIANTS, needs=["MOD-26/non-reentrant"])
def the_function_runs_again_in_backward(torch, observe, use_reentrant):
    x = torch.tensor([1.0, 4.0], requires_grad=True)
    calls = []

    def block(x):
        calls.append(torch.is_grad_enabled())
        return x * x

    y = torch.utils.checkpoint.checkpoint(block, x, use_reentrant=use_reentrant)
    observe("the calls in the forward", len(calls), documented=1)
    y.sum().backward()
    observe("the calls after backward", len(calls), documented=2)
    observe("the grad mode in the forward and in the recomputation", calls)
    observe("the gradient", x.grad, documented=[2.0, 8.0])


@scenario("MOD-26/frees", cases=VARIANTS, needs=["MOD-26/non-reentrant"])
def an_intermediate_is_not_kept_between_forward_and_backward(torch, observe, use_reentrant):
    x = torch.tensor([1.0, 4.0], requires_grad=True)
    intermediates = []

    def block(x):
        intermediate = x * 3
        intermediates.append(weakref.ref(intermediate))
        return intermediate * intermediate

    kept = block(x)
    gc.collect(1)
    plain = intermediates[-1]() is not None
    y = torch.utils.checkpoint.checkpoint(block, x, use_reentrant=use_reentrant)
    gc.collect(1)
    observe("a plain call keeps the intermediate", plain)
    observe("the checkpointed call keeps it", intermediates[-1]() is not None)
    (y + kept).sum().backward()
    observe("the gradient", x.grad, documented=[36.0, 144.0])


@scenario("MOD-26/retained", cases=VARIANTS, needs=["MOD-26/recomputes/non-reentrant"])
def a_retained_graph_recomputes_for_every_backward(torch, observe, use_reentrant):
    x = torch.tensor([1.0, 4.0], requires_grad=True)
    calls = []

    def block(x):
        calls.append("call")
        return x * x

    loss = torch.utils.checkpoint.checkpoint(block, x, use_reentrant=use_reentrant).sum()
    loss.backward(retain_graph=True)
    loss.backward()
    observe("the calls", len(calls), documented=3)
    observe("the gradient", x.grad, documented=[4.0, 16.0])


@scenario("MOD-26/second-backward", needs=["MOD-26/non-reentrant"])
def a_second_backward_without_retain_graph_fails(torch, observe):
    x = torch.tensor([1.0, 4.0], requires_grad=True)
    loss = torch.utils.checkpoint.checkpoint(lambda x: x * x, x, use_reentrant=False).sum()
    loss.backward()
    with observe.raises("the second backward"):
        loss.backward()
    observe("the gradient", x.grad, documented=[2.0, 8.0])


@scenario("MOD-26/nested", needs=["MOD-26/non-reentrant"])
def checkpoints_may_be_nested(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)

    def inner(x):
        return x * x

    def outer(x):
        return torch.utils.checkpoint.checkpoint(inner, x * 3, use_reentrant=False) * x

    y = torch.utils.checkpoint.checkpoint(outer, x, use_reentrant=False)
    observe("the value", y, documented=[9.0, 72.0])
    y.sum().backward()
    observe("the gradient", x.grad, documented=[27.0, 108.0])


@scenario("MOD-26/arguments", needs=["MOD-26/non-reentrant"])
def checkpoint_passes_keywords_and_nested_structures(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    w = torch.tensor([3.0, 4.0], requires_grad=True)

    def block(x, options, *, power):
        return (x * options["w"]) ** power, options["name"]

    y, name = torch.utils.checkpoint.checkpoint(block, x, {"w": w, "name": "block"}, power=2, use_reentrant=False)
    observe("the value", y, documented=[9.0, 64.0])
    observe("a result that is no tensor", name, documented="block")
    y.sum().backward()
    observe("the input's gradient", x.grad, documented=[18.0, 64.0])
    observe("the gradient of a tensor inside a dict", w.grad, documented=[6.0, 32.0])


@scenario("MOD-26/frozen-input", cases=VARIANTS, needs=["MOD-26/non-reentrant"])
def only_the_non_reentrant_variant_reaches_parameters_when_no_input_requires_grad(torch, observe, use_reentrant):
    w = torch.tensor([2.0, 3.0], requires_grad=True)
    x = torch.tensor([1.0, 4.0])
    with observe.warns("the call", saying="requires_grad"):
        y = torch.utils.checkpoint.checkpoint(lambda x: x * w, x, use_reentrant=use_reentrant)
    observe("the output requires grad", y.requires_grad, documented=not use_reentrant)


@scenario("MOD-26/autograd-grad", cases=VARIANTS, needs=["MOD-26/non-reentrant"])
def only_the_non_reentrant_variant_supports_autograd_grad(torch, observe, use_reentrant):
    x = torch.tensor([1.0, 4.0], requires_grad=True)
    y = torch.utils.checkpoint.checkpoint(lambda x: x * x, x, use_reentrant=use_reentrant)
    if use_reentrant:
        with observe.raises("autograd.grad", RuntimeError, saying=".grad()"):
            torch.autograd.grad(y.sum(), x)
    else:
        observe("autograd.grad", torch.autograd.grad(y.sum(), x)[0], documented=[2.0, 8.0])


@scenario("MOD-26/double-backward", needs=["MOD-26/autograd-grad/non-reentrant"])
def the_non_reentrant_variant_is_differentiable_twice(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = torch.utils.checkpoint.checkpoint(lambda x: x * x * x, x, use_reentrant=False)
    (first,) = torch.autograd.grad(y.sum(), x, create_graph=True)
    observe("first derivative", first, documented=[3.0, 12.0])
    (second,) = torch.autograd.grad(first.sum(), x)
    observe("second derivative", second, documented=[6.0, 12.0])


@scenario("MOD-26/random", cases=VARIANTS, needs=["MOD-26/non-reentrant"])
def the_recomputation_draws_the_same_random_numbers(torch, observe, use_reentrant):
    x = torch.ones(64, requires_grad=True)
    y = torch.utils.checkpoint.checkpoint(
        lambda x: torch.nn.functional.dropout(x, 0.5) * x, x, use_reentrant=use_reentrant
    )
    kept = (y != 0).tolist()
    torch.nn.functional.dropout(torch.ones(8), 0.5)
    y.sum().backward()
    observe("something was dropped and something kept", any(kept) and not all(kept), documented=True)
    observe("the gradient is zero just where the value was dropped", (x.grad != 0).tolist() == kept, documented=True)


@scenario("MOD-26/under-no-grad", cases=VARIANTS, needs=["MOD-26/non-reentrant"])
def under_no_grad_checkpoint_is_a_plain_call(torch, observe, use_reentrant):
    x = torch.tensor([1.0, 4.0], requires_grad=True)
    with torch.no_grad():
        y = torch.utils.checkpoint.checkpoint(lambda x: x * x, x, use_reentrant=use_reentrant)
    observe("the value", y, documented=[1.0, 16.0])
    observe("it requires grad", y.requires_grad, documented=False)


@scenario("MOD-26/failing-function", cases=VARIANTS, needs=["MOD-26/non-reentrant"])
def an_exception_in_the_recomputation_leaves_backward(torch, observe, use_reentrant):
    x = torch.tensor([1.0, 4.0], requires_grad=True)
    calls = []

    def block(x):
        calls.append("call")
        if len(calls) == 2:
            raise KeyError("in the recomputation")
        return x * x

    loss = torch.utils.checkpoint.checkpoint(block, x, use_reentrant=use_reentrant).sum()
    with observe.raises("backward", KeyError, saying="in the recomputation"):
        loss.backward()
    observe("the gradient", x.grad, documented=None)
    (x * 2).sum().backward()
    observe("another backward works afterwards", x.grad, documented=[2.0, 2.0])


@scenario("MOD-26/determinism-check", needs=["MOD-26/non-reentrant"])
def a_recomputation_that_saves_other_tensors_is_an_error(torch, observe):
    x = torch.tensor([1.0, 4.0], requires_grad=True)
    calls = []

    def block(x):
        calls.append("call")
        return x.exp().sin() if len(calls) == 1 else x * 1

    loss = torch.utils.checkpoint.checkpoint(block, x, use_reentrant=False).sum()
    with observe.raises("backward", RuntimeError, saying="different number of tensors"):
        loss.backward()


@scenario("MOD-26/differing-recomputation", needs=["MOD-26/non-reentrant"])
def a_recomputation_that_differs_silently_changes_the_gradient(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    factors = [torch.tensor(3.0), torch.tensor(100.0)]
    y = torch.utils.checkpoint.checkpoint(lambda x: x * factors[0], x, use_reentrant=False)
    factors.reverse()
    y.sum().backward()
    observe("the value is that of the forward", y, documented=[3.0, 6.0])
    observe("the gradient is that of the recomputation", x.grad, documented=[100.0, 100.0])


@scenario("MOD-26/hooks", needs=["MOD-26/non-reentrant", "HKS-01"])
def hooks_on_the_input_see_one_gradient(torch, observe):
    x = torch.tensor([1.0, 4.0], requires_grad=True)
    seen = []
    h = x * 1
    h.register_hook(lambda grad: seen.append(grad.tolist()))
    torch.utils.checkpoint.checkpoint(lambda h: h * h, h, use_reentrant=False).sum().backward()
    observe("the gradients the hook saw", seen, documented=[[2.0, 8.0]])


@scenario("MOD-30", needs=["MOD-26/non-reentrant"])
def checkpoint_sequential_gives_the_plain_gradients(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    calls = []

    def step(x):
        calls.append("call")
        return x * x

    y = torch.utils.checkpoint.checkpoint_sequential([step, step, step], 2, x, use_reentrant=False)
    observe("the value", y, documented=[1.0, 256.0])
    y.sum().backward()
    observe("the gradient", x.grad, documented=[8.0, 1024.0])
    observe("the calls: each once, and again those of all segments but the last", len(calls))


@scenario("MOD-31", needs=["MOD-26/non-reentrant"])
def leaving_out_use_reentrant(torch, observe):
    x = torch.tensor([1.0, 4.0], requires_grad=True)
    with observe.warns("the call", saying="use_reentrant"):
        y = torch.utils.checkpoint.checkpoint(lambda x: x * x, x)
    y.sum().backward()
    observe("the gradient", x.grad, documented=[2.0, 8.0])


@scenario("MOD-32", needs=["MOD-26/recomputes/non-reentrant"])
def the_recomputation_stops_early_unless_told_otherwise(torch, observe):
    reached = []

    def block(x):
        y = x * x
        reached.append("end")
        return y + 1

    for early in (True, False):
        reached.clear()
        x = torch.tensor([1.0, 4.0], requires_grad=True)
        with torch.utils.checkpoint.set_checkpoint_early_stop(early):
            y = torch.utils.checkpoint.checkpoint(block, x, use_reentrant=False)
        y.sum().backward()
        observe(f"how often the end was reached, early stop {early}", len(reached), documented=1 if early else 2)
        observe(f"the gradient, early stop {early}", x.grad, documented=[2.0, 8.0])


@scenario("MOD-33", needs=["MOD-26/recomputes/non-reentrant"])
def context_fn_gives_a_context_for_the_forward_and_one_for_the_recomputation(torch, observe):
    x = torch.tensor([1.0, 4.0], requires_grad=True)
    log = []

    class Entered:
        def __init__(self, name):
            self.name = name

        def __enter__(self):
            log.append(self.name)

        def __exit__(self, *error):
            pass

    def contexts():
        return Entered("forward"), Entered("recomputation")

    y = torch.utils.checkpoint.checkpoint(lambda x: x * x, x, use_reentrant=False, context_fn=contexts)
    observe("entered in the forward", list(log), documented=["forward"])
    y.sum().backward()
    observe("entered after backward", log, documented=["forward", "recomputation"])
    observe("the gradient", x.grad, documented=[2.0, 8.0])
