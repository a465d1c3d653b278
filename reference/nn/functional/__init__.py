"""``torch.nn.functional``: every layer as a function.

Source: https://docs.pytorch.org/docs/stable/nn.functional.html.
"""

from reference.nn.functional.activations import *  # noqa: F403
from reference.nn.functional.attention import *  # noqa: F403
from reference.nn.functional.class_losses import *  # noqa: F403
from reference.nn.functional.convolution import *  # noqa: F403
from reference.nn.functional.distances import *  # noqa: F403
from reference.nn.functional.dropouts import *  # noqa: F403
from reference.nn.functional.embeddings import *  # noqa: F403
from reference.nn.functional.linear import *  # noqa: F403
from reference.nn.functional.losses import *  # noqa: F403
from reference.nn.functional.normalization import *  # noqa: F403
from reference.nn.functional.padding import *  # noqa: F403
from reference.nn.functional.pooling import *  # noqa: F403
from reference.nn.functional.ranking_losses import *  # noqa: F403
from reference.nn.functional.vision import *  # noqa: F403
