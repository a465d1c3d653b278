"""Faults in what arrives in `.grad`: accumulation, zeroing, shapes, the vector-Jacobian product, hooks."""

from __future__ import annotations

from tests.faults import fault, replace_getter, wrap


@fault("ACC-02")
def overwrites_instead_of_accumulating(torch):
    from reference.autograd import graph as module

    def overwrite(original, leaf, gradient):
        leaf._grad = None
        original(leaf, gradient)

    wrap(module, "accumulate", overwrite)


@fault("ACC-01")
def a_fresh_gradient_is_zeros(torch):
    def zeros(get, tensor):
        gradient = get(tensor)
        if gradient is None and tensor.is_leaf and tensor.requires_grad:
            return torch.zeros_like(tensor)
        return gradient

    replace_getter(torch.Tensor, "grad", zeros)


@fault("ACC-27")
def accumulates_into_a_new_tensor(torch):
    from reference.autograd import graph as module

    def anew(original, leaf, gradient):
        before, leaf._grad = leaf._grad, None
        original(leaf, gradient)
        if before is not None:
            with torch.no_grad():
                leaf._grad = before + leaf._grad

    wrap(module, "accumulate", anew)


@fault("ACC-02/sum-of-losses", "BWD-01")
def counts_only_one_path_of_a_diamond(torch):
    from reference.autograd import backward_pass

    backward_pass.add = lambda a, b: b if a is None else a


@fault("BWD-06", "BWD-01/with-a-gradient")
def ignores_the_gradient_it_is_given(torch):
    def ones(original, tensor, gradient=None, *arguments, **keywords):
        return original(tensor, None if gradient is None else torch.ones_like(gradient), *arguments, **keywords)

    wrap(torch.Tensor, "backward", ones)


@fault("BWD-03")
def implies_ones_where_the_output_is_no_scalar(torch):
    def implied(original, tensor, gradient=None, *arguments, **keywords):
        return original(tensor, torch.ones_like(tensor) if gradient is None else gradient, *arguments, **keywords)

    wrap(torch.Tensor, "backward", implied)


@fault("BWD-07/one-element", "BWD-07/more-elements", "BWD-07/of-a-scalar")
def accepts_a_gradient_of_another_shape(torch):
    def expanded(original, tensor, gradient=None, *arguments, **keywords):
        if gradient is not None and gradient.shape != tensor.shape:
            gradient = torch.ones_like(tensor) * gradient.mean()
        return original(tensor, gradient, *arguments, **keywords)

    wrap(torch.Tensor, "backward", expanded)


@fault("LEG-04")
def accepts_the_old_retain_variables(torch):
    def renamed(original, tensor, *arguments, retain_variables=None, **keywords):
        if retain_variables is not None:
            keywords["retain_graph"] = retain_variables
        return original(tensor, *arguments, **keywords)

    wrap(torch.Tensor, "backward", renamed)


@fault("ZER-01")
def zero_grad_leaves_zeros_by_default(torch):
    def zeroing(original, optimizer, set_to_none=False):
        return original(optimizer, set_to_none)

    wrap(torch.optim.Optimizer, "zero_grad", zeroing)


@fault("ZER-03")
def zero_grad_always_sets_none(torch):
    wrap(torch.optim.Optimizer, "zero_grad", lambda original, optimizer, set_to_none=True: original(optimizer, True))


@fault("LEG-10/as-sgd", "ZER-01")
def zero_grad_leaves_stale_values(torch):
    torch.optim.Optimizer.zero_grad = lambda optimizer, set_to_none=True: None


@fault("HKS-02")
def hooks_cannot_change_the_gradient(torch):
    from reference.autograd import running

    def ignoring(original, hooks, gradient):
        original(hooks, gradient)
        return gradient

    wrap(running, "_run_tensor_hooks", ignoring)


@fault("BRC-02")
def broadcast_gradients_are_averaged(torch):
    from reference.autograd import running

    def average(original, array, shape):
        summed = original(array, shape)
        return summed * (summed.size / array.size)

    wrap(running, "sum_to_shape", average)


@fault("NLG-02")
def retain_grad_does_nothing(torch):
    torch.Tensor.retain_grad = lambda tensor: None


@fault("GRD-01/leaves-grad-alone")
def grad_also_fills_the_leaves(torch):
    def filling(original, outputs, inputs, *arguments, **keywords):
        found = original(outputs, inputs, *arguments, **keywords)
        single = isinstance(inputs, torch.Tensor)
        for tensor, gradient in zip([inputs] if single else inputs, found, strict=True):
            if tensor.is_leaf and gradient is not None:
                tensor.grad = gradient.detach()
        return found

    wrap(torch.autograd, "grad", filling)
