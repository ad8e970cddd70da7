"""What tests share: the real data sets beside the project, where they are."""

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture
def shared() -> Path:
    """Give the folder of real data; skip where it is absent."""
    if not SHARED.is_dir():
        pytest.skip("shared data absent: no ../shared/data beside the project")
    return SHARED
