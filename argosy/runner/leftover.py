"""Containers that outlive their runner: a killed run has said so in its root, and the next one there removes them."""

import contextlib
from collections.abc import Iterator

from argosy import fs
from argosy.errors import InfrastructureError
from argosy.runner.docker_engine import Engine, closed_after, open_engine, sweep
from argosy.runner.image_engine import engine_address
from argosy.runner.layout import Layout


@contextlib.contextmanager
def no_containers_left(layout: Layout, engine: Engine | None) -> Iterator[None]:
    """Removes what an earlier run left behind; while the body runs, the root says that it may leave some.

    Args:
        layout: Of the root, whose lock the caller holds.
        engine: Where this run's containers will be; None when it starts none.

    Raises:
        InfrastructureError: The engine of this run cannot remove them.
    """
    if engine is None:
        if layout.containers.exists():
            # An engine that has gone has taken its containers along, most likely; the file stays, so it is asked again.
            with contextlib.suppress(InfrastructureError):
                with closed_after(earlier := open_engine()):
                    sweep(earlier, layout.root)
                fs.remove(str(layout.containers))
        yield
        return
    sweep(engine, layout.root)
    fs.write_bytes(str(layout.containers), f"{engine_address()}\n".encode())
    yield
    # Only after a run that came to its end.
    with contextlib.suppress(InfrastructureError):
        sweep(engine, layout.root)
        fs.remove(str(layout.containers))
