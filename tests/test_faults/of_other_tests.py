"""Situations that other tests bring about; each names the test."""
from test_faults.situations import REFUSED, RIGHT, elsewhere

LOADING = 'tests/test_datasets/test_loading.py::'
CHECKPOINT = 'tests/test_io/test_checkpoint.py::'
SAFE = 'tests/test_compat/test_safe_loading.py::'
PAIR_FILE = 'tests/test_teacher_cache/test_pair_file.py::'
TOOLS = 'tests/test_tools/test_bad_input.py::'

elsewhere(
    'a cloud of a dataset cut off', 'bytes', REFUSED,
    "The point cloud '...' holds ... values, not a multiple of "
    'load_dim=5: it is truncated (copy it again) or has another number '
    'of columns (set load_dim).', LOADING + 'test_truncated_cloud')
elsewhere(
    'a cloud of a dataset with NaN', 'values', REFUSED,
    "The point cloud '...' has 1 points that are not finite, the first "
    'at row ...', LOADING + 'test_points_that_are_not_finite')
elsewhere(
    'an image of a dataset cut off', 'bytes', REFUSED,
    "The image '...' cannot be decoded (...): it is truncated or not an "
    'image; copy it again.', LOADING + 'test_truncated_and_no_jpeg')
elsewhere(
    'a keyframe without cameras', 'values', REFUSED,
    "'...' has no camera in its info; set modality.use_camera and use "
    'infos with images.', LOADING + 'test_no_camera')
elsewhere(
    'a checkpoint cut off', '4', REFUSED,
    "'...' is not a complete checkpoint (...): copy it again, or take "
    'one that tools/train.py has written.',
    CHECKPOINT + 'test_truncated_files')
elsewhere(
    'a checkpoint without weights', '4', REFUSED,
    "'...' holds no weights: a checkpoint has a 'state_dict' of "
    'tensors, or is one. Take one that tools/train.py has written.',
    CHECKPOINT + 'test_files_without_weights')
elsewhere(
    'a checkpoint that would run a program', '4', RIGHT,
    'the weights; the entry is left out with a warning, and resuming '
    'is refused', SAFE + 'test_nothing_of_a_hostile_file_runs')
elsewhere(
    'a whole pickled model', '4', REFUSED,
    "'...' holds no weights that can be read: ... Save "
    'model.state_dict().', SAFE + 'test_a_whole_pickled_model_is_refused')
elsewhere(
    'a TorchScript program', '4', REFUSED,
    "'...' is a TorchScript program, not a checkpoint: save the state "
    'dict of its model.', SAFE + 'test_a_torchscript_program_is_refused')
elsewhere('one flipped bit in a cached keyframe', 'bytes', REFUSED,
          "'...' is corrupt: the checksum of ... is wrong.",
          PAIR_FILE + 'test_one_flipped_bit_is_noticed')
elsewhere('a cached keyframe cut off', 'bytes', REFUSED,
          "'...' is truncated or not a file of cached pairs (...).",
          PAIR_FILE + 'test_truncated_files_are_noticed')
elsewhere(
    'a cached keyframe of another teacher', '6', REFUSED,
    "'...' is stale: it was made with another teacher, preprocessing or "
    "option than the cache's manifest names.",
    PAIR_FILE + 'test_stale_foreign_and_missing_files_are_noticed')
elsewhere('two scans of one name, segmented after each other', '6', RIGHT,
          'a folder for each',
          TOOLS + 'test_scans_of_one_name_have_folders_of_their_own')
elsewhere('a tool and a file that is not there', 'names', REFUSED,
          'one line after the name of the tool, and exit code 2',
          TOOLS + 'test_one_line')
