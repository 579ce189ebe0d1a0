"""Where this program keeps on this machine what can be had or computed anew."""

import os
from pathlib import Path


def cache_folder(*parts: str) -> Path:
    """A folder below `$TELLS_CACHE`, else `$XDG_CACHE_HOME/tells`, else `~/.cache/tells`; it need not be there yet."""
    stated = os.environ.get("TELLS_CACHE")
    above = os.environ.get("XDG_CACHE_HOME")
    root = Path(stated) if stated else Path(above) / "tells" if above else Path.home() / ".cache" / "tells"
    return root.expanduser().joinpath(*parts)
