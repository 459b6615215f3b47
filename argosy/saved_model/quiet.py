"""TensorFlow's one remark that no setting silences."""

import os

import tensorflow as tf


def absorb_first_remark() -> None:
    """Runs an empty session while stderr leads nowhere.

    The first session of a process says that an optional MLIR pass is off, below any log level that can be set. For
    programs that talk to a person, at their start, before there are threads with something to say.
    """
    stderr, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        with tf.Graph().as_default(), tf.compat.v1.Session() as session:
            session.run(tf.constant(0))
    finally:
        os.dup2(stderr, 2)
        os.close(stderr)
        os.close(nowhere)
