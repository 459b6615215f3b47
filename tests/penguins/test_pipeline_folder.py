import ast
from pathlib import Path

from argosy.model_analysis.parse_config import parse_eval_config

FOLDER = Path(__file__).parent.parent.parent / "pipelines" / "penguins"


def test_the_pipeline_is_nine_calls_and_nothing_else():
    tree = ast.parse((FOLDER / "pipeline.py").read_text())
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    assert len(calls) == 9


def test_the_pipeline_names_only_its_own_files():
    tree = ast.parse((FOLDER / "pipeline.py").read_text())
    texts = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    files = [text for text in texts if text.endswith((".py", ".yaml"))]
    assert sorted(files) == ["evaluation.yaml", "model.py", "preprocessing.py"]
    assert all((FOLDER / file).is_file() for file in files)


def test_the_evaluation_is_one_that_the_evaluator_knows():
    config = parse_eval_config((FOLDER / "evaluation.yaml").read_text())
    assert config.model_specs[0].label_key == "species"
    assert [spec.feature_keys for spec in config.slicing_specs] == [(), ("island",), ("sex",)]
