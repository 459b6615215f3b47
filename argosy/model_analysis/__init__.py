"""Model analysis: metrics overall and by slice, thresholds, and the verdict on a model.

    config = parse_eval_config(Path("evaluation.yaml").read_text())
    result = run_model_analysis("model/Format-Serving", config, EvalData(path="examples"), "evaluation")
    result.get_metrics_for_slice((("island", "Biscoe"),))

Rows go through extractors (features, labels, example weights, predictions, slice keys), evaluators and writers, all of
them Beam transforms; every metric is a formula over shared accumulators. The files are TFMA's: `load_eval_result` reads
them back, `evaluation_html` and `evaluation_text` show them.
"""

from typing import Any

_HOME = {
    "EvalConfig": "config",
    "EvalData": "analyze",
    "EvalResult": "results",
    "evaluation_html": "report",
    "evaluation_text": "report",
    "load_eval_result": "results",
    "load_validation_result": "results",
    "parse_eval_config": "parse_config",
    "run_model_analysis": "analyze",
}

__all__ = [
    "EvalConfig",
    "EvalData",
    "EvalResult",
    "evaluation_html",
    "evaluation_text",
    "load_eval_result",
    "load_validation_result",
    "parse_eval_config",
    "run_model_analysis",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib

    return getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)
