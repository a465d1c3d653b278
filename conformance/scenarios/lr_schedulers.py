"""Learning-rate schedulers: the rates of each, worked out by hand."""

import math

from conformance.scenario import scenario


def rates(torch, schedule, epochs, lr=1.0):
    """The rate in use from construction on and after each epoch, under the scheduler that `schedule` makes."""
    optimizer = torch.optim.SGD([torch.tensor([1.0], requires_grad=True)], lr=lr)
    scheduler = schedule(torch.optim.lr_scheduler, optimizer)
    seen = [optimizer.param_groups[0]["lr"]]
    for _ in range(epochs):
        optimizer.step()
        scheduler.step()
        seen.append(optimizer.param_groups[0]["lr"])
    return seen


@scenario("LRS-01")
def step_lr_multiplies_by_gamma_every_few_epochs(torch, observe):
    seen = rates(torch, lambda lr, optimizer: lr.StepLR(optimizer, 2, gamma=0.5), 6)
    observe("the rates", seen, documented=[1, 1, 0.5, 0.5, 0.25, 0.25, 0.125])


@scenario("LRS-01/default", needs=["LRS-01"])
def the_gamma_of_step_lr_is_a_tenth(torch, observe):
    seen = rates(torch, lambda lr, optimizer: lr.StepLR(optimizer, 3), 6)
    observe("the rates", seen, documented=[1, 1, 1, 0.1, 0.1, 0.1, 0.01], terms=12)


@scenario("LRS-02")
def multi_step_lr_multiplies_at_its_milestones(torch, observe):
    seen = rates(torch, lambda lr, optimizer: lr.MultiStepLR(optimizer, [1, 3], gamma=0.5), 5)
    observe("the rates", seen, documented=[1, 0.5, 0.5, 0.25, 0.25, 0.25])


@scenario("LRS-02/default", needs=["LRS-02"])
def the_gamma_of_multi_step_lr_is_a_tenth(torch, observe):
    seen = rates(torch, lambda lr, optimizer: lr.MultiStepLR(optimizer, [2]), 3)
    observe("the rates", seen, documented=[1, 1, 0.1, 0.1], terms=8)


@scenario("LRS-03", needs=["LRS-02"])
def a_milestone_listed_twice_counts_twice(torch, observe):
    seen = rates(torch, lambda lr, optimizer: lr.MultiStepLR(optimizer, [1, 1], gamma=0.5), 2)
    observe("the rates", seen, documented=[1, 0.25, 0.25])


@scenario("LRS-04")
def exponential_lr_multiplies_every_epoch(torch, observe):
    seen = rates(torch, lambda lr, optimizer: lr.ExponentialLR(optimizer, 0.5), 4)
    observe("the rates", seen, documented=[1, 0.5, 0.25, 0.125, 0.0625])


@scenario("LRS-05")
def constant_lr_uses_its_factor_for_a_while(torch, observe):
    seen = rates(torch, lambda lr, optimizer: lr.ConstantLR(optimizer, factor=0.5, total_iters=2), 4)
    observe("the rates", seen, documented=[0.5, 0.5, 1, 1, 1])


@scenario("LRS-05/default", needs=["LRS-05"])
def constant_lr_is_a_third_for_five_epochs(torch, observe):
    seen = rates(torch, lambda lr, optimizer: lr.ConstantLR(optimizer), 6)
    observe("the rates", seen, documented=[1 / 3] * 5 + [1.0, 1.0], terms=8)


@scenario("LRS-05/bad-factor")
def the_factor_of_constant_lr_lies_between_zero_and_one(torch, observe):
    with observe.raises("a factor of 1.5", ValueError, saying="between 0 and 1"):
        rates(torch, lambda lr, optimizer: lr.ConstantLR(optimizer, factor=1.5), 0)


@scenario("LRS-06")
def linear_lr_ramps_up(torch, observe):
    seen = rates(torch, lambda lr, optimizer: lr.LinearLR(optimizer, start_factor=0.5, total_iters=2), 4)
    observe("the rates", seen, documented=[0.5, 0.75, 1, 1, 1], terms=12)


@scenario("LRS-06/down", needs=["LRS-06"])
def linear_lr_ramps_down(torch, observe):
    seen = rates(
        torch, lambda lr, optimizer: lr.LinearLR(optimizer, start_factor=1.0, end_factor=0.5, total_iters=4), 6, lr=2.0
    )
    observe("the rates", seen, documented=[2, 1.75, 1.5, 1.25, 1, 1, 1], terms=20)


@scenario("LRS-06/default", needs=["LRS-06"])
def linear_lr_ramps_from_a_third_over_five_epochs(torch, observe):
    seen = rates(torch, lambda lr, optimizer: lr.LinearLR(optimizer), 6)
    observe("the rates", seen, documented=[5 / 15, 7 / 15, 9 / 15, 11 / 15, 13 / 15, 1.0, 1.0], terms=24)


@scenario("LRS-06/bad-factor")
def the_factors_of_linear_lr_lie_between_zero_and_one(torch, observe):
    with observe.raises("a start of zero", ValueError, saying="greater than 0"):
        rates(torch, lambda lr, optimizer: lr.LinearLR(optimizer, start_factor=0.0), 0)
    with observe.raises("a start of 1.5", ValueError, saying="less or equal to 1"):
        rates(torch, lambda lr, optimizer: lr.LinearLR(optimizer, start_factor=1.5), 0)
    with observe.raises("an end of 1.5", ValueError, saying="between 0 and 1"):
        rates(torch, lambda lr, optimizer: lr.LinearLR(optimizer, end_factor=1.5), 0)


@scenario("LRS-07")
def polynomial_lr_falls_to_zero(torch, observe):
    seen = rates(torch, lambda lr, optimizer: lr.PolynomialLR(optimizer, total_iters=4, power=2.0), 5)
    observe("the rates", seen, documented=[1, 9 / 16, 4 / 16, 1 / 16, 0, 0], terms=20, scale=1.0)


@scenario("LRS-07/default", needs=["LRS-07"])
def polynomial_lr_is_linear_over_five_epochs(torch, observe):
    seen = rates(torch, lambda lr, optimizer: lr.PolynomialLR(optimizer), 6)
    observe("the rates", seen, documented=[1, 0.8, 0.6, 0.4, 0.2, 0, 0], terms=20, scale=1.0)


@scenario("LRS-08")
def lambda_lr_multiplies_the_initial_rate(torch, observe):
    seen = rates(torch, lambda lr, optimizer: lr.LambdaLR(optimizer, lambda epoch: 1 / 2**epoch), 3, lr=0.5)
    observe("the rates", seen, documented=[0.5, 0.25, 0.125, 0.0625])
    seen = rates(torch, lambda lr, optimizer: lr.LambdaLR(optimizer, lambda epoch: epoch + 2.0), 3, lr=0.5)
    observe("the rates, with a lambda that is not one at the start", seen, documented=[1, 1.5, 2, 2.5])


@scenario("LRS-08/several", needs=["LRS-08"])
def lambda_lr_has_a_lambda_for_each_group(torch, observe):
    groups = [{"params": [torch.tensor([1.0], requires_grad=True)]} for _ in range(2)]
    optimizer = torch.optim.SGD(groups, lr=1.0)
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, [lambda epoch: epoch + 1.0, lambda epoch: 0.5**epoch])
    for _ in range(2):
        optimizer.step()
        scheduler.step()
    observe("the rates after two epochs", scheduler.get_last_lr(), documented=[3.0, 0.25])
    with observe.raises("one lambda in a list for two groups", ValueError, saying="lr_lambda"):
        torch.optim.lr_scheduler.LambdaLR(optimizer, [lambda epoch: 1.0])


@scenario("LRS-09")
def multiplicative_lr_multiplies_the_present_rate(torch, observe):
    seen = rates(torch, lambda lr, optimizer: lr.MultiplicativeLR(optimizer, lambda epoch: 1 / 2**epoch), 3)
    observe("the rates: by 1/2, 1/4 and 1/8", seen, documented=[1, 1 / 2, 1 / 8, 1 / 64])


@scenario("LRS-10")
def cosine_annealing_falls_and_rises(torch, observe):
    seen = rates(torch, lambda lr, optimizer: lr.CosineAnnealingLR(optimizer, T_max=2), 4)
    observe("the rates", seen, documented=[1, 0.5, 0, 0.5, 1], terms=20, scale=1.0)


@scenario("LRS-10/eta-min", needs=["LRS-10"])
def cosine_annealing_ends_at_eta_min(torch, observe):
    seen = rates(torch, lambda lr, optimizer: lr.CosineAnnealingLR(optimizer, T_max=4, eta_min=0.5), 4, lr=2.5)
    documented = [0.5 + 2 * (1 + math.cos(math.pi * t / 4)) / 2 for t in range(5)]
    observe("the rates", seen, documented=documented, terms=32)


@scenario("LRS-11")
def warm_restarts_begin_anew(torch, observe):
    seen = rates(torch, lambda lr, optimizer: lr.CosineAnnealingWarmRestarts(optimizer, T_0=2), 6)
    observe("the rates", seen, documented=[1, 0.5, 1, 0.5, 1, 0.5, 1], terms=8)


@scenario("LRS-11/multiplied", needs=["LRS-11"])
def the_periods_of_warm_restarts_grow(torch, observe):
    seen = rates(torch, lambda lr, optimizer: lr.CosineAnnealingWarmRestarts(optimizer, T_0=2, T_mult=2), 7)
    quarter = (1 + math.cos(math.pi / 4)) / 2
    observe(
        "the rates",
        seen,
        documented=[1, 0.5, 1, quarter, 0.5, 1 - quarter, 1, (1 + math.cos(math.pi / 8)) / 2],
        terms=8,
    )


@scenario("LRS-11/eta-min", needs=["LRS-11"])
def warm_restarts_end_at_eta_min(torch, observe):
    seen = rates(torch, lambda lr, optimizer: lr.CosineAnnealingWarmRestarts(optimizer, T_0=2, eta_min=0.5), 2, lr=2.5)
    observe("the rates", seen, documented=[2.5, 1.5, 2.5], terms=8)


@scenario("LRS-11/fractions", needs=["LRS-11"])
def warm_restarts_may_be_told_a_fraction_of_an_epoch(torch, observe):
    optimizer = torch.optim.SGD([torch.tensor([1.0], requires_grad=True)], lr=1.0)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingWarmRestarts(optimizer, T_0=2)
    optimizer.step()
    seen = []
    for epoch in (0.5, 1.0, 1.5, 2.0, 2.5):
        scheduler.step(epoch)
        seen.append(optimizer.param_groups[0]["lr"])
    quarter = (1 + math.cos(math.pi / 4)) / 2
    observe("the rates", seen, documented=[quarter, 0.5, 1 - quarter, 1, quarter], terms=8)


@scenario("LRS-11/bad-periods")
def the_periods_of_warm_restarts_are_positive_integers(torch, observe):
    for name, options in (("T_0=0", {"T_0": 0}), ("T_0=1.5", {"T_0": 1.5}), ("T_mult=0", {"T_0": 1, "T_mult": 0})):
        with observe.raises(name, ValueError, saying=name.split("=")[0]):
            rates(torch, lambda lr, optimizer, options=options: lr.CosineAnnealingWarmRestarts(optimizer, **options), 0)


@scenario("LRS-14")
def cyclic_lr_goes_up_and_down(torch, observe):
    seen = rates(
        torch,
        lambda lr, optimizer: lr.CyclicLR(optimizer, base_lr=1.0, max_lr=2.0, step_size_up=2, cycle_momentum=False),
        5,
    )
    observe("the rates", seen, documented=[1, 1.5, 2, 1.5, 1, 1.5], terms=8)


@scenario("LRS-14/step-size-down", needs=["LRS-14"])
def cyclic_lr_may_go_down_slower(torch, observe):
    options = {"base_lr": 1.0, "max_lr": 3.0, "step_size_up": 1, "step_size_down": 4, "cycle_momentum": False}
    seen = rates(torch, lambda lr, optimizer: lr.CyclicLR(optimizer, **options), 6)
    observe("the rates", seen, documented=[1, 3, 2.5, 2, 1.5, 1, 3], terms=16)


@scenario("LRS-14/momentum", needs=["LRS-14"])
def cyclic_lr_cycles_momentum_the_other_way(torch, observe):
    optimizer = torch.optim.SGD([torch.tensor([1.0], requires_grad=True)], lr=1.0, momentum=0.5)
    options = {"base_lr": 1.0, "max_lr": 2.0, "step_size_up": 2, "base_momentum": 0.5, "max_momentum": 0.75}
    scheduler = torch.optim.lr_scheduler.CyclicLR(optimizer, **options)
    seen = [optimizer.param_groups[0]["momentum"]]
    for _ in range(4):
        optimizer.step()
        scheduler.step()
        seen.append(optimizer.param_groups[0]["momentum"])
    observe("the momenta", seen, documented=[0.75, 0.625, 0.5, 0.625, 0.75], terms=8)


@scenario("LRS-15", needs=["LRS-14"])
def triangular2_halves_the_amplitude(torch, observe):
    options = {"base_lr": 1.0, "max_lr": 2.0, "step_size_up": 1, "mode": "triangular2", "cycle_momentum": False}
    seen = rates(torch, lambda lr, optimizer: lr.CyclicLR(optimizer, **options), 6)
    observe("the rates", seen, documented=[1, 2, 1, 1.5, 1, 1.25, 1], terms=8)


@scenario("LRS-15/exp-range", needs=["LRS-14"])
def exp_range_scales_the_amplitude_by_gamma_to_the_epoch(torch, observe):
    options = {"base_lr": 1.0, "max_lr": 2.0, "step_size_up": 1, "mode": "exp_range", "gamma": 0.5}
    seen = rates(torch, lambda lr, optimizer: lr.CyclicLR(optimizer, cycle_momentum=False, **options), 5)
    observe("the rates", seen, documented=[1, 1.5, 1, 1.125, 1, 1 + 1 / 32], terms=8)


@scenario("LRS-15/scale-fn", needs=["LRS-14"])
def a_scale_function_replaces_the_mode(torch, observe):
    options = {"base_lr": 1.0, "max_lr": 2.0, "step_size_up": 1, "cycle_momentum": False}
    seen = rates(torch, lambda lr, optimizer: lr.CyclicLR(optimizer, scale_fn=lambda cycle: 1 / cycle, **options), 6)
    observe("the rates, by the cycle's number", seen, documented=[1, 2, 1, 1.5, 1, 1 + 1 / 3, 1], terms=8)
    seen = rates(
        torch,
        lambda lr, optimizer: lr.CyclicLR(optimizer, scale_fn=lambda t: t / 4, scale_mode="iterations", **options),
        3,
    )
    observe("the rates, by the iteration's number", seen, documented=[1, 1.25, 1, 1.75], terms=8)


@scenario("LRS-15/bad-mode")
def an_unknown_mode_of_cyclic_lr_is_refused(torch, observe):
    with observe.raises("mode='square'", ValueError, saying="mode"):
        rates(torch, lambda lr, optimizer: lr.CyclicLR(optimizer, 1.0, 2.0, mode="square", cycle_momentum=False), 0)


@scenario("LRS-16")
def one_cycle_goes_up_and_further_down(torch, observe):
    options = {"max_lr": 1.0, "total_steps": 5, "pct_start": 0.4, "div_factor": 4.0, "final_div_factor": 2.0}
    seen = rates(
        torch,
        lambda lr, optimizer: lr.OneCycleLR(optimizer, anneal_strategy="linear", cycle_momentum=False, **options),
        4,
    )
    # up from 1/4 to 1 at step 0.4 * 5 - 1, down to 1/8 at step 4, in three steps of 7/24
    observe("the rates", seen, documented=[1 / 4, 1, 17 / 24, 10 / 24, 1 / 8], terms=12)


@scenario("LRS-16/cosine", needs=["LRS-16"])
def one_cycle_anneals_along_a_cosine(torch, observe):
    options = {"max_lr": 1.0, "total_steps": 10, "pct_start": 0.5, "div_factor": 4.0, "final_div_factor": 2.0}
    seen = rates(torch, lambda lr, optimizer: lr.OneCycleLR(optimizer, cycle_momentum=False, **options), 9)
    up = [1 + (1 / 4 - 1) * (1 + math.cos(math.pi * t / 4)) / 2 for t in range(5)]
    down = [1 / 8 + (1 - 1 / 8) * (1 + math.cos(math.pi * t / 5)) / 2 for t in range(1, 6)]
    observe("the rates", seen, documented=up + down, terms=16)


@scenario("LRS-16/three-phases", needs=["LRS-16"])
def one_cycle_in_three_phases_comes_back_to_its_start_first(torch, observe):
    options = {"max_lr": 1.0, "total_steps": 9, "pct_start": 1 / 3, "div_factor": 4.0, "final_div_factor": 2.0}
    seen = rates(
        torch,
        lambda lr, optimizer: lr.OneCycleLR(
            optimizer, anneal_strategy="linear", three_phase=True, cycle_momentum=False, **options
        ),
        8,
    )
    # 1/4 to 1 in 2 steps, back in 2, then down to 1/8 in 4
    observe("the rates", seen[:5], documented=[0.25, 0.625, 1, 0.625, 0.25], terms=12)
    observe("the last phase", seen[5:], documented=[7 / 32, 6 / 32, 5 / 32, 4 / 32], terms=12)


@scenario("LRS-16/epochs", needs=["LRS-16"])
def one_cycle_counts_its_steps_from_epochs_too(torch, observe):
    options = {"max_lr": 1.0, "epochs": 5, "steps_per_epoch": 2, "pct_start": 0.5, "cycle_momentum": False}
    seen = rates(torch, lambda lr, optimizer: lr.OneCycleLR(optimizer, **options), 9)
    observe("it starts at a twenty-fifth", seen[0], documented=1 / 25, terms=8)
    observe("its peak", seen[4], documented=1.0, terms=8)
    observe("it ends ten thousand times lower than it started", seen[9], documented=1 / 25 / 1e4, terms=16, scale=1.0)


@scenario("LRS-17", needs=["LRS-16"])
def one_cycle_cycles_momentum_the_other_way(torch, observe):
    optimizer = torch.optim.SGD([torch.tensor([1.0], requires_grad=True)], lr=1.0, momentum=0.5)
    options = {"max_lr": 1.0, "total_steps": 5, "pct_start": 0.4, "base_momentum": 0.5, "max_momentum": 0.75}
    scheduler = torch.optim.lr_scheduler.OneCycleLR(optimizer, anneal_strategy="linear", **options)
    seen = [optimizer.param_groups[0]["momentum"]]
    for _ in range(4):
        optimizer.step()
        scheduler.step()
        seen.append(optimizer.param_groups[0]["momentum"])
    observe("the momenta", seen, documented=[0.75, 0.5, 0.5 + 1 / 12, 0.5 + 2 / 12, 0.75], terms=12)


@scenario("LRS-17/betas", needs=["LRS-17"])
def one_cycle_cycles_the_first_beta_of_adam(torch, observe):
    optimizer = torch.optim.Adam([torch.tensor([1.0], requires_grad=True)], lr=1.0, betas=(0.5, 0.25))
    options = {"max_lr": 1.0, "total_steps": 5, "pct_start": 0.4, "base_momentum": 0.5, "max_momentum": 0.75}
    scheduler = torch.optim.lr_scheduler.OneCycleLR(optimizer, anneal_strategy="linear", **options)
    observe("the betas at the start", optimizer.param_groups[0]["betas"], documented=[0.75, 0.25])
    optimizer.step()
    scheduler.step()
    observe("the betas at the peak", optimizer.param_groups[0]["betas"], documented=[0.5, 0.25], terms=8)


@scenario("LRS-17/too-many-steps", needs=["LRS-16"])
def one_cycle_refuses_more_than_its_steps(torch, observe):
    optimizer = torch.optim.SGD([torch.tensor([1.0], requires_grad=True)], lr=1.0)
    scheduler = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=1.0, total_steps=3, cycle_momentum=False)
    for _ in range(2):
        optimizer.step()
        scheduler.step()
    with observe.raises("a third step, after the construction's", ValueError, saying="3"):
        scheduler.step()
        scheduler.step()


@scenario("LRS-17/no-length")
def one_cycle_must_know_its_length(torch, observe):
    with observe.raises("neither total_steps nor epochs", ValueError, saying=("total_steps", "epochs")):
        rates(torch, lambda lr, optimizer: lr.OneCycleLR(optimizer, max_lr=1.0), 0)


@scenario("LRS-17/bad-options")
def bad_options_of_one_cycle_are_refused(torch, observe):
    for name, options in (
        ("total_steps=-1", {"total_steps": -1}),
        ("pct_start=1.5", {"total_steps": 4, "pct_start": 1.5}),
        ("anneal_strategy=square", {"total_steps": 4, "anneal_strategy": "square"}),
    ):
        with observe.raises(name, ValueError, saying=name.split("=")[0]):
            rates(torch, lambda lr, optimizer, options=options: lr.OneCycleLR(optimizer, max_lr=1.0, **options), 0)


@scenario("LRS-18", cases=["CyclicLR", "OneCycleLR"])
def cycling_momentum_needs_momentum_or_betas(torch, observe, name):
    optimizer = torch.optim.Adagrad([torch.tensor([1.0], requires_grad=True)], lr=1.0)
    options = {"CyclicLR": {"base_lr": 1.0, "max_lr": 2.0}, "OneCycleLR": {"max_lr": 1.0, "total_steps": 4}}[name]
    with observe.raises("on Adagrad", ValueError, saying="momentum"):
        getattr(torch.optim.lr_scheduler, name)(optimizer, **options)
    with observe.raises("on Adagrad, without cycling", None):
        getattr(torch.optim.lr_scheduler, name)(optimizer, cycle_momentum=False, **options)
