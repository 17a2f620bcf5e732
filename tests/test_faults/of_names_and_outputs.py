"""Situations of the issue's kinds; each names the test."""
from test_faults.situations import REFUSED, RIGHT, elsewhere

elsewhere(
    'Two recordings runA/lidar/top/000.bin, runB/lidar/top/000.bin in one '
    'teacher cache', '6', RIGHT,
    'two files, runA-lidar-top-000-DIGEST.safetensors and runB-...; a '
    'second run keeps both, also after the data root has moved',
    'tests/test_teacher_cache/test_build.py::'
    'test_two_recordings_of_equal_names_have_a_file_each')

elsewhere(
    'The same, with equal clouds in both', '6', RIGHT, 'two files',
    'tests/test_teacher_cache/test_build.py::'
    'test_two_recordings_of_equal_names_have_a_file_each')

elsewhere(
    'Another dataset with equal paths below its root, same cache folder', '6',
    REFUSED,
    "'...runA-lidar-top-000-...' is stale: ... made of other data than "
    'that of this config: if the data has changed, delete the file ...; '
    'take another folder (--out); nothing is overwritten',
    'tests/test_teacher_cache/test_build.py::'
    'test_another_dataset_never_rebuilds_what_is_there')

elsewhere(
    'ConcatDataset of two roots with equal relative paths in one cache', '6',
    REFUSED,
    "The keyframes 'a/...' and 'b/...' share the name ...: take the folder "
    'above both as data_root ...',
    'tests/test_teacher_cache/test_build.py::test_datasets_in_one_folder')

elsewhere(
    'ConcatDataset of two datasets with different paths', '6', RIGHT,
    'all keyframes in one cache',
    'tests/test_teacher_cache/test_build.py::test_datasets_in_one_folder')

elsewhere(
    'Two keyframes with one token', '6', REFUSED,
    "The keyframes ... share the name '7'",
    'tests/test_teacher_cache/test_build.py::'
    'test_two_keyframes_of_one_token')

elsewhere(
    'Training on a cache in which two keyframes of a ConcatDataset share a '
    'file', '6', REFUSED, 'the same line before the first step',
    'tests/test_hooks/test_check_teacher_cache.py::'
    'test_two_keyframes_of_one_name')

elsewhere(
    'SemanticKITTI sequence 1 scan 11 and sequence 11 scan 1', '6', RIGHT,
    'different names', 'tests/test_teacher_cache/test_frame.py::'
    'test_other_paths_have_other_names')

elsewhere(
    'Paths that differ in a space, a dash or beyond 255 characters', '6',
    RIGHT, 'different names that a file system takes',
    'tests/test_teacher_cache/test_frame.py::'
    'test_other_paths_have_other_names')

elsewhere(
    'Tokens with /, unicode, 300 characters', '6', RIGHT,
    'a file name of ASCII', 'tests/test_teacher_cache/test_frame.py::'
    'test_odd_tokens_are_still_files')

elsewhere(
    'A teacher cache of an earlier version, at training', '6', REFUSED,
    'made by another version of reldistill_mm (format 3, now 4) ...: '
    'remove the folder and build it again by ...',
    'tests/test_hooks/test_check_teacher_cache.py::'
    'test_a_cache_of_an_earlier_version')

elsewhere(
    'The same, at building', '6', REFUSED, 'the same line; nothing is mixed',
    'tests/test_teacher_cache/test_build.py::'
    'test_a_cache_of_an_earlier_version_is_not_mixed_with')

elsewhere(
    'A local CLIP file in a model whose config does not say the activation '
    "(ViT-B-16 and OpenAI's weights)", '6', REFUSED,
    "The weights 'FILE' do not say with which activation they were trained "
    '...: set model.teacher.quick_gelu=True ... or False',
    'tests/test_models/test_teacher.py::test_a_file_needs_its_activation')

elsewhere(
    'The same with quick_gelu', '6', RIGHT,
    "the log says CLIP teacher 'ViT-B-16': FILE, activation QuickGELU.",
    'tests/test_models/test_teacher.py::test_a_file_needs_its_activation')

elsewhere(
    'A published file (known by its checksum) with the other activation', '6',
    REFUSED,
    "The weights 'FILE' are those of 'ViT-B-16', 'openai', which were "
    'trained with QuickGELU ...: set model.teacher.quick_gelu=True',
    'tests/test_models/test_teacher.py::'
    'test_published_files_are_known_by_their_checksum')

elsewhere("OpenAI's own .pt (TorchScript)", '6', REFUSED,
          'one line with a command that turns it into a state dict',
          'tests/test_models/test_teacher.py::test_torchscript_is_not_run')

elsewhere('A CLIP file that is empty or text', '6', REFUSED,
          "The weights 'a.pt' cannot be loaded into ...",
          'tests/test_models/test_teacher.py::test_files_that_are_no_weights')

elsewhere(
    'CLIPA (average pooling, layer norm after it)', '6', RIGHT,
    "features whose mean is the image's embedding",
    'tests/test_functional/test_dense_clip.py::'
    'test_averaged_features_sum_up_to_the_embedding')

elsewhere(
    'Average pooling after the layer norm', '6', RIGHT,
    "features whose mean is the image's embedding",
    'tests/test_functional/test_dense_clip.py::'
    'test_averaged_features_sum_up_to_the_embedding')

elsewhere(
    'Class token, layer norm after pooling', '6', RIGHT, "MaskCLIP's features",
    'tests/test_functional/test_dense_clip.py::'
    'test_the_class_tokens_layer_norm_may_come_after_pooling')

elsewhere(
    'A tower for rectangular images', '6', RIGHT, 'positions fit its grid',
    'tests/test_functional/test_dense_clip.py::'
    'test_a_tower_for_rectangular_images')

elsewhere(
    'Two attentional poolings (parallel, cascade), no pooling, attention '
    'of its own kind, patches that are not square', '6', REFUSED,
    "The CLIP 'NAME' cannot teach: ... attentional_pool ...",
    'tests/test_functional/test_dense_clip.py::'
    'test_other_poolings_are_refused_by_name')

elsewhere(
    'SigLIP, ConvNeXt, EVA-02, CoCa and others by their published names', '6',
    RIGHT, 'the features of each patch',
    'tests/test_functional/test_dense_clip.py::test_published_towers_that_teach'
)

elsewhere(
    'CLIPs with a Swin Transformer or relative positions by their published '
    'names', '6', REFUSED,
    "The CLIP 'swin_base_patch4_window7_224' cannot teach: ...",
    'tests/test_functional/test_dense_clip.py::'
    'test_published_towers_that_cannot_teach')

elsewhere(
    'A tower without class token', '6', REFUSED,
    '..., which has no class token',
    'tests/test_functional/test_dense_clip.py::'
    'test_a_tower_without_class_token_is_refused')

elsewhere(
    'Text embeddings of one model folder after its tokenizer or context '
    'changed', '6', RIGHT, 'computed again, in another file',
    'tests/test_models/test_text_cache.py::'
    'test_another_tokenizer_or_context_is_another_file')

elsewhere(
    'A CLIP whose Hugging Face tokenizer is not here (CLIPA offline)', '6',
    REFUSED,
    "The tokenizer 'bert-base-uncased' ... cannot be made (...): install "
    'transformers ...',
    'tests/test_models/test_teacher.py::test_a_tokenizer_that_is_not_here')

elsewhere(
    'An exported nuScenes model reads a KITTI cloud of 4 (or 6) columns '
    'whose size divides by 5', '7', REFUSED,
    "The point cloud '000000.bin' is read with 5 columns ...; it seems to "
    'have 4: set load_dim ...', 'tests/test_apis/test_export_zero_shot.py::'
    'test_clouds_of_other_columns_are_refused')

elsewhere(
    'LoadLidarPoints(load_dim=...) on a .bin of 4, 5 or 6 columns whose '
    'size fits', '7', REFUSED, 'the same line',
    'tests/test_datasets/test_loading.py::test_another_number_of_columns')

elsewhere(
    'segment.py on a .bin of 6 or 7 columns whose size fits 4 or 5, no '
    'negative value', '7', REFUSED,
    "'scan.bin' may have [4, 6] columns by its size and intensities: give "
    'their number (--columns)', 'tests/test_datasets/test_scans.py::'
    'test_other_numbers_of_columns_must_be_given')

elsewhere(
    'segment.py on a .bin that fits 4 and 5 columns', '7', RIGHT,
    'read by its intensities; refused where both are possible',
    'tests/test_datasets/test_scans.py::'
    'test_columns_are_told_apart_where_both_fit_the_size')

elsewhere(
    'create_data.py nuscenes --root-path X: sweeps in the infos', '8', RIGHT,
    'sweeps/LIDAR_TOP/NAME, below X; no ./data/nuscenes, no temporary '
    'folder anywhere in the file',
    'tests/test_datasets/test_convert_nuscenes.py::'
    'test_no_path_of_the_conversion_is_left')

elsewhere(
    'load_sweeps=True on infos of mmdet3d (./data/nuscenes/...) or of '
    'another machine', '8', RIGHT, 'the sweeps below data_root',
    'tests/test_datasets/test_nuscenes_lidarseg.py::'
    'test_sweeps_lie_below_the_root')

elsewhere(
    "load_sweeps=True without the sweeps' files", '8', REFUSED,
    "The sweep '...' ... does not exist: unpack nuScenes' sweeps below "
    'data_root ...', 'tests/test_datasets/test_nuscenes_lidarseg.py::'
    'test_sweeps_that_are_not_there')

elsewhere(
    'load_sweeps=True, infos without sweeps', '8', REFUSED,
    "'infos.pkl' lists no sweep, so load_sweeps=True would load nothing: "
    '...', 'tests/test_datasets/test_nuscenes_lidarseg.py::'
    'test_sweeps_that_are_not_there')

elsewhere(
    "macOS' ._*, .DS_Store, other hidden files and folders, a folder named "
    'like a scan, in each of the 10 layouts', '8', RIGHT, 'only the scans',
    'tests/test_datasets/test_layouts/test_layout.py::'
    'test_hidden_files_and_folders_are_no_scans')

elsewhere(
    'Hidden sequences (.Trash, ._a) under a *', '8', RIGHT, 'left out',
    'tests/test_datasets/test_layouts/test_layout.py::'
    'test_hidden_sequences_are_none')

elsewhere(
    'An empty scan, a link to nothing', '8', REFUSED,
    "The scan 'X' is empty: copy it again, or remove it before training",
    'tests/test_datasets/test_layouts/test_layout.py::'
    'test_what_a_broken_copy_leaves_is_refused')

elsewhere(
    'segment.py ._000000.bin', '8', REFUSED,
    "'._000000.bin' is not a scan but what macOS keeps beside one: take "
    "'000000.bin'",
    'tests/test_datasets/test_scans.py::test_what_macos_keeps_beside_a_scan')

elsewhere(
    'scenes=[scene-0061, scene-061]: one name mistyped', '9', REFUSED,
    "There is no scene 'scene-061' among the N here (1 of the 2 of scenes "
    "are unknown); did you mean 'scene-0061'?",
    'tests/test_datasets/test_splits.py::'
    'test_selections_that_select_nothing')

elsewhere(
    "scans=['00_00004'], mistyped", '9', REFUSED,
    'the same with the closest ids',
    'tests/test_datasets/test_scan_subsets.py::'
    'test_selections_that_select_nothing')

elsewhere('--cfg-options train_dataloader.dataset.scans=[00_000001]', '9',
          RIGHT, 'the scan 00_000001',
          'tests/test_io/test_option_values.py::test_values')

elsewhere(
    'Numbers where names belong (scans=[1], scenes=[61], from a config or '
    "mmdet3d's own tools)", '9', REFUSED,
    '1 is a number, but the name of a scan is text ... Quote it on the '
    'command line', 'tests/test_datasets/test_scan_subsets.py::'
    'test_selections_that_select_nothing')

elsewhere('--cfg-options "...vocabulary.car=[car,police car]"', '9', RIGHT,
          'the words car and police car',
          'tests/test_io/test_option_values.py::test_values')

elsewhere(
    '--cfg-options a=police car (not quoted), =1, a=[1', '9', REFUSED,
    "--cfg-options takes KEY=VALUE, not 'car': quote values with spaces ...",
    'tests/test_io/test_option_values.py::'
    'test_what_is_no_option_ends_in_one_line')

elsewhere('sequences=[00,08] on the command line', '9', RIGHT,
          'the sequences 00 and 08',
          'tests/test_io/test_option_values.py::test_values')

elsewhere(
    '--cfg-options a=dict(b=1)', '9', REFUSED,
    '... is a dict, which the command line cannot hold: set each of its '
    'keys',
    'tests/test_io/test_option_values.py::test_values_that_cannot_be_read')

elsewhere(
    'scans=0.01, scenes=0.01, keyframes=0.01: fractions instead of names', '9',
    REFUSED, 'scans=0.01 is not a list of scan names; write ...',
    'tests/test_datasets/test_splits.py::'
    'test_numbers_of_keyframes_are_no_subset')

elsewhere(
    "scenes='scene-0061' (a name instead of a list), slidr_6000", '9', REFUSED,
    'Unknown scene subset ...; did you mean ...',
    'tests/test_datasets/test_splits.py::'
    'test_selections_that_select_nothing')

elsewhere(
    "A sample id that two scans have (mmdet3d's '111')", '6', REFUSED,
    "2 scans share the id '111' ...: give each its own by "
    'add_kitti_cameras.py', 'tests/test_datasets/test_scan_subsets.py::'
    'test_an_id_of_two_scans_is_refused')

elsewhere(
    'metainfo.classes=[car, Bus], one class twice, none', '9', REFUSED,
    "Unknown class 'Bus' in metainfo.classes; ... did you mean 'bus'?",
    'tests/test_functional/test_label_table.py::test_choices_of_classes')

elsewhere(
    "sequences=['a', 'd'] where d has no scan, sequences='08', [8]", '9',
    REFUSED, "there is no scan of 'd' in '...'; there are 'a', 'b'",
    'tests/test_datasets/test_layouts/test_layout.py::'
    'test_sequences_without_scans')

elsewhere(
    "split='trian', layout='semantickiti'", '9', REFUSED,
    "Unknown split 'trian'; ... did you mean 'train'?",
    'tests/test_datasets/test_layouts/test_layout.py::test_a_mistyped_split')

elsewhere(
    'test.py --show-dir DIR --task lidar_seg on a machine without a screen',
    '10', RIGHT, 'one picture per scan, prediction and labels from above, '
    'WORK_DIR/TIME/DIR/samples-LIDAR_TOP-000.pcd-SUM.png; no OpenGL, no '
    'open3d', 'tests/test_hooks/test_draw_segmentation.py::'
    'test_show_dir_draws_every_scan')

elsewhere(
    'The same for KITTI, whose scans are all called 000000.bin', '6', RIGHT,
    'a picture for each (the name holds sequence and digest)',
    'tests/test_hooks/test_draw_segmentation.py::'
    'test_show_dir_draws_every_scan')

elsewhere(
    '--show, or --task lidar_det --show-dir, without a screen', '10', REFUSED,
    '... opens a window, and there is no screen ($DISPLAY is not set): '
    'write pictures by --task lidar_seg --show-dir DIR before the test',
    'tests/test_hooks/test_draw_segmentation.py::'
    'test_what_needs_a_screen_is_refused')

elsewhere(
    'Outputs that cannot be written (--out, --json, --data, --out-dir '
    'below a file, a folder instead of a file) of segment, '
    'export_zero_shot, evaluate_teacher, browse_pairs, cache_teacher, '
    'run_protocol, make_miniworld, demo, train_tiny_clip, benchmark, '
    'create_data', '10', REFUSED,
    "Nothing can be written to 'X', since 'Y' is not a folder: choose "
    'another --out before anything is computed',
    'tests/test_tools/test_bad_input.py::test_one_line')

elsewhere(
    'create_data.py with a folder that is not there, is not the dataset, '
    'an unknown dataset or version', '10', REFUSED, 'one line with the remedy',
    'tests/test_tools/test_bad_input.py::test_one_line')

elsewhere(
    'create_data.py nuscenes with a truncated table, an empty one, rows '
    'without keys, no samples/', '10', REFUSED,
    "The table '.../sample.json' is not JSON (...): it is truncated; copy "
    "it again; the user's own path, not the temporary one",
    'tests/test_datasets/test_convert_nuscenes.py::'
    'test_data_that_is_not_whole')

elsewhere(
    'add_kitti_cameras.py, add_scene_names.py with a file that is missing, '
    'empty, not a pickle, not an info file, lists nothing', '10', REFUSED,
    "'list.pkl' is not one of mmdet3d's info files of SemanticKITTI (...)",
    'tests/test_tools/test_bad_input.py::test_one_line')

elsewhere(
    'The same with several files, of which the last is bad', '10', RIGHT,
    'nothing is written', 'tests/test_datasets/test_convert_nuscenes.py::'
    'test_infos_are_amended_all_or_none')

elsewhere(
    'An info file of nuScenes that lists no keyframe', '9', REFUSED,
    "'infos.pkl' lists no keyframe",
    'tests/test_datasets/test_nuscenes_lidarseg.py::'
    'test_an_info_file_that_lists_nothing')

elsewhere(
    'segment.py --intensity nan, 300, --intensity-scale 0, --origin nan 0 0',
    '10', REFUSED, '--intensity nan is not in 0 to 255',
    'tests/test_tools/test_bad_input.py::test_one_line')

elsewhere(
    'Numbers out of range: --workers -1, --dims 9999, --jobs 0, --epochs '
    '0, --scenes 0, --counts 0', '10', REFUSED,
    'one line with the option and the range',
    'tests/test_tools/test_bad_input.py::test_one_line')

elsewhere('--start randon', '9', REFUSED,
          "has no start 'randon', only ['random']; did you mean 'random'?",
          'tests/test_tools/test_bad_input.py::test_one_line')

elsewhere(
    'train_tiny_clip.py --init FOLDER, --judge-only without a model there',
    '10', REFUSED, '... has no open_clip_config.json at once',
    'tests/test_tools/test_bad_input.py::test_one_line')

elsewhere('--cfg-options modell.x=1 (a mistyped first part)', '9', REFUSED,
          "... has no 'modell'; did you mean 'model'?",
          'tests/test_tools/test_bad_input.py::test_one_line')

elsewhere('--split val of a config without val_dataloader', '9', REFUSED,
          "has no val_dataloader: choose --split among ['train']",
          'tests/test_tools/test_bad_input.py::test_one_line')

elsewhere(
    "Training on another dataset's cache", '6', REFUSED,
    '... Another dataset keeps its features there, or the data has changed:'
    ' set teacher_cache_root to a cache of this dataset, or delete the '
    'folder and run ...', 'tests/test_datasets/test_cached_pairs.py::'
    'test_errors_name_file_reason_and_command')
