"""Situations: teachers of timm, of scripts, and files of their weights."""
from test_faults.situations import REFUSED, RIGHT, elsewhere

TIMM = 'tests/test_models/test_timm_teacher.py::'
SCRIPT = 'tests/test_models/test_file_teacher.py::'
NOT_OF_IT = "'...' does not hold the weights of timm's '...' of this config: "

elsewhere('weights of a deeper model for a timm teacher (ResNet-101 for 50)',
          '4', REFUSED, f'{NOT_OF_IT}... unknown to the model: blocks.2...',
          f'{TIMM}test_weights_of_another_model_are_refused')
elsewhere('weights of a timm model with registers for one without', '4',
          REFUSED, f'{NOT_OF_IT}...',
          f'{TIMM}test_weights_of_another_model_are_refused')
elsewhere('integers (a quantised file) for a timm teacher', '4', REFUSED,
          f'{NOT_OF_IT}... of another kind: ...',
          f'{TIMM}test_weights_of_another_model_are_refused')
elsewhere('weights of a timm teacher as safetensors, or under module.', '4',
          RIGHT, 'every tensor loaded, with any torch',
          f'{TIMM}test_wrapped_weights_and_safetensors_are_read')
elsewhere('a .safetensors file cut off', 'bytes', REFUSED,
          "'a.safetensors' is not a complete checkpoint (...): ...",
          f'{TIMM}test_wrapped_weights_and_safetensors_are_read')
elsewhere(
    'a timm model whose maps do not tile the image (Inception, LeViT)', '1',
    REFUSED, "timm's 'inception_v3' has maps of (3, 7) cells ... which do not "
    'tile them, ...',
    f'{TIMM}test_maps_that_do_not_tile_the_image_are_refused')
elsewhere('a timm model by its name, with the tag and without', '6', RIGHT,
          'one teacher; another tag is another one',
          f'{TIMM}test_a_name_counts_with_the_tag_that_timm_takes')
elsewhere(
    'a script of a FileTeacher that returns None, lists, complex numbers or '
    'another shape', 'values', REFUSED,
    "The script of the teacher 'a' returned ...",
    f'{SCRIPT}test_what_a_script_may_not_return')
elsewhere(
    'a script of a FileTeacher that leaves pixels at zero', 'values', REFUSED,
    "The script of the teacher 'a' returned zeros for 1 of 3 pixels, which "
    'have no direction to learn: ...',
    f'{SCRIPT}test_what_a_script_may_not_return')
elsewhere('a script of a FileTeacher that returns a NumPy array', 'values',
          RIGHT, 'its features', f'{SCRIPT}test_arrays_of_a_script_are_taken')
elsewhere('FileTeacher without a name, embed_dim or stride of 0', 'values',
          REFUSED, 'FileTeacher(...): give it a name, and positive numbers.',
          f'{SCRIPT}test_numbers_and_names_that_cannot_be')
elsewhere(
    'evaluate_teacher.py --vary KEY without values', '9', REFUSED,
    '--vary model.teacher.dense names no values to take in turn: ...',
    'tests/test_apis/test_evaluate_teacher.py::'
    'test_several_teachers_in_one_table')
elsewhere(
    'train_cfg.val_interval=82512.0 (a quotient, in configs of mmdet)',
    'config', RIGHT, 'taken', 'tests/test_io/test_config_check.py::'
    'test_what_users_own_classes_may_read')
