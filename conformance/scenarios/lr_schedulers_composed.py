"""Schedulers one after the other, and several at once."""

from conformance.scenario import scenario


def an_optimizer(torch, lr=1.0):
    """SGD on one parameter."""
    return torch.optim.SGD([torch.tensor([1.0], requires_grad=True)], lr=lr)


def rates(optimizer, *schedulers, epochs):
    """The rate now and after each epoch, in which every scheduler is stepped once."""
    seen = [optimizer.param_groups[0]["lr"]]
    for _ in range(epochs):
        optimizer.step()
        for scheduler in schedulers:
            scheduler.step()
        seen.append(optimizer.param_groups[0]["lr"])
    return seen


@scenario("LRS-12", needs=["LRS-04", "LRS-05"])
def sequential_lr_goes_on_to_the_next_scheduler_at_a_milestone(torch, observe):
    optimizer = an_optimizer(torch)
    constant = torch.optim.lr_scheduler.ConstantLR(optimizer, factor=0.25, total_iters=5)
    exponential = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.5)
    scheduler = torch.optim.lr_scheduler.SequentialLR(optimizer, [constant, exponential], milestones=[2])
    seen = rates(optimizer, scheduler, epochs=5)
    observe("the rates", seen, documented=[0.25, 0.25, 1, 0.5, 0.25, 0.125])


@scenario("LRS-12/three", needs=["LRS-12"])
def sequential_lr_of_three(torch, observe):
    optimizer = an_optimizer(torch)
    lr_scheduler = torch.optim.lr_scheduler
    parts = [
        lr_scheduler.LinearLR(optimizer, start_factor=0.5, total_iters=2),
        lr_scheduler.ConstantLR(optimizer, factor=1.0, total_iters=1),
        lr_scheduler.StepLR(optimizer, 1, gamma=0.5),
    ]
    scheduler = lr_scheduler.SequentialLR(optimizer, parts, milestones=[2, 4])
    seen = rates(optimizer, scheduler, epochs=6)
    observe("the rates", seen, documented=[0.5, 0.75, 1, 1, 1, 0.5, 0.25], terms=12)
    observe("the last rate", scheduler.get_last_lr(), documented=[0.25], terms=12)


@scenario("LRS-12/bad-parts")
def sequential_lr_wants_one_milestone_less_than_schedulers(torch, observe):
    optimizer, other = an_optimizer(torch), an_optimizer(torch)
    lr_scheduler = torch.optim.lr_scheduler
    parts = [lr_scheduler.ConstantLR(optimizer), lr_scheduler.ExponentialLR(optimizer, 0.5)]
    with observe.raises("two milestones for two schedulers", ValueError, saying="milestone"):
        lr_scheduler.SequentialLR(optimizer, parts, milestones=[1, 2])
    with observe.raises("a scheduler of another optimizer", ValueError, saying="optimizer"):
        lr_scheduler.SequentialLR(optimizer, [parts[0], lr_scheduler.ConstantLR(other)], milestones=[1])
    with observe.raises("no scheduler", ValueError, saying="at least one"):
        lr_scheduler.SequentialLR(optimizer, [], milestones=[])


@scenario("LRS-13", needs=["LRS-04", "LRS-05"])
def chained_scheduler_multiplies_what_its_parts_do(torch, observe):
    optimizer = an_optimizer(torch)
    constant = torch.optim.lr_scheduler.ConstantLR(optimizer, factor=0.25, total_iters=2)
    exponential = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.5)
    scheduler = torch.optim.lr_scheduler.ChainedScheduler([constant, exponential])
    seen = rates(optimizer, scheduler, epochs=4)
    observe("the rates", seen, documented=[0.25, 0.125, 0.25, 0.125, 0.0625])
    observe("the last rate", scheduler.get_last_lr(), documented=[0.0625])


@scenario("LRS-13/bad-parts")
def chained_scheduler_wants_schedulers_of_one_optimizer(torch, observe):
    lr_scheduler = torch.optim.lr_scheduler
    parts = [lr_scheduler.ConstantLR(an_optimizer(torch)), lr_scheduler.ConstantLR(an_optimizer(torch))]
    with observe.raises("schedulers of two optimizers", ValueError, saying="optimizer"):
        lr_scheduler.ChainedScheduler(parts)
    with observe.raises("no scheduler", ValueError, saying="at least one"):
        lr_scheduler.ChainedScheduler([])


@scenario("LRS-12/plateau", cases=["SequentialLR", "ChainedScheduler"])
def a_plateau_cannot_be_a_part(torch, observe, name):
    optimizer = an_optimizer(torch)
    lr_scheduler = torch.optim.lr_scheduler
    parts = [lr_scheduler.ConstantLR(optimizer), lr_scheduler.ReduceLROnPlateau(optimizer)]
    with observe.raises("composing it", ValueError, saying="ReduceLROnPlateau"):
        if name == "SequentialLR":
            lr_scheduler.SequentialLR(optimizer, parts, milestones=[1])
        else:
            lr_scheduler.ChainedScheduler(parts)


@scenario("LRS-25", needs=["LRS-01", "LRS-04"])
def two_plain_schedulers_act_one_after_the_other(torch, observe):
    optimizer = an_optimizer(torch)
    exponential = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.5)
    step = torch.optim.lr_scheduler.MultiStepLR(optimizer, [2], gamma=0.25)
    seen = rates(optimizer, exponential, step, epochs=3)
    observe("the rates", seen, documented=[1, 0.5, 0.0625, 0.03125])


@scenario("LRS-25/warm-up", needs=["LRS-05", "LRS-06", "LRS-25"])
def a_warm_up_before_a_decay(torch, observe):
    optimizer = an_optimizer(torch)
    warm_up = torch.optim.lr_scheduler.LinearLR(optimizer, start_factor=0.5, total_iters=2)
    decay = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.5)
    seen = rates(optimizer, warm_up, decay, epochs=3)
    observe("the rates", seen, documented=[0.5, 0.375, 0.25, 0.125], terms=12)


@scenario("LRS-25/changed-by-hand", needs=["LRS-04"])
def a_rate_changed_by_hand_is_gone_on_from(torch, observe):
    optimizer = an_optimizer(torch)
    scheduler = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.5)
    rates(optimizer, scheduler, epochs=1)
    optimizer.param_groups[0]["lr"] = 8.0
    observe("the rates", rates(optimizer, scheduler, epochs=2), documented=[8, 4, 2])
