"""One task of a Workflow in its pod: driver, executor and publisher around the same executor function.

    python -m argosy.run --pod SPEC --input NAME=JSON ... --run NAME --uid UID --pod_name POD --task PATH --root URI

    command.py     the command line, read, and how the process ends
    arguments.py   what a pod is told: pairs of flags and values, JSON in ASCII
    inputs.py      those values as a resolved task, a `Call` like the embedded runner's
    references.py  artifacts as they travel between pods
    places.py      where outputs go, and where the bytes of artifacts are in this pod
    driver.py      cache decision; registered, with outputs allotted under the artifact root
    executor.py    the step in a child process, its inputs fetched
    publisher.py   outputs brought to the root and into the store; then the files that Argo reads
    importer.py    KFP's own importer
    foreign.py     the phases before and after a container of the user's; `script.py` is what runs in between

Pods of one task may die at any moment and be started again: what the next one finds is either complete or discarded.
"""

from argosy.runner.pod.command import main

__all__ = ["main"]
