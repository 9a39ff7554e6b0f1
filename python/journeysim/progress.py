"""Progress that is seen while a question is answered."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from journeysim.scenario import Progress


@contextmanager
def watched(
    progress: Literal[True, False] | Progress, what: str, unit: str
) -> Iterator[Callable[[int, int], object] | None]:
    """Opens a bar and yields what tells it how much is finished, and of how much."""
    if progress is False:
        yield None
        return
    if progress is True:
        from tqdm.auto import tqdm

        make: Progress = tqdm
    else:
        make = progress
    bar = make(total=0, unit=f" {unit}", desc=what)

    def tell(finished: int, expected: int) -> None:
        bar.total = expected
        bar.update(finished - bar.n)

    try:
        yield tell
    finally:
        bar.close()
