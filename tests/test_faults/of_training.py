"""Situations of training and labels that other tests bring about."""
from test_faults.situations import REFUSED, RIGHT, WARNED, elsewhere

FINITE = 'tests/test_hooks/test_check_finite.py::'
LOADING = 'tests/test_datasets/test_loading.py::'
METRIC = 'tests/test_evaluation/test_point_seg_metric.py::'
TEACHER = 'tests/test_models/test_teacher_contract.py::'
WORDS = 'tests/test_hooks/test_without_words.py::'

elsewhere(
    'a loss that becomes NaN or infinite', 'values', REFUSED,
    'Training has diverged: loss_... is nan at step ...: lower the learning '
    'rate (optim_wrapper.optimizer.lr), or train without AMP ...',
    FINITE + 'test_a_loss_that_is_not_finite')
elsewhere(
    'weights with NaN at the moment of saving', 'values', REFUSED,
    "after step ... the tensor '...' has ... numbers that are not finite "
    '(NaN or infinity), and nothing was saved',
    FINITE + 'test_weights_that_are_not_finite_are_not_saved')
elsewhere(
    'training on a stale cache of teacher features', '6', REFUSED,
    "'...' is stale: the keyframe's points, calibration, images or "
    'superpixels differ ...',
    'tests/test_datasets/test_cached_pairs.py::test_errors_name_file_reason_and_command'
)
elsewhere(
    'a negative running_var in a checkpoint', '4', REFUSED,
    "the tensor '...running_var' holds -2, and a variance is not "
    'negative',
    'tests/test_io/test_checkpoint.py::test_a_variance_that_is_negative')
elsewhere(
    'a model whose scores are NaN, at segmentation', 'values', REFUSED,
    'The model gives scores that are not finite (NaN or infinity), which '
    'label no point', 'tests/test_apis/test_segment_scan.py::'
    'test_scores_that_are_not_finite_label_nothing')
elsewhere('a model whose scores are NaN, at testing', 'values', REFUSED,
          'The model gives scores that are not finite (NaN or infinity) ...',
          METRIC + 'test_scores_that_are_not_finite')
elsewhere(
    '.npy labels that are fractions, NaN or below -1', 'values', REFUSED,
    "The label file '...' holds float64 values (24.5, say), and labels are "
    'integers', LOADING + 'test_labels_that_a_conversion_would_change')
elsewhere(
    'a label file without an id of any class', 'values', WARNED,
    "'...' labels no point with a class of the dataset (its ids: ...): all "
    'are ignored.', LOADING + 'test_a_file_without_any_class_is_told_once')
elsewhere('a test set whose labels are all ignored', 'values', REFUSED,
          'No point of the ... labelled samples has a class of the dataset',
          METRIC + 'test_labels_that_are_all_ignored')
elsewhere(
    "another ignore_index in the decode head than in the training set's "
    'labels', '10', REFUSED,
    'The decode head ignores the label 20 and train_dataloader marks ignored '
    'points by 255',
    'tests/test_hooks/test_check_classes.py::test_another_label_is_ignored')
elsewhere('a child config with zero_shot_head=None and nothing else', '11',
          RIGHT, 'validation and test report structure, and the log says so',
          TEACHER + 'test_one_step_and_a_validation_without_words')
elsewhere(
    "zero_shot_head=None beside a val_dataloader of the user's own", '11',
    REFUSED, 'val_evaluator=PointSegMetric judges labels, but the model '
    'has no words to give any (zero_shot_head=None): set ...',
    TEACHER + 'test_a_validation_of_labels_stops_before_the_first_step')
elsewhere(
    'test.py --tta or --show-dir of a model without words', '10', REFUSED,
    '--show-dir draws labels, and the model has no words to '
    'give any (zero_shot_head=None): leave --show-dir out.',
    WORDS + 'test_what_a_test_asks_for_without_words')
elsewhere(
    'validation by structure on data without labels', '10', REFUSED,
    'StructureMetric needs labels, of each of which it takes as many pairs, '
    "and '...' has none: test on labelled data, or set ... to None.",
    'tests/test_hooks/test_prepare_model.py::test_structure_without_labels')
elsewhere(
    'images of a size that the teacher cannot read, by whichever step', '10',
    REFUSED, 'The images of val_dataloader come with (224, 420) pixels '
    '(height, width), which ... cannot read: set the size of '
    'ResizedCropCameras to multiples of 16, the stride of the teacher.',
    TEACHER + 'test_image_sizes_stop_before_the_first_step')
