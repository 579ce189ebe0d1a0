"""What a run was computed with: kept and shown, and never a reason to refuse."""

import platform
from importlib.metadata import PackageNotFoundError, version

LIBRARIES = ("torch", "transformers")


def circumstances() -> str:
    """A line that names the versions of what computes a model's answers."""
    found = []
    for library in LIBRARIES:
        try:
            found.append(f"{library} {version(library)}")
        except PackageNotFoundError:  # installed without its metadata
            continue
    return f"computed with {', '.join([f'Python {platform.python_version()}', *found])}"
