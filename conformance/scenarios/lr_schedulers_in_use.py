"""What all schedulers have in common: groups, the last rate, resuming, saving, and the order of steps."""

import copy

from conformance.scenario import scenario

#: How to make a scheduler, and its rates from construction on, for an initial rate of one.
SCHEDULES = {
    "StepLR": (lambda lr, o: lr.StepLR(o, 2, gamma=0.5), [1, 1, 0.5, 0.5, 0.25, 0.25, 0.125]),
    "MultiStepLR": (lambda lr, o: lr.MultiStepLR(o, [1, 4, 5], gamma=0.5), [1, 0.5, 0.5, 0.5, 0.25, 0.125, 0.125]),
    "ConstantLR": (lambda lr, o: lr.ConstantLR(o, factor=0.5, total_iters=4), [0.5, 0.5, 0.5, 0.5, 1, 1, 1]),
    "LinearLR": (lambda lr, o: lr.LinearLR(o, 0.5, total_iters=4), [0.5, 0.625, 0.75, 0.875, 1, 1, 1]),
    "ExponentialLR": (lambda lr, o: lr.ExponentialLR(o, 0.5), [1, 1 / 2, 1 / 4, 1 / 8, 1 / 16, 1 / 32, 1 / 64]),
    "PolynomialLR": (lambda lr, o: lr.PolynomialLR(o, 8, power=1.0), [1, 7 / 8, 6 / 8, 5 / 8, 4 / 8, 3 / 8, 2 / 8]),
    "LambdaLR": (lambda lr, o: lr.LambdaLR(o, lambda epoch: 2.0 - epoch / 4), [2, 1.75, 1.5, 1.25, 1, 0.75, 0.5]),
    "MultiplicativeLR": (
        lambda lr, o: lr.MultiplicativeLR(o, lambda epoch: 0.5 if epoch % 2 else 1.0),
        [1, 1 / 2, 1 / 2, 1 / 4, 1 / 4, 1 / 8, 1 / 8],
    ),
    "CosineAnnealingLR": (
        lambda lr, o: lr.CosineAnnealingLR(o, T_max=3),
        [1, 3 / 4, 1 / 4, 0, 1 / 4, 3 / 4, 1],
    ),
    "CosineAnnealingWarmRestarts": (
        lambda lr, o: lr.CosineAnnealingWarmRestarts(o, T_0=3),
        [1, 3 / 4, 1 / 4, 1, 3 / 4, 1 / 4, 1],
    ),
    "SequentialLR": (
        lambda lr, o: lr.SequentialLR(o, [lr.ConstantLR(o, 0.5, 9), lr.ExponentialLR(o, 0.5)], milestones=[4]),
        [0.5, 0.5, 0.5, 0.5, 1, 0.5, 0.25],
    ),
    "ChainedScheduler": (
        lambda lr, o: lr.ChainedScheduler([lr.ConstantLR(o, 0.5, 4), lr.ExponentialLR(o, 0.5)]),
        [1 / 2, 1 / 4, 1 / 8, 1 / 16, 1 / 16, 1 / 32, 1 / 64],
    ),
}


def two_groups(torch):
    """SGD on two groups, at rates of one and of a half."""
    groups = [{"params": [torch.tensor([1.0], requires_grad=True)], "lr": lr} for lr in (1.0, 0.5)]
    return torch.optim.SGD(groups)


@scenario("LRS-26", cases=SCHEDULES)
def every_group_follows_the_schedule_from_its_own_rate(torch, observe, schedule):
    make, documented = schedule
    optimizer = two_groups(torch)
    scheduler = make(torch.optim.lr_scheduler, optimizer)
    seen = [[group["lr"] for group in optimizer.param_groups]]
    for _ in range(6):
        optimizer.step()
        scheduler.step()
        seen.append([group["lr"] for group in optimizer.param_groups])
    observe("the rates", seen, documented=[[rate, rate / 2] for rate in documented], terms=24, scale=1.0)


@scenario("LRS-22", cases=SCHEDULES, needs=["LRS-22/at-construction"])
def get_last_lr_gives_the_rates_in_use(torch, observe, schedule):
    make, documented = schedule
    optimizer = two_groups(torch)
    scheduler = make(torch.optim.lr_scheduler, optimizer)
    for epoch in range(1, 5):
        optimizer.step()
        scheduler.step()
        last = [documented[epoch], documented[epoch] / 2]
        observe(f"the last rates after epoch {epoch}", scheduler.get_last_lr(), documented=last, terms=24, scale=1.0)


@scenario("LRS-22/at-construction")
def get_last_lr_before_the_first_step(torch, observe):
    scheduler = torch.optim.lr_scheduler.ConstantLR(two_groups(torch), factor=0.5)
    observe("the last rates", scheduler.get_last_lr(), documented=[0.5, 0.25])
    observe("the last epoch", scheduler.last_epoch, documented=0)


@scenario("LRS-24", cases=SCHEDULES)
def a_schedule_goes_on_from_a_state_dict(torch, observe, schedule):
    make, documented = schedule
    optimizer = two_groups(torch)
    scheduler = make(torch.optim.lr_scheduler, optimizer)
    for _ in range(3):
        optimizer.step()
        scheduler.step()
    saved, saved_optimizer = copy.deepcopy(scheduler.state_dict()), copy.deepcopy(optimizer.state_dict())
    optimizer = two_groups(torch)
    scheduler = make(torch.optim.lr_scheduler, optimizer)
    optimizer.load_state_dict(saved_optimizer)
    scheduler.load_state_dict(saved)
    observe("the last rate", scheduler.get_last_lr()[0], documented=documented[3], terms=24, scale=1.0)
    for epoch in range(4, 7):
        optimizer.step()
        scheduler.step()
        rate = optimizer.param_groups[0]["lr"]
        observe(f"the rate after epoch {epoch}", rate, documented=documented[epoch], terms=24, scale=1.0)


@scenario("LRS-24/contents")
def a_schedulers_state_dict_leaves_the_optimizer_out(torch, observe):
    optimizer = two_groups(torch)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 2, gamma=0.5)
    for _ in range(3):
        optimizer.step()
        scheduler.step()
    saved = scheduler.state_dict()
    observe("the optimizer is in it", "optimizer" in saved, documented=False)
    kept = {key: saved[key] for key in ("step_size", "gamma", "base_lrs", "last_epoch")}
    documented = {"step_size": 2, "gamma": 0.5, "base_lrs": [1.0, 0.5], "last_epoch": 3}
    observe("what is in it", kept, documented=documented)


@scenario("LRS-24/functions", needs=["LRS-24/contents"])
def functions_are_not_saved_but_callable_objects_are(torch, observe):
    class Halve:
        def __init__(self):
            self.base = 2.0

        def __call__(self, epoch):
            return 1 / self.base**epoch

    plain = torch.optim.lr_scheduler.LambdaLR(two_groups(torch), lambda epoch: 1.0)
    observe("a function", plain.state_dict()["lr_lambdas"], documented=[None, None])
    scheduler = torch.optim.lr_scheduler.LambdaLR(two_groups(torch), Halve())
    observe("an object's attributes", scheduler.state_dict()["lr_lambdas"], documented=[{"base": 2.0}] * 2)


@scenario("LRS-21")
def construction_records_the_initial_rates(torch, observe):
    optimizer = two_groups(torch)
    observe("before it", ["initial_lr" in group for group in optimizer.param_groups], documented=[False, False])
    torch.optim.lr_scheduler.ConstantLR(optimizer, factor=0.5)
    observe("the initial rates", [group["initial_lr"] for group in optimizer.param_groups], documented=[1.0, 0.5])
    observe("the rates", [group["lr"] for group in optimizer.param_groups], documented=[0.5, 0.25])


@scenario("LRS-21/resuming-without")
def resuming_needs_the_initial_rates(torch, observe):
    with observe.raises("last_epoch=3 on a fresh optimizer", KeyError, saying="initial_lr"):
        torch.optim.lr_scheduler.StepLR(two_groups(torch), 2, last_epoch=3)


@scenario("LRS-21/resuming", needs=["LRS-21"])
def resuming_with_a_last_epoch(torch, observe):
    optimizer = two_groups(torch)
    for group in optimizer.param_groups:
        group["initial_lr"] = group["lr"]
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda epoch: 1 / 2**epoch, last_epoch=1)
    observe("the base rates", scheduler.base_lrs, documented=[1.0, 0.5])
    observe("the epoch after construction", scheduler.last_epoch)
    optimizer.step()
    scheduler.step()
    observe("the epoch after a step", scheduler.last_epoch)
    observe("the rates after a step", scheduler.get_last_lr())


@scenario("LRS-21/second-scheduler", needs=["LRS-21"])
def a_later_scheduler_starts_from_the_recorded_initial_rates(torch, observe):
    optimizer = two_groups(torch)
    torch.optim.lr_scheduler.ConstantLR(optimizer, factor=0.5)
    later = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda epoch: 1.0)
    observe("its base rates", later.base_lrs, documented=[1.0, 0.5])
    observe("the rates in use", later.get_last_lr(), documented=[1.0, 0.5])


@scenario("LRS-23")
def stepping_the_scheduler_first_is_warned_of(torch, observe):
    scheduler = torch.optim.lr_scheduler.ExponentialLR(two_groups(torch), 0.5)
    with observe.warns("its first step before any of the optimizer", UserWarning, saying="optimizer.step()"):
        scheduler.step()
    observe("the rates change all the same", scheduler.get_last_lr(), documented=[0.5, 0.25])
    with observe.warns("its second", None):
        scheduler.step()


@scenario("LRS-23/right-order")
def stepping_the_optimizer_first_is_not(torch, observe):
    optimizer = two_groups(torch)
    scheduler = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.5)
    with observe.warns("a step of each, the optimizer's first", None):
        optimizer.step()
        scheduler.step()


@scenario("LRS-27")
def the_rate_of_an_epoch_is_used_by_the_steps_in_it(torch, observe):
    x = torch.tensor([8.0], requires_grad=True)
    x.grad = torch.tensor([1.0])
    optimizer = torch.optim.SGD([x], lr=1.0)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 1, gamma=0.5)
    seen = []
    for _ in range(3):
        for _ in range(2):
            optimizer.step()
            seen.append(x.item())
        scheduler.step()
    observe("the parameter", seen, documented=[7, 6, 5.5, 5, 4.75, 4.5])


@scenario("LRS-28")
def a_schedulers_optimizer_must_be_one(torch, observe):
    with observe.raises("a scheduler of a string", TypeError, saying="Optimizer"):
        torch.optim.lr_scheduler.StepLR("optimizer", 2)


@scenario("LRS-29")
def stepping_to_an_epoch_is_deprecated(torch, observe):
    optimizer = two_groups(torch)
    scheduler = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.5)
    optimizer.step()
    with observe.warns("step(3)", UserWarning, saying="epoch"):
        scheduler.step(3)
    observe("the rates, in closed form", scheduler.get_last_lr(), documented=[0.125, 0.0625])
    observe("the epoch", scheduler.last_epoch, documented=3)


@scenario("LRS-30")
def a_scheduler_writes_into_a_rate_that_is_a_tensor(torch, observe):
    x = torch.tensor([1.0], requires_grad=True)
    x.grad = torch.tensor([1.0])
    rate = torch.tensor(0.5)
    optimizer = torch.optim.SGD([x], lr=rate)
    scheduler = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.5)
    optimizer.step()
    scheduler.step()
    observe("the group's rate is the same tensor", optimizer.param_groups[0]["lr"] is rate, documented=True)
    observe("its value", rate, documented=0.25)
    observe("the initial rate", optimizer.param_groups[0]["initial_lr"], documented=0.5)


@scenario("LRS-23/step-replaced")
def an_optimizer_whose_step_was_replaced(torch, observe):
    optimizer = torch.optim.SGD([torch.tensor([1.0])], lr=0.5)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=1)
    optimizer.step = lambda *arguments: None
    with observe.warns("the first step", UserWarning, saying="overridden"):
        optimizer.step()
        scheduler.step()
