"""Faults in optimizers: the rules of SGD, which parameters are updated, schedulers, clipping."""

from __future__ import annotations

from tests.faults import fault, wrap


def _sgd(torch, change):
    """Change what SGD's rule is made from: the group's options, and whether the state is new."""

    def rule(original, optimizer, group, state):
        return change(lambda **options: original(optimizer, {**group, **options}, state), group, state)

    wrap(torch.optim.SGD, "rule", rule)


@fault("ALG-03/dampening", "ALG-36/momentum-dampening")
def momentum_starts_at_zero(torch):
    """So the first buffer is dampened."""

    def change(make, group, state):
        update, first = make(), state.new

        def zero_first(p, g, b=None):
            if first and b is not None:
                g = g * (1 - group["dampening"])
            update(p, g, b)

        return zero_first

    _sgd(torch, change)


@fault("ALG-02/before-momentum")
def weight_decay_after_momentum(torch):
    def change(make, group, state):
        update = make(weight_decay=0)

        def decay_last(p, g, b=None):
            decay = group["lr"] * group["weight_decay"] * p
            update(p, g, b)
            p -= decay

        return decay_last

    _sgd(torch, change)


@fault("ALG-03/dampening")
def dampening_is_ignored(torch):
    _sgd(torch, lambda make, group, state: make(dampening=0))


@fault("ALG-04")
def nesterov_is_ignored(torch):
    _sgd(torch, lambda make, group, state: make(nesterov=False))


@fault("ALG-05")
def maximize_is_ignored(torch):
    _sgd(torch, lambda make, group, state: make(maximize=False))


@fault("OPT-06")
def every_group_has_the_first_ones_lr(torch):
    def first_lr(original, optimizer, group, state):
        return original(optimizer, {**group, "lr": optimizer.param_groups[0]["lr"]}, state)

    wrap(torch.optim.SGD, "rule", first_lr)


@fault("OPT-03", "ZER-17")
def a_parameter_without_gradient_is_decayed(torch):
    def with_zeros(original, optimizer, closure=None):
        parameters = [p for group in optimizer.param_groups for p in group["params"] if p.grad is None]
        for parameter in parameters:
            parameter.grad = torch.zeros_like(parameter)
        result = original(optimizer, closure)
        for parameter in parameters:
            parameter.grad = None
        return result

    wrap(torch.optim.SGD, "step", with_zeros)


@fault("ZER-17")
def a_zero_gradient_counts_as_none(torch):
    def without_zeros(original, optimizer, closure=None):
        zero = [p for g in optimizer.param_groups for p in g["params"] if p.grad is not None and not p.grad.any()]
        kept = [parameter.grad for parameter in zero]
        for parameter in zero:
            parameter.grad = None
        result = original(optimizer, closure)
        for parameter, gradient in zip(zero, kept, strict=True):
            parameter.grad = gradient
        return result

    wrap(torch.optim.SGD, "step", without_zeros)


@fault("ZER-20")
def step_zeroes_the_gradients(torch):
    def and_zero(original, optimizer, closure=None):
        result = original(optimizer, closure)
        optimizer.zero_grad()
        return result

    wrap(torch.optim.SGD, "step", and_zero)


@fault("OPT-20/sgd-nesterov-without-momentum")
def nesterov_is_accepted_without_momentum(torch):
    def lenient(original, optimizer, params, lr=1e-3, momentum=0, dampening=0, weight_decay=0, nesterov=False, **more):
        nesterov = nesterov and momentum > 0 and dampening == 0
        return original(optimizer, params, lr, momentum, dampening, weight_decay, nesterov, **more)

    wrap(torch.optim.SGD, "__init__", lenient)


@fault("ALG-07")
def adam_does_not_correct_the_bias(torch):
    from reference.optim import adam

    def late(original, state):
        original(state)
        return 10**6  # so many steps that there is no bias left to correct

    wrap(adam, "next_step", late)


@fault("CLP-01/before-clipping")
def clipping_returns_the_clipped_norm(torch):
    def clipped(original, parameters, max_norm, *arguments, **keywords):
        return original(parameters, max_norm, *arguments, **keywords).clamp(max=max_norm)

    wrap(torch.nn.utils, "clip_grad_norm_", clipped)
