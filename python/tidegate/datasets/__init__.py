"""Real data: one small set inside the package, loaders for larger ones.

``seattle_weather`` is in the package. The others read files that you put into the folder which the
environment variable ``TIDEGATE_DATA`` names, or into the cache folder ``~/.cache/tidegate``.
Nothing is downloaded: a loader that misses a file says where it comes from and where to put it,
and checks its SHA-256.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._lazy import attach

if TYPE_CHECKING:
    from . import jsb_chorales as jsb_chorales
    from . import movie_reviews as movie_reviews
    from . import names as names
    from . import seattle_weather as seattle_weather
    from . import shakespeare as shakespeare
    from . import spoken_digits as spoken_digits

# fmt: off
_OF_KERAS = (
    "boston_housing", "california_housing", "cifar10", "cifar100", "fashion_mnist", "imdb", "mnist",
    "reuters",
)
# fmt: on

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "jsb_chorales": ".jsb_chorales:",
        "movie_reviews": ".movie_reviews:",
        "names": ".names:",
        "seattle_weather": ".seattle_weather:",
        "shakespeare": ".shakespeare:",
        "spoken_digits": ".spoken_digits:",
    },
    _OF_KERAS,
    "data set",
)
