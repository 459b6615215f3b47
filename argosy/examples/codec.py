"""The codec between Arrow batches and serialized tf.Examples.

    Example { Features features = 1 }    Features { map<string, Feature> feature = 1 }
    Feature { oneof kind { BytesList bytes_list = 1; FloatList float_list = 2; Int64List int64_list = 3 } }

| a row's value | on the wire | read back as |
|---|---|---|
| null | the key with a Feature without a kind | null (so is an absent key) |
| [] | the key with an empty list of its kind | [] |
| [1, 2] | the key with the list, numbers packed | [1, 2] |

No message object is made on either way; see `wire` for how.
"""

from argosy.examples.decode import decode_examples
from argosy.examples.encode import encode_examples

__all__ = ["decode_examples", "encode_examples"]
