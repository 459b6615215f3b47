"""Pusher: a blessed model, checked in a throw-away server, becomes a version that every server has."""

import logging
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from argosy import fs
from argosy.artifacts import InfraBlessing, Input, Model, ModelBlessing, Output, PushedModel
from argosy.errors import ArgosyError, ArtifactError, ParameterError, StorageError, located
from argosy.saved_model.golden import GoldenCase, read_golden
from argosy.serving.blessing import refusal
from argosy.serving.client import check_url
from argosy.serving.destination import base_directory
from argosy.serving.publish import confirm, find_published, is_pending, publish, withdraw
from argosy.serving.rollout import await_servers, check_candidate

log = logging.getLogger("argosy.serving")

NOT_PUSHED_FILE = "NOT_PUSHED"


def pusher(
    model: Input[Model],
    pushed_model: Output[PushedModel],
    model_blessing: Input[ModelBlessing] | None = None,
    infra_blessing: Input[InfraBlessing] | None = None,
    *,
    push_destination: dict[str, Any],
    model_name: str = "",
    serving_urls: list[str] | None = None,
    rollout_timeout_seconds: int = 300,
) -> dict[str, bool]:
    """Returns whether the model was pushed, as {"pushed": ...}.

    A model that was not blessed is not pushed, which is no error. A model that is already the newest version is not
    published again. A version that a server named in `serving_urls` does not come to serve is withdrawn.

    Raises:
        ParameterError: push_destination or serving_urls is not what it has to be.
        ArtifactError: The model is not a SavedModel.
        GateError: Served, the candidate or the version does not answer its golden requests as at training time.
        ServerError: A server did not serve the version in time.
        StorageError: The version could not be written.
    """
    base = base_directory(push_destination)
    urls = tuple(serving_urls or ())
    with located(parameter="serving_urls"):
        for url in urls:
            check_url(url)
    if rollout_timeout_seconds < 0:
        raise ParameterError(f"rollout_timeout_seconds: {rollout_timeout_seconds}; give seconds, 0 or more")
    reason = _refusals(model_blessing, infra_blessing)
    if reason:
        return _not_pushed(pushed_model, reason)
    directory = serving_directory(model.path)
    name = model_name or base.rpartition("/")[2]
    if fs.is_remote(base):
        fs.check_writable(base)
    cases = read_golden(model.path) or read_golden(directory)
    if not cases:
        log.warning("no golden requests beside %s: what the model answers is not compared with training", directory)
    log.info("asking the candidate in a throw-away server")
    check_candidate(directory, name, cases)
    version = find_published(directory, base)
    reused = version is not None and not is_pending(base, version)
    if version is None:
        version = publish(directory, base)
    log.info("%s version %d in %s%s", name, version, base, ": the same model, not published again" if reused else "")
    _roll_out(base, version, urls, name, cases, timeout=rollout_timeout_seconds, keep=reused)
    _record(pushed_model, directory, f"{base}/{version}", model_name=name, golden_cases=len(cases), reused=int(reused))
    return {"pushed": True}


def serving_directory(path: str) -> str:
    """Returns the SavedModel of a model artifact: `Format-Serving/`, or the artifact itself, as KFP's users lay it out.

    Raises:
        ArtifactError: Neither is a SavedModel.
    """
    for directory in (Path(path, "Format-Serving"), Path(path)):
        if (directory / "saved_model.pb").is_file():
            return str(directory)
    raise ArtifactError(f"model {path}: no saved_model.pb in Format-Serving/ or in itself; export a SavedModel there")


def _refusals(model_blessing: Input[Any] | None, infra_blessing: Input[Any] | None) -> str:
    if model_blessing is None and infra_blessing is None:
        log.warning("no blessing given: the model is pushed without one")
    reasons = []
    if model_blessing is not None and (reason := refusal(model_blessing)):
        reasons.append(f"model {reason}")
    if infra_blessing is not None and (reason := refusal(infra_blessing, "INFRA_")):
        reasons.append(f"infrastructure {reason}")
    return "; ".join(reasons)


def _not_pushed(pushed_model: Output[PushedModel], reason: str) -> dict[str, bool]:
    log.info("not pushed: %s", reason)
    fs.write_bytes(f"{pushed_model.path}/{NOT_PUSHED_FILE}", f"{reason}\n".encode())
    pushed_model.metadata.update(pushed=0, reason=reason)
    return {"pushed": False}


def _roll_out(
    base: str, version: int, urls: Sequence[str], name: str, cases: Sequence[GoldenCase], *, timeout: float, keep: bool
) -> None:
    try:
        await_servers(urls, name, version, cases, timeout=timeout)
    except Exception as error:
        if not keep:
            withdraw(base, version)
        outcome = "was published by an earlier push and stays in" if keep else "was withdrawn from"
        outcome = f"version {version} {outcome} {base}"
        if isinstance(error, ArgosyError):
            raise type(error)(f"{error}; {outcome}") from error
        error.add_note(outcome)
        raise
    confirm(base, version)


def _record(pushed_model: Output[PushedModel], directory: str, published: str, **metadata: Any) -> None:
    try:
        shutil.copytree(directory, pushed_model.path, dirs_exist_ok=True)
    except (OSError, shutil.Error) as error:
        raise StorageError(f"cannot copy {directory} to {pushed_model.path}: {error}") from error
    version = published.rpartition("/")[2]
    pushed_model.metadata.update(pushed=1, pushed_destination=published, pushed_version=version, **metadata)
