"""JAX: transformations of functions; arrays do not know their gradient."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from conformance.adapting import factories, functional, namespace, numpy_like

jax.config.update("jax_enable_x64", True)

_default: list[Any] = [jnp.float32]


def tensor(data: Any, *, dtype: Any = None) -> Any:
    """An array of the dtype that is the default."""
    array = np.asarray(data)
    if dtype is None and array.dtype.kind == "f":
        dtype = _default[0]
    return jnp.asarray(array, dtype)


engine = namespace(
    **{
        **numpy_like(jnp),
        **factories(tensor),
        **functional(
            grad=jax.grad,
            value_and_grad=jax.value_and_grad,
            linearize=jax.linearize,
            vjp=jax.vjp,
            jvp=jax.jvp,
            jacobian=jax.jacrev,
            jacfwd=jax.jacfwd,
            hessian=jax.hessian,
            vmap=lambda f, in_dims=0, out_dims=0: jax.vmap(f, in_axes=in_dims, out_axes=out_dims),
        ),
    },
    tensor=tensor,
    float16=jnp.float16,
    bfloat16=jnp.bfloat16,
    float32=jnp.float32,
    float64=jnp.float64,
    complex64=jnp.complex64,
    complex128=jnp.complex128,
    int64=jnp.int64,
    bool=jnp.bool_,
    broadcast_shapes=jnp.broadcast_shapes,
    sigmoid=jax.nn.sigmoid,
    relu=jax.nn.relu,
    softmax=lambda x, dim: jax.nn.softmax(x, axis=dim),
    logsumexp=lambda x, dim, keepdim=False: jax.nn.logsumexp(x, axis=dim, keepdims=keepdim),
    nn=namespace(functional=namespace(jax.nn, names="relu relu6 sigmoid elu selu softplus silu celu".split())),
)

__conformance__ = {
    "name": "JAX",
    "version": jax.__version__,
    "devices": ["cpu"],
    "dtypes": ["float32", "float64"],
    "set_default_dtype": lambda name: _default.__setitem__(0, jnp.dtype(name)),
}
