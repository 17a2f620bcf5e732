"""Situations: teachers of timm, of scripts, and files of their weights."""
import torch
from test_faults.situations import REFUSED, RIGHT, elsewhere, situation
from tiny_clip import write_config

from reldistill_mm.models.teachers.build_clip import build_clip

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
    'evaluate_teacher.py on keyframes of which no pair is labelled', 'values',
    REFUSED, "No pair of the N keyframes has a label of the dataset's K "
    'classes: ...', 'tests/test_apis/test_evaluate_teacher.py::'
    'test_without_a_labelled_pair_there_is_nothing_to_judge_by')
elsewhere(
    'evaluate_teacher.py --vary a key that no teacher depends on', '9',
    REFUSED, '--vary model.projector.layers changes nothing that a teacher at '
    'the pairs depends on, ...', 'tests/test_apis/test_evaluate_teacher.py::'
    'test_several_teachers_in_one_table')
elsewhere(
    'train_cfg.val_interval=82512.0 (a quotient, in configs of mmdet)',
    'config', RIGHT, 'taken', 'tests/test_io/test_config_check.py::'
    'test_what_users_own_classes_may_read')
elsewhere(
    'one state dict as .pt, in a checkpoint and as .safetensors', '6', RIGHT,
    'one teacher, by its tensors', 'tests/test_io/test_weights_sum.py::'
    'test_one_digest_for_one_state_dict')
elsewhere(
    "images or a teacher's weights that change under the path of finished "
    'runs of a protocol', '6', RIGHT,
    'finished before, but the data has changed '
    'since (test images, teacher): it is run again.',
    'tests/test_experiments/test_data_state.py::'
    'test_images_and_weights_under_the_same_path')


def load_clip(tmp, spoil):
    """A CLIP from a file of weights of another kind."""
    model = write_config(tmp)
    state = build_clip(model, 'random').state_dict()
    torch.save(spoil(state), tmp / 'a.pt')
    build_clip(model, str(tmp / 'a.pt'))


@situation(
    'a quantised CLIP', '4', REFUSED,
    "The weights 'a.pt' are quantised: the tensor '...' is of torch.int8. "
    'Give those of full precision.')
def _(tmp):
    load_clip(
        tmp, lambda state: {
            name: (9 * tensor).to(torch.int8)
            for name, tensor in state.items()
        })


@situation(
    'the image tower of a CLIP alone', '4', REFUSED,
    "The weights 'a.pt' cannot be loaded into '...': Error(s) in loading "
    'state_dict for CLIP: Missing key(s) in state_dict: ... '
    "Give a file of this model's weights (...), ...")
def _(tmp):
    load_clip(
        tmp, lambda state: {
            name: tensor
            for name, tensor in state.items() if name.startswith('visual.')
        })
