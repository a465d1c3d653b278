"""PaddlePaddle, by way of its own torch proxy, which makes ``import torch`` mean paddle."""

import warnings

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import paddle

paddle.compat.enable_torch_proxy()
paddle.set_device("cpu")

engine = paddle

__conformance__ = {
    "name": "PaddlePaddle (torch proxy)",
    "version": paddle.__version__,
    "devices": ["cpu"],
    "dtypes": ["float32", "float64"],
    "set_default_dtype": paddle.set_default_dtype,
    "set_default_device": lambda device: None,
    "to_numpy": lambda x: x.detach().numpy(),
}
