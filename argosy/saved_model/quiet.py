"""TensorFlow's remarks that no setting silences."""

import os


def absorb_first_remarks() -> None:
    """Imports TensorFlow and runs an empty session, while stderr leads nowhere.

    Of oneDNN and of an MLIR pass that is off, TensorFlow tells once a process, below any log level that can be set. For
    programs that talk to a person, at their start, before there are threads with something to say.
    """
    stderr, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        import tensorflow as tf

        with tf.Graph().as_default(), tf.compat.v1.Session() as session:
            session.run(tf.constant(0))
    finally:
        os.dup2(stderr, 2)
        os.close(stderr)
        os.close(nowhere)
