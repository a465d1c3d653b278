"""Schedulers' defaults and wrong options, what warns and what does not, and schedulers of the user's own."""

import math

from conformance.scenario import scenario


def sgd(torch, groups=1):
    """An SGD of some groups, with momentum."""
    return torch.optim.SGD([{"params": [torch.tensor([1.0])]} for _ in range(groups)], lr=0.5, momentum=0.5)


@scenario("LRS-14/defaults", needs=["LRS-14"], cases=["triangular", "triangular2", "exp_range"])
def the_defaults_of_a_cyclic_rate(torch, observe, mode):
    optimizer = sgd(torch)
    scheduler = torch.optim.lr_scheduler.CyclicLR(optimizer, 0.25, 0.75, mode=mode)
    observe("the length of a cycle", scheduler.total_size, documented=4000)
    rates = []
    for _ in range(3):
        optimizer.step()
        scheduler.step()
        rates.append(scheduler.get_last_lr()[0])
    observe("three rates on the way to the top at 2000 steps", rates,
            documented=[0.25 + 0.5 * n / 2000 for n in (1, 2, 3)], terms=20)  # fmt: skip


@scenario("LRS-14/momentum-in-groups", needs=["LRS-14"], cases=["CyclicLR", "OneCycleLR"])
def the_bounds_of_the_momentum_are_noted_in_the_groups(torch, observe, name):
    options = {"CyclicLR": {"base_lr": 0.25, "max_lr": 0.75}, "OneCycleLR": {"max_lr": 0.75, "total_steps": 10}}[name]

    def made(optimizer, **more):
        return getattr(torch.optim.lr_scheduler, name)(
            optimizer, base_momentum=0.25, max_momentum=0.75, **options, **more
        )

    for start in ("first", "resumed"):
        optimizer = sgd(torch)
        if start == "resumed":
            noted = {"initial_lr": 0.25, "max_lr": 0.75, "min_lr": 0.125, "max_momentum": 0.5, "base_momentum": 0.375}
            optimizer.param_groups[0].update(noted)
        made(optimizer, **({"last_epoch": 1} if start == "resumed" else {}))
        group = {key: value for key, value in optimizer.param_groups[0].items() if "momentum" in key or "lr" in key}
        observe(f"the group, {start}", group, terms=20)


class Halving:
    """A scale function with a state of its own."""

    def __init__(self, factor):
        self.factor = factor

    def __call__(self, cycle):
        """The factor of a cycle."""
        return self.factor**cycle


@scenario("LRS-24/scale-function", needs=["LRS-24/contents"])
def the_state_of_a_scale_function_is_saved(torch, observe):
    def made(factor):
        return torch.optim.lr_scheduler.CyclicLR(sgd(torch), 0.25, 0.75, step_size_up=2, scale_fn=Halving(factor))

    fresh = made(0.25)
    fresh.load_state_dict(made(0.5).state_dict())
    rates = []
    for _ in range(3):
        fresh.optimizer.step()
        fresh.step()
        rates.append(fresh.get_last_lr()[0])
    observe("three rates", rates, documented=[0.375, 0.5, 0.375])


@scenario("LRS-17/one-too-many", needs=["LRS-17"])
def one_cycle_counts_its_steps(torch, observe):
    optimizer = sgd(torch)
    scheduler = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=0.75, total_steps=4)
    taken = 0
    with observe.raises("in the end", ValueError, saying="4"):
        for _ in range(8):
            optimizer.step()
            scheduler.step()
            taken += 1
    observe("the steps before", taken)


@scenario("LRS-16/lengths", needs=["LRS-16"])
def the_length_of_one_cycle(torch, observe):
    def made(**length):
        scheduler = torch.optim.lr_scheduler.OneCycleLR(sgd(torch), max_lr=0.75, **length)
        scheduler.optimizer.step()
        scheduler.step()
        return scheduler.get_last_lr()

    observe("one epoch of several steps", made(epochs=1, steps_per_epoch=8), terms=20)
    observe("several epochs of one step", made(epochs=8, steps_per_epoch=1), terms=20)
    for length in ({"epochs": 2}, {"steps_per_epoch": 2}, {}):
        with observe.raises(f"{' '.join(length) or 'nothing'} alone", ValueError, saying="total_steps"):
            made(**length)


@scenario("LRS-11/given-epochs", needs=["LRS-11"])
def warm_restarts_go_to_a_given_epoch_and_back(torch, observe):
    optimizer = torch.optim.SGD([torch.tensor([1.0])], lr=1.0)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingWarmRestarts(optimizer, T_0=2, T_mult=2)
    rates = []
    optimizer.step()
    for epoch in (3, 1, 0.5, None, None, None):
        scheduler.step(epoch)
        rates.append(scheduler.get_last_lr()[0])
    observe("the rates", rates, terms=20)
    with observe.raises("a negative epoch", ValueError, saying="-1"):
        scheduler.step(-1)


@scenario(
    "LRS-22/in-step",
    needs=["LRS-22/at-construction"],
    cases=["CosineAnnealingWarmRestarts", "ExponentialLR", "CyclicLR"],
)
def a_step_gives_no_warning(torch, observe, name):
    options = {"CosineAnnealingWarmRestarts": (3,), "ExponentialLR": (0.5,), "CyclicLR": (0.25, 0.75)}[name]
    optimizer = sgd(torch)
    with observe.warns("making it and two steps"):
        scheduler = getattr(torch.optim.lr_scheduler, name)(optimizer, *options)
        for _ in range(2):
            optimizer.step()
            scheduler.step()


@scenario("LRS-22/resumed", needs=["LRS-22/at-construction"])
def the_rates_of_a_resumed_cosine_asked_outside_of_a_step(torch, observe):
    for last_epoch in (0, 1):
        optimizer = torch.optim.SGD([{"params": [torch.tensor([1.0])], "initial_lr": 1.0}], lr=0.25)
        scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=4, last_epoch=last_epoch)
        with observe.warns(f"asking, resumed at {last_epoch}", UserWarning, saying="get_last_lr"):
            asked = scheduler.get_lr()
        observe(f"the rates, resumed at {last_epoch}", asked,
                documented=[(1 + math.cos(math.pi * (last_epoch + 1) / 4)) / 2], terms=20)  # fmt: skip


@scenario("LRS-12/first-milestone", needs=["LRS-12"])
def a_milestone_at_the_first_step(torch, observe):
    schedulers = torch.optim.lr_scheduler
    optimizer = torch.optim.SGD([torch.tensor([1.0])], lr=1.0)
    parts = [schedulers.ConstantLR(optimizer, 0.5, 8), schedulers.ConstantLR(optimizer, 0.25, 8)]
    sequence = schedulers.SequentialLR(optimizer, parts, milestones=[1])
    observe("the rate at first", sequence.get_last_lr(), documented=[0.5])
    optimizer.step()
    sequence.step()
    observe("the rate of the second", sequence.get_last_lr(), documented=[0.25])


@scenario("LRS-31/set-by-hand", needs=["LRS-31"], cases=["linear", "cos"])
def a_rate_that_was_set_by_hand_after_annealing_is_set_back(torch, observe, strategy):
    optimizer = torch.optim.SGD([torch.tensor([1.0])], lr=1.0)
    scheduler = torch.optim.swa_utils.SWALR(optimizer, swa_lr=0.25, anneal_epochs=4, anneal_strategy=strategy)
    for _ in range(5):
        optimizer.step()
        scheduler.step()
    optimizer.param_groups[0]["lr"] = 0.5
    optimizer.step()
    scheduler.step()
    observe("the rate", optimizer.param_groups[0]["lr"], documented=0.25)


@scenario("LRS-24/plateau-contents", needs=["LRS-24/contents"])
def what_is_saved_of_a_plateau(torch, observe):
    saved = torch.optim.lr_scheduler.ReduceLROnPlateau(sgd(torch, 2)).state_dict()
    names = ["factor", "min_lrs", "patience", "cooldown", "eps", "last_epoch", "mode", "threshold", "threshold_mode"]
    names += ["best", "cooldown_counter", "num_bad_epochs"]
    observe("the entries", {name: saved[name] for name in names})


@scenario("LRS-28/own", needs=["LRS-22/at-construction"])
def a_scheduler_of_the_users_own(torch, observe):
    class Fifths(torch.optim.lr_scheduler.LRScheduler):
        def get_lr(self):
            return [rate / (1 + self.last_epoch) for rate in self.base_lrs]

    optimizer = sgd(torch)
    scheduler = Fifths(optimizer)
    rates = [scheduler.get_last_lr()[0]]
    for _ in range(2):
        optimizer.step()
        scheduler.step()
        rates.append(optimizer.param_groups[0]["lr"])
    observe("the rates", rates, documented=[0.5, 0.25, 0.5 / 3])
    observe("the epoch", scheduler.last_epoch, documented=2)


@scenario("LRS-21/message", needs=["LRS-21"])
def the_group_that_lacks_an_initial_rate_is_named(torch, observe):
    optimizer = sgd(torch, 2)
    optimizer.param_groups[0]["initial_lr"] = 0.5
    with observe.raises("resuming", KeyError, saying=("initial_lr", "param_groups[1]")):
        torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.5, last_epoch=3)


@scenario("LRS-26/message", needs=["LRS-22/at-construction"])
def the_option_that_has_a_value_too_many_is_named(torch, observe):
    schedulers, averages = torch.optim.lr_scheduler, torch.optim.swa_utils
    makers = {
        "base_lr": lambda optimizer, many: schedulers.CyclicLR(optimizer, many, 0.75),
        "max_lr": lambda optimizer, many: schedulers.CyclicLR(optimizer, 0.25, many),
        "swa_lr": lambda optimizer, many: averages.SWALR(optimizer, many),
    }
    for name, make in makers.items():
        with observe.raises(name, ValueError, saying=(name, "length")):
            make(sgd(torch, 2), [0.25, 0.5, 0.75])


@scenario("LRS-23/name", needs=["LRS-23"])
def a_scheduled_optimizers_step_keeps_its_name(torch, observe):
    optimizer = sgd(torch)
    torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.5)
    observe("its name", optimizer.step.__name__, documented="step")
