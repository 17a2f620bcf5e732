"""Situations of the issue's kinds; each names the test."""
from test_faults.situations import REFUSED, RIGHT, elsewhere

elsewhere(
    'checkpoint: plain dict without _metadata, tested', '4', RIGHT,
    'every tensor loaded, "182 of 182 tensors loaded from ..."',
    'tests/test_compat/test_whole_weights.py::'
    'test_every_tensor_in_whatever_wrapper')

elsewhere(
    'checkpoint: state_dict that is a plain dict', '4', RIGHT,
    'every tensor loaded', 'tests/test_compat/test_whole_weights.py::'
    'test_every_tensor_in_whatever_wrapper')

elsewhere(
    'checkpoint: module. of DDP', '4', RIGHT, 'every tensor loaded',
    'tests/test_compat/test_whole_weights.py::'
    'test_every_tensor_in_whatever_wrapper')

elsewhere(
    'checkpoint: module. in a plain dict', '4', RIGHT, 'every tensor loaded',
    'tests/test_compat/test_whole_weights.py::'
    'test_every_tensor_in_whatever_wrapper')

elsewhere(
    'checkpoint: model. of Lightning', '4', RIGHT, 'every tensor loaded',
    'tests/test_compat/test_whole_weights.py::'
    'test_every_tensor_in_whatever_wrapper')

elsewhere(
    'checkpoint: _orig_mod. of torch.compile', '4', RIGHT,
    'every tensor loaded', 'tests/test_compat/test_whole_weights.py::'
    'test_every_tensor_in_whatever_wrapper')

elsewhere(
    'checkpoint: module._orig_mod.', '4', RIGHT, 'every tensor loaded',
    'tests/test_compat/test_whole_weights.py::'
    'test_every_tensor_in_whatever_wrapper')

elsewhere(
    "checkpoint: {'model': ...}", '4', RIGHT, 'every tensor loaded',
    'tests/test_compat/test_whole_weights.py::'
    'test_every_tensor_in_whatever_wrapper')

elsewhere(
    "checkpoint: {'model_points': ...} (SLidR)", '4', RIGHT,
    'every tensor loaded', 'tests/test_compat/test_whole_weights.py::'
    'test_every_tensor_in_whatever_wrapper')

elsewhere(
    'checkpoint: kernels of spconv 1', '4', RIGHT, 'permuted by their shapes',
    'tests/test_compat/test_whole_weights.py::'
    'test_every_tensor_in_whatever_wrapper')

elsewhere(
    'checkpoint: kernels of spconv 1 under module. in model', '4', RIGHT,
    'permuted by their shapes', 'tests/test_compat/test_whole_weights.py::'
    'test_every_tensor_in_whatever_wrapper')

elsewhere(
    "checkpoint: tensors of a teacher beside the model's", '4', RIGHT,
    'loaded, the log names them', 'tests/test_compat/test_whole_weights.py::'
    'test_every_tensor_in_whatever_wrapper')

elsewhere(
    'state_dict_ema beside state_dict, --checkpoint-key state_dict_ema', '4',
    RIGHT, 'the average is tested',
    'tests/test_compat/test_whole_weights.py::test_averages_by_their_key')

elsewhere(
    "EMAHook's ema_state_dict by its key", '4', RIGHT,
    'module. and steps are taken off',
    'tests/test_compat/test_whole_weights.py::test_averages_by_their_key')

elsewhere(
    'checkpoint that holds an average alone, no key', '4', REFUSED,
    "holds no weights; tensors under ['state_dict_ema']: --checkpoint-key "
    'KEY', 'tests/test_compat/test_whole_weights.py::'
    'test_what_is_not_whole_is_not_tested')

elsewhere(
    'empty state_dict', '4', REFUSED, "'x.pth' holds no weights",
    'tests/test_compat/test_whole_weights.py::'
    'test_what_is_not_whole_is_not_tested')

elsewhere(
    "empty {'model': {}}", '4', REFUSED, "'x.pth' holds no weights",
    'tests/test_compat/test_whole_weights.py::'
    'test_what_is_not_whole_is_not_tested')

elsewhere(
    'empty dict', '4', REFUSED, "'x.pth' holds no weights",
    'tests/test_compat/test_whole_weights.py::'
    'test_what_is_not_whole_is_not_tested')

elsewhere(
    'checkpoint without a backbone', '4', REFUSED,
    '150 of 182 tensors missing: names; It holds no backbone',
    'tests/test_compat/test_whole_weights.py::'
    'test_what_is_not_whole_is_not_tested')

elsewhere(
    'checkpoint without a projector', '4', REFUSED,
    '2 of 182 tensors missing: projector...',
    'tests/test_compat/test_whole_weights.py::'
    'test_what_is_not_whole_is_not_tested')

elsewhere(
    'backbone alone given to test.py', '4', REFUSED,
    'It is a backbone alone: ... DistilledBackbone',
    'tests/test_compat/test_whole_weights.py::'
    'test_what_is_not_whole_is_not_tested')

elsewhere(
    'one tensor missing', '4', REFUSED, 'its name',
    'tests/test_compat/test_whole_weights.py::'
    'test_what_is_not_whole_is_not_tested')

elsewhere(
    'one tensor too many in a part of the model', '4', REFUSED, 'its name',
    'tests/test_compat/test_whole_weights.py::'
    'test_what_is_not_whole_is_not_tested')

elsewhere(
    'tensor of another shape', '4', REFUSED, 'name (16, 4) for (16, 8)',
    'tests/test_compat/test_whole_weights.py::'
    'test_what_is_not_whole_is_not_tested')

elsewhere(
    'kernel of another shape', '4', REFUSED, 'name and shapes',
    'tests/test_compat/test_whole_weights.py::'
    'test_what_is_not_whole_is_not_tested')

elsewhere(
    'NaN in a weight', '4', REFUSED,
    "the tensor 'state_dict....bias' has 8 of 8 numbers that are not finite",
    'tests/test_compat/test_whole_weights.py::'
    'test_what_is_not_whole_is_not_tested')

elsewhere(
    'checkpoint of another network', '4', REFUSED,
    "none of its tensors is one of the model's",
    'tests/test_compat/test_whole_weights.py::'
    'test_what_is_not_whole_is_not_tested')

elsewhere(
    '--allow-partial', '4', RIGHT,
    'what fits is loaded, the rest is logged; nothing at all is still '
    'refused', 'tests/test_compat/test_whole_weights.py::test_allow_partial')

elsewhere('checkpoint of a wider backbone', '4', REFUSED, 'names and shapes',
          'tests/test_compat/test_whole_weights.py::test_another_backbone')

elsewhere('checkpoint of a deeper backbone (nothing is missing)', '4', REFUSED,
          'unknown to the model: backbone.encoder...',
          'tests/test_compat/test_whole_weights.py::test_a_deeper_checkpoint')

elsewhere(
    'load_from in training: backbone whole, no head', '4', RIGHT,
    'loaded, the head is new', 'tests/test_compat/test_whole_weights.py::'
    'test_training_starts_from_whole_parts')

elsewhere(
    'load_from in training: no backbone, or half a head', '4', REFUSED,
    'names', 'tests/test_compat/test_whole_weights.py::'
    'test_training_starts_from_whole_parts')

elsewhere(
    'load_from with another number of classes', '4', REFUSED,
    'decode_head.weight (4, 2) for (3, 2)',
    'tests/test_compat/test_whole_weights.py::'
    'test_training_from_another_number_of_classes')

elsewhere(
    'resume with a tensor missing, even with allow_partial', '4', REFUSED,
    'its name',
    'tests/test_compat/test_whole_weights.py::test_resuming_wants_all_of_it')

elsewhere(
    'resume: optimizer or average with infinity', '4', REFUSED,
    "'optimizer.state.0.x' has 1 of 2 numbers that are not finite",
    'tests/test_compat/test_whole_weights.py::'
    'test_a_diverged_state_is_not_resumed')

elsewhere(
    'FlexibleRunner resumes a hostile file', '4', REFUSED,
    'asks for ..., which is not read',
    'tests/test_compat/test_flexible_runner.py::'
    'test_nothing_of_the_file_runs')

elsewhere(
    "resume: Python code in meta['config']", '4', RIGHT, 'left out',
    'tests/test_compat/test_flexible_runner.py::'
    'test_neither_does_a_config_in_it')

elsewhere('FlexibleRunner: missing, empty, NaN', '4', REFUSED, 'names',
          'tests/test_compat/test_flexible_runner.py::test_what_is_not_whole')

elsewhere(
    'FlexibleRunner with DeepSpeed, FSDP, ColossalAI', '4', REFUSED,
    'strategy=... reads checkpoints by a way of its own',
    'tests/test_compat/test_flexible_runner.py::'
    'test_a_strategy_that_reads_files_itself')

elsewhere(
    'DistilledBackbone: backbone alone, module., model., _orig_mod., '
    "SLidR's wrapper", '4', RIGHT, 'every tensor loaded',
    'tests/test_models/test_distilled_backbone.py::'
    'test_a_backbone_in_a_wrapper')

elsewhere(
    'DistilledBackbone: kernels of spconv 1', '4', RIGHT,
    'every tensor loaded',
    'tests/test_models/test_distilled_backbone.py::test_kernels_of_spconv_1')

elsewhere(
    'DistilledBackbone: average by init_cfg.key', '4', RIGHT,
    'every tensor loaded', 'tests/test_models/test_distilled_backbone.py::'
    'test_another_average_by_its_key')

elsewhere(
    'DistilledBackbone: NaN or infinity', '4', REFUSED,
    "the tensor's name and the file",
    'tests/test_models/test_distilled_backbone.py::'
    'test_numbers_that_are_not_finite')

elsewhere(
    'teacher weights with NaN or infinity', '4', REFUSED,
    "The weights of OpenCLIPTeacher ('file'): the tensor 'x' has 1 of n",
    'tests/test_hooks/test_prepare_model.py::'
    'test_teacher_weights_that_are_not_finite')

elsewhere(
    'text embeddings that are not finite', '4', REFUSED,
    'text_weights: 1 of 8 numbers ... not finite',
    'tests/test_hooks/test_prepare_model.py::'
    'test_stored_words_have_their_room_from_the_start')

elsewhere(
    'EMAHook with validation, buffers averaged or not, resumed', '5', RIGHT,
    'trains on', 'tests/test_hooks/test_prepare_model.py::'
    'test_a_moving_average_with_validation')

elsewhere(
    'words that cannot be embedded, validation at epoch 10', '5', REFUSED,
    "the teacher's message before the first step",
    'tests/test_hooks/test_prepare_model.py::'
    'test_words_are_embedded_before_the_first_step')

elsewhere(
    'validation cloud missing or torn', '5', REFUSED,
    '1 of the 2 clouds of validation do not exist',
    'tests/test_hooks/test_prepare_model.py::test_files_of_the_validation')

elsewhere(
    'augmentation with 0, 1, 2, 3 workers, persistent or not', '5', RIGHT,
    'the same numbers of each sample in each epoch, others in other epochs',
    'tests/test_hooks/test_seeded.py::'
    'test_workers_do_not_matter_and_epochs_differ')

elsewhere(
    'resume at the end of an epoch', '5', RIGHT,
    "the unbroken run's weights to the bit",
    'tests/test_hooks/test_seeded.py::test_resuming_at_the_end_of_an_epoch')

elsewhere(
    'resume anywhere within an epoch', '5', RIGHT,
    "the unbroken run's weights and average to the bit, nothing read twice",
    'tests/test_hooks/test_seeded.py::test_resuming_anywhere_in_an_epoch')

elsewhere(
    'resume between two steps of the optimizer', '5', RIGHT,
    'accumulated gradients are kept', 'tests/test_hooks/test_seeded.py::'
    'test_resuming_within_a_step_of_the_optimizer')

elsewhere(
    'resume of IterBasedTrainLoop', '5', RIGHT, "the unbroken run's weights",
    'tests/test_hooks/test_seeded.py::test_training_by_iterations_resumes')

elsewhere(
    'resume without a seed in the config', '5', RIGHT,
    "the checkpoint's seed is taken, for the sampler too",
    'tests/test_hooks/test_seeded.py::'
    'test_without_a_seed_the_checkpoints_own_is_taken')

elsewhere(
    'resume within an epoch with another batch size', '5', REFUSED,
    'after 1 of 3 batches ... now an epoch has 2',
    'tests/test_hooks/test_seeded.py::'
    'test_another_batch_size_within_an_epoch_is_refused')

elsewhere('kill -9 twice within epochs of the MiniWorld recipe, --resume', '5',
          RIGHT, 'weights and optimizer of the unbroken run to the bit',
          'tests/test_tools/test_killed.py::test_killed_twice')

elsewhere(
    '--auto-scale-lr with SGD, four times the batch', '11', RIGHT,
    'lr times 4 after a warm-up of five epochs, logged',
    'tests/test_hooks/test_scaled_schedule.py::'
    'test_sgd_is_scaled_after_a_warm_up')

elsewhere(
    '--auto-scale-lr under OneCycle', '11', RIGHT, 'eta_max times the ratio',
    'tests/test_hooks/test_scaled_schedule.py::test_one_cycle_is_scaled')

elsewhere(
    '--auto-scale-lr with gradient accumulation', '11', RIGHT,
    'counted as one batch', 'tests/test_hooks/test_scaled_schedule.py::'
    'test_accumulated_batches_count')

elsewhere('auto_scale_lr without base_batch_size', '11', REFUSED,
          'auto_scale_lr needs base_batch_size',
          'tests/test_hooks/test_scaled_schedule.py::test_without_a_base')

elsewhere(
    'train.py, test.py: no config, not Python, NameError, ImportError, no '
    'model', '10', REFUSED, 'one line',
    'tests/test_tools/test_upstream_errors.py::'
    'test_one_line_and_exit_code_2')

elsewhere(
    'train.py, test.py: no checkpoint, torn, another network', '10', REFUSED,
    'one line', 'tests/test_tools/test_upstream_errors.py::'
    'test_one_line_and_exit_code_2')

elsewhere(
    'unknown type, unknown argument, --cfg-options without a place', '10',
    REFUSED, 'one line', 'tests/test_tools/test_upstream_errors.py::'
    'test_one_line_and_exit_code_2')

elsewhere(
    "cloud missing or torn, read in a DataLoader's worker", '10', REFUSED,
    "one line without the worker's traceback",
    'tests/test_tools/test_upstream_errors.py::test_what_a_worker_raises')

elsewhere(
    'a bug in the program', '10', RIGHT, 'traceback, exit code 1',
    'tests/test_tools/test_upstream_errors.py::'
    'test_a_bug_keeps_its_traceback')

elsewhere(
    'checkpoint of a decode head trained on as many, but other classes', '4',
    REFUSED,
    'The checkpoint was trained on the classes [...], test_dataloader has '
    '[...]', 'tests/test_hooks/test_check_classes.py::'
    'test_a_head_that_was_trained_on_other_classes')

elsewhere(
    "mmengine's Pretrained with a prefix on a plain dict, or under module.",
    '4', RIGHT, 'every tensor loaded',
    'tests/test_compat/test_partial_checkpoint.py::'
    'test_pretrained_without_metadata')

elsewhere(
    "Pretrained of which no tensor is the module's", '4', REFUSED,
    "None of the tensors to load (...) is one of the MinkUNetBackbone's",
    'tests/test_compat/test_partial_checkpoint.py::'
    'test_pretrained_that_fills_nothing')

elsewhere(
    'several GPUs with the nuScenes recipe', '11', RIGHT,
    "SyncBatchNorm (sync_bn='torch')",
    'tests/test_hooks/test_sync_bn.py::test_the_recipes_for_gpus_have_it')

elsewhere('two CPU processes with sync_bn', '11', RIGHT,
          "sync_bn='torch' is left out: torch synchronises ... on GPUs alone",
          'tests/test_hooks/test_sync_bn.py::test_cpus_leave_it_out')

elsewhere(
    'one process with sync_bn', '11', RIGHT, 'BatchNorm stays',
    'tests/test_hooks/test_sync_bn.py::test_one_process_keeps_its_layers')

elsewhere(
    'pairs that something nearer hides, on nuScenes, KITTI and MiniWorld',
    '11', RIGHT, 'dropped in all recipes',
    'tests/test_hooks/test_sync_bn.py::test_one_rule_for_hidden_pairs')

elsewhere(
    'integers (a quantised file) for weights', '4', REFUSED,
    'of another kind: projector.layers.weight torch.int8 for torch.float32',
    'tests/test_compat/test_whole_weights.py::'
    'test_what_is_not_whole_is_not_tested')

elsewhere(
    'resume from weights alone, or without the optimizer', '4', REFUSED,
    "cannot be resumed: it has no ['optimizer'], only weights. Start from "
    'it by load_from', 'tests/test_compat/test_whole_weights.py::'
    'test_weights_alone_are_not_resumed')

elsewhere(
    'resume with an optimizer of other parameters', '5', REFUSED,
    'cannot be resumed with this config, whose optimizer has other '
    'parameters',
    'tests/test_hooks/test_seeded.py::test_another_optimizer_is_not_resumed')

elsewhere("error of a DataLoader's worker, with a chained cause", '10',
          REFUSED, 'the last line alone, exit code 2',
          'tests/test_cli/test_said.py::test_the_last_line_alone')

elsewhere('error wrapped by an older registry', '10', REFUSED,
          'the text alone',
          'tests/test_cli/test_said.py::test_a_registry_in_front')

elsewhere('last_checkpoint read while it is written', '5', RIGHT,
          'written whole or not at all',
          'tests/test_tools/test_killed.py::test_killed_twice')

elsewhere(
    'training on cached features', '11', RIGHT,
    "The teacher's features are read from '...': of whole images, without "
    'the random crops and flips',
    'tests/test_hooks/test_check_teacher_cache.py::'
    'test_a_whole_fresh_cache_passes')

elsewhere(
    'disk full while a checkpoint is saved', '5', REFUSED,
    'No space left on device; the last checkpoint is still whole: make '
    'room, and go on with --resume', 'tests/test_compat/test_whole_files.py::'
    'test_written_whole_or_not_at_all')

elsewhere(
    'killed while a checkpoint is saved with max_keep_ckpts=1', '5', RIGHT,
    'the older one is removed after the new one is there',
    'tests/test_compat/test_whole_files.py::'
    'test_older_ones_are_removed_after_the_new_one_is_there')
