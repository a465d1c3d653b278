"""Hooks on modules: around the forward, and around the backward."""

from conformance.scenario import scenario


def scaling_module(torch, factor=3.0):
    """A module that multiplies its input by a parameter."""

    class Scale(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = torch.nn.Parameter(torch.tensor([factor]))

        def forward(self, x):
            return x * self.weight

    return Scale()


@scenario("HKS-23")
def a_full_backward_hook_receives_the_gradients_around_its_module(torch, observe):
    module = scaling_module(torch)
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    seen = []

    def look(hooked, grad_input, grad_output):
        seen.append([hooked is module, [g.clone() for g in grad_input], [g.clone() for g in grad_output]])

    module.register_full_backward_hook(look)
    (module(x) * 5).sum().backward()
    observe("the module itself", seen[0][0], documented=True)
    observe("the gradients of its inputs", seen[0][1], documented=[[15.0, 15.0]])
    observe("the gradients of its outputs", seen[0][2], documented=[[5.0, 5.0]])
    observe("the number of calls", len(seen), documented=1)
    observe("the input's gradient", x.grad, documented=[15.0, 15.0])
    observe("the parameter's gradient", module.weight.grad, documented=[15.0])


@scenario("HKS-23/replaces", needs=["HKS-23"])
def a_full_backward_hook_may_replace_the_gradient_of_the_input(torch, observe):
    module = scaling_module(torch)
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    module.register_full_backward_hook(lambda module, grad_input, grad_output: (grad_input[0] * 2,))
    module(x).sum().backward()
    observe("the input's gradient", x.grad, documented=[6.0, 6.0])
    observe("the parameter's gradient is not touched", module.weight.grad, documented=[3.0])


@scenario("HKS-23/frozen-input", needs=["HKS-23"])
def with_an_input_that_needs_no_gradient_the_hook_receives_none_for_it(torch, observe):
    module = scaling_module(torch)
    seen = []
    module.register_full_backward_hook(lambda module, grad_input, grad_output: seen.append(list(grad_input)))
    module(torch.tensor([1.0, 2.0])).sum().backward()
    observe("the gradients of its inputs", seen, documented=[[None]])
    observe("the parameter's gradient", module.weight.grad, documented=[3.0])


@scenario("HKS-23/several", needs=["HKS-23/replaces"])
def full_backward_hooks_see_earlier_replacements(torch, observe):
    module = scaling_module(torch)
    x = torch.tensor([1.0], requires_grad=True)
    seen = []
    module.register_full_backward_hook(lambda module, grad_input, grad_output: (grad_input[0] + 1,))
    module.register_full_backward_hook(lambda module, grad_input, grad_output: seen.append(grad_input[0].item()))
    module(x).sum().backward()
    observe("the second hook received", seen, documented=[4.0])
    observe("the input's gradient", x.grad, documented=[4.0])


@scenario("HKS-23/removed", needs=["HKS-23"])
def a_full_backward_hook_can_be_removed(torch, observe):
    module = scaling_module(torch)
    x = torch.tensor([1.0], requires_grad=True)
    handle = module.register_full_backward_hook(lambda module, grad_input, grad_output: (grad_input[0] * 2,))
    handle.remove()
    module(x).sum().backward()
    observe("the input's gradient", x.grad, documented=[3.0])


@scenario("HKS-23/order", needs=["HKS-23"])
def full_backward_hooks_of_a_chain_run_from_the_last_module_to_the_first(torch, observe):
    first, second = scaling_module(torch), scaling_module(torch)
    log = []
    first.register_full_backward_hook(lambda module, grad_input, grad_output: log.append("first"))
    second.register_full_backward_hook(lambda module, grad_input, grad_output: log.append("second"))
    x = torch.tensor([1.0], requires_grad=True)
    second(first(x)).sum().backward()
    observe("the order", log, documented=["second", "first"])


@scenario("HKS-24", needs=["HKS-23"])
def a_full_backward_prehook_may_replace_the_gradient_of_the_output(torch, observe):
    module = scaling_module(torch)
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    seen = []

    def triple(module, grad_output):
        seen.append([g.clone() for g in grad_output])
        return (grad_output[0] * 3,)

    module.register_full_backward_pre_hook(triple)
    module(x).sum().backward()
    observe("what it received", seen, documented=[[[1.0, 1.0]]])
    observe("the input's gradient", x.grad, documented=[9.0, 9.0])
    observe("the parameter's gradient", module.weight.grad, documented=[9.0])


@scenario("HKS-24/before-the-hook", needs=["HKS-24"])
def the_prehook_runs_before_the_hook_which_sees_its_replacement(torch, observe):
    module = scaling_module(torch)
    x = torch.tensor([1.0], requires_grad=True)
    log = []

    def after(module, grad_input, grad_output):
        log.append(["hook", grad_input[0].item(), grad_output[0].item()])

    def before(module, grad_output):
        log.append(["prehook", grad_output[0].item()])
        return (grad_output[0] * 10,)

    module.register_full_backward_hook(after)
    module.register_full_backward_pre_hook(before)
    module(x).sum().backward()
    observe("the calls", log, documented=[["prehook", 1.0], ["hook", 30.0, 10.0]])


@scenario("HKS-25", needs=["HKS-23"])
def the_output_of_a_module_with_full_backward_hooks_may_not_be_changed_in_place(torch, observe):
    module = scaling_module(torch)
    module.register_full_backward_hook(lambda module, grad_input, grad_output: None)
    x = torch.tensor([1.0], requires_grad=True)
    y = module(x)
    with observe.raises("changing the output", RuntimeError, saying="inplace"):
        y.add_(1.0)


@scenario("HKS-25/input", needs=["HKS-25"])
def the_input_of_a_module_with_full_backward_hooks_may_not_be_changed_in_place(torch, observe):
    class Change(torch.nn.Module):
        def forward(self, x):
            x.add_(1.0)
            return x * 2

    module = Change()
    x = torch.tensor([1.0], requires_grad=True)
    observe("without a hook", module(x * 1), documented=[4.0])
    module.register_full_backward_hook(lambda module, grad_input, grad_output: None)
    with observe.raises("with a hook", RuntimeError, saying="inplace"):
        module(x * 1)


@scenario("HKS-26")
def a_forward_hook_may_replace_the_output_and_a_prehook_the_input(torch, observe):
    module = scaling_module(torch)
    log = []

    def before(module, args):
        log.append(["prehook", args[0].item()])
        return (args[0] + 10,)

    def after(module, args, output):
        log.append(["hook", args[0].item(), output.item()])
        return output * 100

    module.register_forward_pre_hook(before)
    module.register_forward_hook(after)
    x = torch.tensor([1.0], requires_grad=True)
    y = module(x)
    observe("the calls", log, documented=[["prehook", 1.0], ["hook", 11.0, 33.0]])
    observe("the output", y, documented=[3300.0])
    y.sum().backward()
    observe("the input's gradient", x.grad, documented=[300.0])
    observe("the parameter's gradient", module.weight.grad, documented=[1100.0])


@scenario("HKS-26/none", needs=["HKS-26"])
def forward_hooks_that_return_none_change_nothing(torch, observe):
    module = scaling_module(torch)
    module.register_forward_pre_hook(lambda module, args: None)
    module.register_forward_hook(lambda module, args, output: None)
    observe("the output", module(torch.tensor([1.0])), documented=[3.0])


@scenario("HKS-26/order", needs=["HKS-26"])
def forward_hooks_run_in_order_of_registration_unless_prepended(torch, observe):
    module = scaling_module(torch)
    log = []
    module.register_forward_hook(lambda module, args, output: log.append("first"))
    module.register_forward_hook(lambda module, args, output: log.append("second"))
    module.register_forward_hook(lambda module, args, output: log.append("prepended"), prepend=True)
    module(torch.tensor([1.0]))
    observe("the order", log, documented=["prepended", "first", "second"])


@scenario("HKS-26/keywords", needs=["HKS-26"])
def forward_hooks_may_receive_keyword_arguments(torch, observe):
    class Scale(torch.nn.Module):
        def forward(self, x, by=1.0):
            return x * by

    module = Scale()
    seen = []
    module.register_forward_pre_hook(lambda module, args, kwargs: (args, {"by": kwargs["by"] * 10}), with_kwargs=True)
    module.register_forward_hook(lambda module, args, kwargs, output: seen.append(kwargs["by"]), with_kwargs=True)
    observe("the output", module(torch.tensor([1.0]), by=2.0), documented=[20.0])
    observe("the hook received", seen, documented=[20.0])


@scenario("HKS-26/removed", needs=["HKS-26"])
def forward_hooks_can_be_removed(torch, observe):
    module = scaling_module(torch)
    handles = [
        module.register_forward_pre_hook(lambda module, args: (args[0] + 10,)),
        module.register_forward_hook(lambda module, args, output: output * 100),
    ]
    for handle in handles:
        handle.remove()
    observe("the output", module(torch.tensor([1.0])), documented=[3.0])


@scenario("HKS-26/only-through-call", needs=["HKS-26"])
def calling_forward_directly_passes_the_hooks_by(torch, observe):
    module = scaling_module(torch)
    module.register_forward_hook(lambda module, args, output: output * 100)
    observe("module(x)", module(torch.tensor([1.0])), documented=[300.0])
    observe("module.forward(x)", module.forward(torch.tensor([1.0])), documented=[3.0])


@scenario("HKS-26/always-call", needs=["HKS-26"])
def a_forward_hook_with_always_call_runs_even_when_the_forward_fails(torch, observe):
    class Fail(torch.nn.Module):
        def forward(self, x):
            raise KeyError("in the forward")

    module = Fail()
    log = []
    module.register_forward_hook(lambda module, args, output: log.append("plain"))
    module.register_forward_hook(lambda module, args, output: log.append("always"), always_call=True)
    with observe.raises("the call", KeyError, saying="in the forward"):
        module(torch.tensor([1.0]))
    observe("what ran", log, documented=["always"])


@scenario("HKS-31", needs=["HKS-26"])
def global_module_hooks_run_for_every_module_before_its_own(torch, observe):
    module = scaling_module(torch)
    log = []
    module.register_forward_hook(lambda module, args, output: log.append("own"))
    handle = torch.nn.modules.module.register_module_forward_hook(
        lambda module, args, output: log.append("global"),
    )
    try:
        module(torch.tensor([1.0]))
    finally:
        handle.remove()
    module(torch.tensor([1.0]))
    observe("the order, then without the global hook", log, documented=["global", "own", "own"])
