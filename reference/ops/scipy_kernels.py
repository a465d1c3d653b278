"""SciPy's functions as kernels. SciPy is asked for when one is first called: the engine needs NumPy alone."""

from __future__ import annotations

from typing import Any

import numpy as np


def scipy_special(name: str) -> Any:
    """A kernel of SciPy's; where SciPy is not installed, NotImplementedError says what to do."""

    def kernel(*arrays: Any, **parameters: Any) -> Any:
        try:
            import scipy.special
        except ModuleNotFoundError:
            raise NotImplementedError(f"{name} needs SciPy: pip install scipy") from None
        out = getattr(scipy.special, name)(*arrays, **parameters)
        return np.asarray(out).astype(next(a.dtype for a in arrays if hasattr(a, "dtype")), copy=False)

    return kernel
