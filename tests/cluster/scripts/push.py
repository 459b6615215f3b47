"""Runs in a pod: pushes y = x / 2 + OFFSET with its golden request. Arguments: base URI, offset, REST URL, seconds."""

import logging
import sys
import tempfile

from argosy.errors import ArgosyError


def main(base_directory: str, offset: str, url: str, seconds: str) -> None:
    """Prints what the Pusher logs, and then the version."""
    import tensorflow as tf

    from argosy.artifacts import Input, Output
    from argosy.saved_model.golden import GoldenCase, write_golden
    from argosy.serving.executor import pusher

    module = tf.Module()
    module.a, module.b = tf.Variable(0.5), tf.Variable(float(offset))

    @tf.function(input_signature=[tf.TensorSpec([None], tf.float32, name="x")])
    def half(x):
        return {"y": module.a * x + module.b}

    with tempfile.TemporaryDirectory() as model, tempfile.TemporaryDirectory() as pushed:
        tf.saved_model.save(module, f"{model}/Format-Serving", signatures={"serving_default": half})
        answer = {"y": [0.5 + float(offset)]}
        case = GoldenCase(signature="serving_default", inputs={"x": [1.0]}, outputs=answer, source="in_memory")
        write_golden(model, [case])
        output: Output = Output(uri=pushed, path=pushed)
        pusher(
            Input(uri=model, path=model), output,
            push_destination={"filesystem": {"base_directory": base_directory}},
            serving_urls=[url], rollout_timeout_seconds=int(seconds),
        )  # fmt: skip
        print(f"version {output.metadata['pushed_version']}")


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING, stream=sys.stdout, format="%(message)s")
    logging.getLogger("argosy").setLevel(logging.INFO)
    try:
        main(*sys.argv[1:])
    except ArgosyError as error:
        print(error)
        sys.exit(error.exit_code)
