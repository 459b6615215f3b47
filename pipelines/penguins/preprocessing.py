"""Features of a penguin: what is computed over all rows once, and then frozen into the graph that also serves."""

import tensorflow as tf

import argosy.transform as tft

MEASUREMENTS = ("bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g")


def preprocessing_fn(inputs: dict) -> dict:
    """Returns the model's features, and the species as a number, all of shape [batch, 1]."""
    # Phase 1 finds means and vocabularies. What was not measured gets the mean, so phase 2 sees no gaps.
    filled = {name: _filled(inputs[name]) for name in MEASUREMENTS}
    features = {name: tft.scale_to_z_score(filled[name]) for name in MEASUREMENTS}
    sex = _column(tft.fill_missing(inputs["sex"], "unknown"))

    # Phase 2 finds the quartiles of the mass, phase 3 which of them occur together with which sex.
    quartile = tf.strings.as_string(tft.bucketize(filled["body_mass_g"], num_buckets=4))
    sex_and_mass = tf.strings.join([sex, quartile], separator=" in quartile ")

    features["island"] = tft.compute_and_apply_vocabulary(inputs["island"], num_oov_buckets=1)
    features["sex_and_mass"] = tft.compute_and_apply_vocabulary(sex_and_mass, num_oov_buckets=1)
    features["species"] = tft.compute_and_apply_vocabulary(inputs["species"], vocab_filename="species")
    return features


def _filled(measurement: tf.SparseTensor) -> tf.Tensor:
    measurement = tf.cast(measurement, tf.float32)
    return _column(tft.fill_missing(measurement, tft.mean(measurement)))


def _column(values: tf.Tensor) -> tf.Tensor:
    return tf.reshape(values, [-1, 1])
