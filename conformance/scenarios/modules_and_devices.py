"""Moving modules, and mixed precision: autocast and GradScaler."""

from conformance.scenario import scenario


@scenario("CUD-07", dtypes=["float32"], needs=["ACC-10/parameter"])
def a_module_that_is_converted_keeps_its_parameters_as_objects(torch, observe):
    module = torch.nn.Linear(2, 1)
    weight, bias = module.weight, module.bias
    observe("to() returns the module", module.to(torch.float64) is module, documented=True)
    observe("the weight is the same object", module.weight is weight, documented=True)
    observe("the bias is the same object", module.bias is bias, documented=True)
    observe("the weight's dtype", weight.dtype, documented=torch.float64)
    observe("it is a leaf", weight.is_leaf, documented=True)
    observe("it requires grad", weight.requires_grad, documented=True)


@scenario("CUD-07/methods", cases=["double", "half"], dtypes=["float32"], needs=["CUD-07"])
def the_methods_named_after_a_dtype_convert_in_place_too(torch, observe, method):
    module = torch.nn.Linear(2, 1)
    weight = module.weight
    getattr(module, method)()
    observe("the weight is the same object", module.weight is weight, documented=True)
    observe("its dtype", weight.dtype, documented={"double": torch.float64, "half": torch.float16}[method])


@scenario("CUD-07/gradient", dtypes=["float32"], needs=["CUD-07"])
def a_module_that_is_converted_converts_its_gradients(torch, observe):
    module = torch.nn.Linear(2, 1)
    torch.sum(module(torch.tensor([[1.0, 2.0]]))).backward()
    module.to(torch.float64)
    observe("the dtype of the weight's gradient", module.weight.grad.dtype)
    observe("the weight's gradient", module.weight.grad, documented=[[1.0, 2.0]])


@scenario("CUD-07/optimizer", dtypes=["float32"], needs=["CUD-07"])
def an_optimizer_made_before_the_conversion_still_holds_the_parameters(torch, observe):
    module = torch.nn.Linear(2, 1, bias=False)
    module.weight.data.copy_(torch.tensor([[1.0, 2.0]]))
    optimizer = torch.optim.SGD(module.parameters(), lr=0.5)
    module.to(torch.float64)
    torch.sum(module(torch.tensor([[1.0, 2.0]], dtype=torch.float64))).backward()
    optimizer.step()
    observe("the weight after a step", module.weight, documented=[[0.5, 1.0]])


@scenario("CUD-07/accelerator", devices="accelerator", needs=["CUD-02", "CUD-07"])
def a_module_that_is_moved_keeps_its_parameters_as_objects(torch, observe):
    device = torch.get_default_device()
    module = torch.nn.Linear(2, 1, device="cpu")
    weight = module.weight
    module.to(device)
    observe("the weight is the same object", module.weight is weight, documented=True)
    observe("its device", module.weight.device.type == device.type, documented=True)
    observe("it is a leaf", module.weight.is_leaf, documented=True)
    torch.sum(module(torch.tensor([[1.0, 2.0]], device=device))).backward()
    observe("its gradient is on the device", module.weight.grad.device.type == device.type, documented=True)
    observe("its gradient", module.weight.grad, documented=[[1.0, 2.0]])
    module.cpu()
    observe("the device of the gradient after cpu()", module.weight.grad.device.type)


@scenario("CUD-09", devices="cpu", needs=["BWD-01"])
def the_gradient_scaler_scales_the_loss_and_unscales_the_gradients(torch, observe):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    optimizer = torch.optim.SGD([w], lr=0.5)
    scaler = torch.amp.GradScaler("cpu", init_scale=8.0)
    scaler.scale(torch.sum(w * 2)).backward()
    observe("the scaled gradient", w.grad, documented=[16.0, 16.0])
    scaler.step(optimizer)
    observe("the unscaled gradient", w.grad, documented=[2.0, 2.0])
    observe("the parameter after the step", w, documented=[0.0, 1.0])


@scenario("CUD-09/not-finite", cases={"inf": float("inf"), "nan": float("nan")}, devices="cpu", needs=["CUD-09"])
def the_gradient_scaler_skips_the_step_when_a_gradient_is_not_finite(torch, observe, value):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    v = torch.tensor([3.0], requires_grad=True)
    optimizer = torch.optim.SGD([w, v], lr=0.5)
    scaler = torch.amp.GradScaler("cpu", init_scale=8.0)
    scaler.scale(torch.sum(w * torch.tensor([1.0, value])) + torch.sum(v)).backward()
    scaler.step(optimizer)
    scaler.update()
    observe("the parameter with that gradient", w, documented=[1.0, 2.0])
    observe("another one of the same optimizer", v, documented=[3.0])
    observe("the scale after update()", scaler.get_scale(), documented=4.0)


@scenario("CUD-09/unscale", devices="cpu", needs=["CUD-09"])
def unscale_lets_gradients_be_looked_at_before_the_step(torch, observe):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    optimizer = torch.optim.SGD([w], lr=0.5)
    scaler = torch.amp.GradScaler("cpu", init_scale=8.0)
    scaler.scale(torch.sum(w * 2)).backward()
    scaler.unscale_(optimizer)
    observe("the gradient after unscale_", w.grad, documented=[2.0, 2.0])
    with observe.raises("unscale_ once more", RuntimeError, saying="unscale_"):
        scaler.unscale_(optimizer)
    scaler.step(optimizer)
    observe("the parameter after the step, which unscales no more", w, documented=[0.0, 1.0])


@scenario("CUD-09/accelerator", devices="accelerator", needs=["CUD-01"])
def the_gradient_scaler_works_on_the_accelerator(torch, observe):
    device = torch.get_default_device()
    w = torch.tensor([1.0, 2.0], device=device, requires_grad=True)
    optimizer = torch.optim.SGD([w], lr=0.5)
    scaler = torch.amp.GradScaler(device.type, init_scale=8.0)
    scaler.scale(torch.sum(w * 2)).backward()
    scaler.step(optimizer)
    scaler.update()
    observe("after a step with finite gradients", w, documented=[0.0, 1.0])
    optimizer.zero_grad()
    scaler.scale(torch.sum(w * float("inf"))).backward()
    scaler.step(optimizer)
    scaler.update()
    observe("after a step with infinite ones", w, documented=[0.0, 1.0])
    observe("the scale", scaler.get_scale(), documented=4.0)


@scenario("CUD-10", devices="cpu", dtypes=["float32"], needs=["BWD-01"])
def autocast_computes_in_bfloat16_and_gradients_stay_float32(torch, observe):
    weight = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    x = torch.tensor([[1.0, 2.0]])
    with torch.autocast("cpu", dtype=torch.bfloat16):
        y = torch.matmul(x, weight)
    observe("the dtype of a matrix product", y.dtype, documented=torch.bfloat16)
    observe("the parameter's dtype", weight.dtype, documented=torch.float32)
    y.backward(torch.ones(1, 2, dtype=torch.bfloat16))
    observe("the dtype of its gradient", weight.grad.dtype, documented=torch.float32)
    observe("its gradient", weight.grad, documented=[[1.0, 1.0], [2.0, 2.0]])


@scenario("CUD-10/not-eligible", devices="cpu", dtypes=["float32"], needs=["CUD-10"])
def autocast_leaves_other_ops_and_other_dtypes_alone(torch, observe):
    x = torch.tensor([[1.0, 2.0]])
    with torch.autocast("cpu", dtype=torch.bfloat16):
        observe("an addition", (x + x).dtype, documented=torch.float32)
        observe("a product of float64 matrices", torch.matmul(x.double(), x.double().t()).dtype)
    observe("a matrix product after the block", torch.matmul(x, x.t()).dtype, documented=torch.float32)


@scenario("CUD-10/disabled", devices="cpu", dtypes=["float32"], needs=["CUD-10"])
def autocast_can_be_disabled_within(torch, observe):
    x = torch.tensor([[1.0, 2.0]])
    with torch.autocast("cpu", dtype=torch.bfloat16):
        with torch.autocast("cpu", enabled=False):
            observe("a matrix product", torch.matmul(x, x.t()).dtype, documented=torch.float32)


@scenario("CUD-10/accelerator", devices="accelerator", dtypes=["float32"], needs=["CUD-01"])
def autocast_on_the_accelerator_computes_in_a_narrower_dtype(torch, observe):
    device = torch.get_default_device()
    weight = torch.tensor([[1.0, 2.0], [3.0, 4.0]], device=device, requires_grad=True)
    x = torch.tensor([[1.0, 2.0]], device=device)
    with torch.autocast(device.type, dtype=torch.float16):
        y = torch.matmul(x, weight)
    observe("the dtype of a matrix product", y.dtype, documented=torch.float16)
    torch.sum(y.to(torch.float32)).backward()
    observe("the dtype of the parameter's gradient", weight.grad.dtype, documented=torch.float32)
    observe("the parameter's gradient", weight.grad, documented=[[1.0, 1.0], [2.0, 2.0]])


@scenario("NNM-65", dtypes=["float32"])
def conversions_make_new_parameters_when_asked_to(torch, observe):
    future = torch.__future__
    observe("asked by default", future.get_overwrite_module_params_on_conversion(), documented=False)
    model = torch.nn.Linear(1, 1)
    before = model.weight
    before.grad = torch.ones(1, 1)
    model.double()
    observe("by default the parameter stays", model.weight is before)
    future.set_overwrite_module_params_on_conversion(True)
    try:
        model.float()
    finally:
        future.set_overwrite_module_params_on_conversion(False)
    observe("then it is another", model.weight is before)
    observe("its dtype", model.weight.dtype)
    observe("its gradient's", model.weight.grad.dtype)
    observe("it requires grad", model.weight.requires_grad)
    observe("the old one's dtype", before.dtype)


@scenario("NNM-65/swapping", dtypes=["float32"], needs=["NNM-65"])
def conversions_that_swap_keep_the_parameter(torch, observe):
    future = torch.__future__
    model = torch.nn.Linear(1, 1)
    before = model.weight
    future.set_swap_module_params_on_conversion(True)
    try:
        observe("asked", future.get_swap_module_params_on_conversion())
        model.double()
        model.load_state_dict({"weight": torch.full((1, 1), 3.0), "bias": torch.zeros(1)})
    finally:
        future.set_swap_module_params_on_conversion(False)
    observe("the parameter is the same", model.weight is before)
    observe("its dtype", model.weight.dtype)
    observe("its value", model.weight)
