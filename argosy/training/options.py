"""How rows are read for training; the field names are those of tfx_bsl."""

import dataclasses


@dataclasses.dataclass(frozen=True, kw_only=True)
class TensorFlowDatasetOptions:
    """How `tf_dataset_factory` reads.

    Attributes:
        batch_size: Rows per batch.
        drop_final_batch: Whether a last batch of fewer rows is left out.
        num_epochs: How often all rows are read; None: without end.
        shuffle: Whether rows are shuffled, anew in every epoch.
        shuffle_buffer_size: Among how many rows one is drawn.
        shuffle_seed: For the same order in every run; None: TensorFlow's global seed decides.
        prefetch_buffer_size: Batches made ahead; None: TensorFlow decides.
        reader_num_threads: Files read at a time; None: one.
        parser_num_threads: Batches parsed at a time; None: TensorFlow decides.
        sloppy_ordering: Whether rows may come in any order, which is faster and not reproducible.
        label_key: The feature that is split off: elements are then (features, label).
    """

    batch_size: int
    drop_final_batch: bool = False
    num_epochs: int | None = None
    shuffle: bool = True
    shuffle_buffer_size: int = 10_000
    shuffle_seed: int | None = None
    prefetch_buffer_size: int | None = None
    reader_num_threads: int | None = None
    parser_num_threads: int | None = None
    sloppy_ordering: bool = False
    label_key: str | None = None


@dataclasses.dataclass(frozen=True, kw_only=True)
class RecordBatchesOptions:
    """How `record_batch_factory` reads.

    Attributes:
        batch_size: Rows per batch; the last may have fewer.
        drop_final_batch: Whether a last batch of fewer rows is left out.
        num_epochs: How often all rows are read; None: without end.
    """

    batch_size: int
    drop_final_batch: bool = False
    num_epochs: int | None = None
