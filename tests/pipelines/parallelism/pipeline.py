"""A loop's parallelism limit holds: each iteration refuses to run beside more others than it allows."""

# mypy: disable-error-code="valid-type"

from kfp import dsl


def python(code: str, *args: object) -> dsl.ContainerSpec:
    return dsl.ContainerSpec(image="argosy/cli:0.1.0", command=["python", "-c", code], args=list(args))


@dsl.container_component
def crowded(folder: str, item: int, limit: int, most: dsl.OutputPath(int)) -> dsl.ContainerSpec:
    code = """
import os, sys, time
folder, item, limit, most = sys.argv[1:]
os.makedirs(folder, exist_ok=True)
mine = os.path.join(folder, item)
open(mine, "w").close()
seen = 0
for _ in range(4):
    seen = max(seen, len(os.listdir(folder)))
    time.sleep(0.05)
os.remove(mine)
open(most, "w").write("0" if seen <= int(limit) else str(seen))
"""
    return python(code, folder, item, limit, most)


@dsl.pipeline(name="parallelism")
def pipeline():
    with dsl.ParallelFor([1, 2, 3], parallelism=1, name="one-at-a-time") as item:
        crowded(folder="parallelism-1", item=item, limit=1)
    with dsl.ParallelFor([1, 2, 3, 4], parallelism=2, name="two-at-a-time") as item:
        crowded(folder="parallelism-2", item=item, limit=2)
