"""Runs in a pod: publishes y = x / 2 + OFFSET as a new version under a base path. Arguments: base path, offset."""

import sys
import tempfile


def main(base_path: str, offset: str) -> None:
    """Prints the version's number."""
    import tensorflow as tf

    from argosy.serving.publish import confirm, publish

    module = tf.Module()
    module.a, module.b = tf.Variable(0.5), tf.Variable(float(offset))

    @tf.function(input_signature=[tf.TensorSpec([None], tf.float32, name="x")])
    def half(x):
        return {"y": module.a * x + module.b}

    with tempfile.TemporaryDirectory() as folder:
        tf.saved_model.save(module, folder, signatures=half)
        version = publish(folder, base_path)
    confirm(base_path, version)
    print(f"version {version}")


if __name__ == "__main__":
    main(*sys.argv[1:])
