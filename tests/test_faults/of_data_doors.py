"""Situations of the issue's kinds; each names the test."""
from test_faults.situations import REFUSED, RIGHT, WARNED, elsewhere

elsewhere(
    'nuScenes images stored at 800 x 450, info without sizes (training, '
    'cache, browse)', '1', REFUSED,
    "Camera 'CAM_FRONT' ('...jpg'): the image has 800 x 450 pixels and the "
    'intrinsics are those of nuScenes, for 1600 x 900. Say for which size '
    'cam2img is ...', 'tests/test_datasets/test_calibration_doors.py::'
    'test_the_real_keyframe_at_half_its_size_is_refused')

elsewhere(
    'the same in validation, where only sizes are read', '1', REFUSED,
    'the same line', 'tests/test_datasets/test_calibration_doors.py::'
    'test_the_real_keyframe_at_half_its_size_is_refused')

elsewhere(
    'nuScenes images at 800 x 450, info with height and width (or '
    'calibrated_size)', '1', RIGHT,
    'intrinsics scaled, pairs at (u + 0.5) / 2 - 0.5; in validation 22 115 '
    'pairs without opening an image',
    'tests/test_datasets/test_calibration_doors.py::'
    'test_the_real_keyframe_at_half_its_size_is_scaled')

elsewhere(
    'the tools on images of another size', '1', REFUSED,
    'cache_teacher.py: error: Camera ..., one line with both sizes; '
    'nothing written', 'tests/test_tools/test_calibration_refused.py::'
    'test_one_line_with_both_sizes')

elsewhere(
    "images of a camera of one's own at 0.5, 0.75 or 2 of their size", '1',
    REFUSED,
    'the image has 80 x 45 pixels and the principal point (79.5, 44.5) is '
    'that of an image of about 160 x 90',
    'tests/test_datasets/test_calibration_doors.py::'
    'test_resized_images_of_any_camera')

elsewhere(
    "nuScenes' or KITTI's images at 0.95 of their size", '1', REFUSED,
    'intrinsics are recognised: ... are those of KITTI, for 1242 x 375 or '
    '...', 'tests/test_functional/test_calibration.py::'
    'test_known_cameras_are_held_to_the_pixel')

elsewhere(
    "images cropped, padded or turned by 90 degrees against the info's size",
    '1', REFUSED,
    '160 x 70 pixels and its calibration is for 160 x 90, which are other '
    'proportions: it was cropped, padded, stretched or turned',
    'tests/test_datasets/test_calibration_doors.py::'
    'test_cropped_images_are_not_taken_for_resized_ones')

elsewhere(
    'info states the size of the resized image with the original intrinsics',
    '1', REFUSED, 'both sizes; Correct cam2img, or the height and width ...',
    'tests/test_datasets/test_calibration_doors.py::'
    'test_sizes_of_the_info_that_cannot_be_its_calibrations')

elsewhere(
    'height of the info is 0, negative, a word, NaN or missing beside width',
    '1', REFUSED,
    "The info of '...' has height=0 and width=160: both must be positive "
    '...', 'tests/test_datasets/test_calibration_doors.py::'
    'test_sizes_that_are_none')

elsewhere(
    "intrinsics in units of the image's width", '1', REFUSED,
    'principal point (0.5, 0.5) in an image of 640 x 480',
    'tests/test_functional/test_calibration.py::'
    'test_intrinsics_in_units_of_the_image_are_seen')

elsewhere(
    'lidar2cam or cam2img missing', '1', REFUSED,
    "Camera 'CAM_FRONT_LEFT' ('...'): the info has no lidar2cam: ...",
    'tests/test_datasets/test_calibration_doors.py::'
    'test_matrices_that_cannot_be')

elsewhere(
    'lidar2cam or cam2img with NaN, singular, transposed, scaled, or 1 km '
    'away', '1', REFUSED,
    'the camera, its image, the matrix and why (is it transposed?)',
    'tests/test_datasets/test_calibration_doors.py::'
    'test_matrices_that_cannot_be')

elsewhere(
    'lidar2img contradicts cam2img @ lidar2cam', '1', REFUSED,
    'lidar2img puts points 83.1 pixels from where cam2img @ lidar2cam puts '
    'them', 'tests/test_datasets/test_calibration_doors.py::'
    'test_matrices_that_cannot_be')

elsewhere(
    'intrinsics as 3x3, 3x4 and 4x4, extrinsics as 3x4 and 4x4', '1', RIGHT,
    'the same pairs', 'tests/test_datasets/test_calibration_doors.py::'
    'test_matrices_of_all_shapes_are_one_calibration')

elsewhere(
    'left-handed LiDAR of a simulator', '1', WARNED,
    "lidar2cam of camera 'front' is a mirror image (its determinant is -1): "
    'right for points in a left-handed frame, ...',
    'tests/test_datasets/test_calibration_doors.py::'
    'test_a_mirror_image_is_said_once')

elsewhere(
    'a camera without img_path in the info', '1', REFUSED,
    "Camera 'CAM_BACK' has no img_path in its info",
    'tests/test_datasets/test_calibration_doors.py::'
    'test_an_info_file_without_an_image')

elsewhere(
    "a matrix among the info's images (mmdet3d's KITTI infos)", '1', REFUSED,
    "images['R0_rect'] of the info is not a camera (list, not a dict)",
    'tests/test_datasets/test_calibration_doors.py::'
    'test_entries_that_are_not_cameras')

elsewhere(
    'images that EXIF says to turn or flip', '1', REFUSED,
    '... Exif orientation 6 ...: save the pixels as the calibration has '
    'them, without the tag', 'tests/test_datasets/test_calibration_doors.py::'
    'test_images_that_exif_turns')

elsewhere(
    'RandomFlip3D, GlobalRotScaleTrans in front of the pairing (also when '
    'not drawn, also in RandomApply)', '1', REFUSED,
    'RandomFlip3D comes before PairPointsWithPixels in the pipeline ...: '
    'put it after', 'tests/test_datasets/test_calibration_doors.py::'
    'test_points_that_were_moved_are_not_paired')

elsewhere(
    'RandomJitterPoints, LaserMix, PolarMix in front of the pairing (leave '
    'no trace)', '1', REFUSED,
    "2991 of the 3000 points of '...' are not where they were read",
    'tests/test_datasets/test_calibration_doors.py::'
    'test_points_that_were_moved_are_not_paired')

elsewhere(
    'a transform of another package in front of the pairing that says '
    'moves = True', '1', REFUSED,
    'Deform comes before PairPointsWithPixels in the pipeline ...',
    'tests/test_datasets/test_calibration_doors.py::'
    'test_a_step_of_another_package_may_say_that_it_moves')

elsewhere(
    'ResizedCropCameras, RandomFlipCameras in front of the pairing', '1',
    REFUSED, 'ResizedCropCameras comes before PairPointsWithPixels',
    'tests/test_datasets/test_calibration_doors.py::'
    'test_images_that_were_moved_are_not_paired')

elsewhere(
    'image crop, resize or flip of mmdet3d in front of it', '1', REFUSED,
    "RandomCrop3D ('img_crop_offset' is in the results) comes before ...",
    'tests/test_datasets/test_calibration_doors.py::'
    'test_traces_of_other_transforms')

elsewhere(
    'image steps of mmdet3d or mmcv after the pairing', '1', REFUSED,
    "Resize3D in the pipeline loads or changes results['img'], and the images "
    "that are paired are results['camera_imgs']: take ...",
    'tests/test_datasets/test_calibration_doors.py::'
    'test_steps_of_other_images_are_refused')

elsewhere(
    'images resized after the pairing, and not their pairs', '1', REFUSED,
    'Images of [(45, 80), ...] pixels (height, width) come to PackPairs with '
    'pairs for [(90, 160), ...]: a step after the pairing changes images '
    'without their pairs.', 'tests/test_datasets/test_pairs_pipeline.py::'
    'test_images_that_left_their_pairs_are_not_packed')

elsewhere(
    'images of fractions (a step that changes colours)', '3', REFUSED,
    "Images of ['float64'] cannot be packed: a step that changes colours must "
    'give them back as uint8, 0 to 255.',
    'tests/test_datasets/test_pairs_pipeline.py::'
    'test_images_that_are_no_bytes_are_not_packed')

elsewhere(
    'pairing after LoadMultiViewImageFromFiles alone', '1', REFUSED,
    'PairPointsWithPixels finds no img_shapes: put LoadCameraImages in front '
    'of it', 'tests/test_datasets/test_calibration_doors.py::'
    'test_pairing_without_our_images')

elsewhere(
    'such a pipeline at the start of training, validation or a test', '1',
    REFUSED, 'the same, before the first step (CheckPairingHook)',
    'tests/test_hooks/test_check_pairing.py::test_wrong_ones_name_the_step')

elsewhere(
    'range filter, shuffle or sampling in front of the pairing', '1', RIGHT,
    'pairs', 'tests/test_datasets/test_calibration_doors.py::'
    'test_points_that_were_only_dropped_or_reordered_are')

elsewhere(
    'other sweeps loaded in front of the pairing', '1', RIGHT,
    'pairs; jitter after them is refused',
    'tests/test_datasets/test_calibration_doors.py::'
    'test_points_of_other_sweeps_are_paired')

elsewhere(
    'a transform between pairing and packing that adds columns', '1', REFUSED,
    'come with 7 columns and had 6 when they were paired',
    'tests/test_datasets/test_calibration_doors.py::'
    'test_added_columns_would_hide_the_numbers')

elsewhere(
    'frames with 6 and 5 cameras in one training batch', '1', RIGHT,
    'the features of each frame alone',
    'tests/test_models/test_numbers_of_cameras.py::'
    'test_training_sees_the_same_features_as_alone')

elsewhere(
    'the same in validation and StructureMetric', '1', RIGHT,
    'the features of each frame alone',
    'tests/test_models/test_numbers_of_cameras.py::'
    'test_validation_and_structure')

elsewhere('the same in the teacher cache', '1', RIGHT, 'built and trained on',
          'tests/test_models/test_numbers_of_cameras.py::test_the_cache')

elsewhere(
    'KITTI calib.txt of the object, tracking or raw format', '1', RIGHT,
    'P2 . R0_rect . Tr_velo_to_cam and kin',
    'tests/test_datasets/test_convert_semantickitti.py::'
    'test_calibrations_of_kittis_other_formats')

elsewhere(
    "odometry's Tr beside an R0_rect", '1', RIGHT,
    'Tr alone: it holds the rectification',
    'tests/test_datasets/test_convert_semantickitti.py::'
    'test_calibrations_of_kittis_other_formats')

elsewhere(
    'calib_cam_to_cam.txt and calib_velo_to_cam.txt in place of calib.txt',
    '1', RIGHT, 'P_rect_02 . R_rect_00 . [R T]',
    'tests/test_datasets/test_convert_semantickitti.py::'
    'test_calibration_of_the_raw_recordings')

elsewhere(
    'calib.txt without Tr', '1', REFUSED,
    "no matrix 'Tr' (or Tr_velo_to_cam or Tr_velo_cam) among ['P2']",
    'tests/test_datasets/test_convert_semantickitti.py::'
    'test_calibrations_that_are_not_whole')

elsewhere(
    'Tr_velo_to_cam without R0_rect', '1', REFUSED,
    "no matrix 'R0_rect' ...; 'Tr_velo_to_cam' leads to camera 0 before "
    'rectification', 'tests/test_datasets/test_convert_semantickitti.py::'
    'test_calibrations_that_are_not_whole')

elsewhere(
    'calib.txt with zeros, NaN or too few values', '1', REFUSED,
    'the matrix and why', 'tests/test_datasets/test_convert_semantickitti.py::'
    'test_calibrations_that_are_not_whole')

elsewhere(
    'Thumbs.db, .txt, ._000000.png and folders in image_2, foreign files '
    'in labels', '1', RIGHT, 'they are neither images nor labels',
    'tests/test_datasets/test_convert_semantickitti.py::'
    'test_files_that_are_no_images_or_labels')

elsewhere(
    "KITTI images of another size than P2's, when infos are made", '1',
    REFUSED,
    "'...000000.png' does not fit P2 of its calib.txt: the image has 1102 "
    'x 333 pixels ...', 'tests/test_datasets/test_convert_semantickitti.py::'
    'test_the_real_images_of_another_size')

elsewhere(
    'KITTI images resized after infos were made', '1', RIGHT,
    'P2 scaled by the size that the infos hold',
    'tests/test_datasets/test_calibration_doors.py::'
    'test_semantickitti_at_half_its_size')

elsewhere(
    'poses.txt with NaN', '1', REFUSED,
    'line 2 holds a value that is not finite',
    'tests/test_functional/test_kitti.py::test_poses_that_are_not_finite')

elsewhere(
    "LaserMix, PolarMix after the pairing, in the recipe's pipeline", '10',
    RIGHT, 'pairs of the own cloud alone, at its points',
    'tests/test_models/test_mixed_training.py::'
    'test_the_recipes_pipeline_with_mixing')

elsewhere(
    'the same with cached features', '10', RIGHT,
    'each feature at its own point',
    'tests/test_datasets/test_calibration_doors.py::'
    'test_mixed_clouds_with_cached_features')

elsewhere(
    'pre_transform of a mix without the pairing, or with a flip in front '
    'of it, or without labels', '10', REFUSED,
    'LaserMix comes after PairPointsWithPixels and its pre_transform has '
    'none: ...', 'tests/test_datasets/test_calibration_doors.py::'
    'test_the_order_of_mixing')

elsewhere(
    'intensity_scale=255 on 0 to 255 (also LoadFolderPoints, '
    'ScaleIntensity)', '2', REFUSED,
    "The intensities of '...' reach 65025 after the factor 255, those of "
    'the training 255: set intensity_scale ... to 1.',
    'tests/test_datasets/test_intensity_range.py::'
    'test_other_units_are_refused')

elsewhere(
    '12 or 16 bit intensities in training', '2', REFUSED,
    'the same with the right factor',
    'tests/test_datasets/test_intensity_range.py::'
    'test_other_units_are_refused')

elsewhere(
    'decibels in training', '2', REFUSED,
    'are negative (-39.6 to -5.3), as decibels are',
    'tests/test_datasets/test_intensity_range.py::test_decibels_are_refused')

elsewhere(
    'single outliers among intensities from 0 to 255', '2', RIGHT,
    'loaded as they are', 'tests/test_datasets/test_intensity_range.py::'
    'test_single_points_decide_nothing')

elsewhere(
    'intensity_scale with load_dim=3', '2', REFUSED,
    'needs intensities in column 3, and load_dim=3 reads none',
    'tests/test_datasets/test_intensity_range.py::'
    'test_a_scale_without_intensities')

elsewhere(
    'NaN or inf in points or intensities of training files, of every loader',
    '2', REFUSED, 'has 1 points that are not finite, the first at row 5',
    'tests/test_datasets/test_intensity_range.py::'
    'test_values_that_are_not_finite')

elsewhere(
    "the same through mmdet3d's LoadPointsFromFile", '2', REFUSED,
    'the same, at the pairing', 'tests/test_datasets/test_intensity_range.py::'
    'test_points_of_mmdet3ds_loader_that_are_not_finite')

elsewhere(
    'training and validation data over HTTP', '12', RIGHT,
    'the samples of a local folder, to the bit',
    'tests/test_datasets/test_remote_data.py::'
    'test_samples_are_those_of_the_local_folder')

elsewhere(
    'data on S3-like storage, with or without a prefix, info file included',
    '12', RIGHT, 'the same', 'tests/test_datasets/test_remote_data.py::'
    'test_samples_are_those_of_the_local_folder')

elsewhere(
    'sizes of images in validation', '12', RIGHT,
    'from the info; no image is read',
    'tests/test_datasets/test_remote_data.py::'
    'test_validation_reads_no_image_where_the_info_has_sizes')

elsewhere(
    'the header of a remote image', '12', RIGHT, 'a few kilobytes over HTTP',
    'tests/test_datasets/test_remote_data.py::'
    'test_a_header_over_http_is_not_the_whole_image')

elsewhere(
    'clouds, images, labels that are not in the storage', '12', REFUSED,
    "'tiny://bucket/none/lidar.bin' does not exist",
    'tests/test_datasets/test_remote_data.py::test_files_that_are_not_there')

elsewhere(
    'a server that is down, HTTP 404', '12', REFUSED,
    'cannot be read (URLError: ...): check the address, the rights and '
    'backend_args', 'tests/test_datasets/test_remote_data.py::'
    'test_addresses_that_are_not_there')

elsewhere(
    'an address of a storage that nobody registered', '12', REFUSED,
    "No file backend reads 'gs://...'",
    'tests/test_datasets/test_remote_data.py::'
    'test_storage_that_nobody_registered')

elsewhere(
    'a teacher cache on S3-like storage: built, read, read over HTTP', '12',
    RIGHT, 'the files of a local folder, byte for byte',
    'tests/test_teacher_cache/test_remote_cache.py::'
    'test_the_files_are_those_of_a_local_folder')

elsewhere(
    'a remote cache file that is truncated or gone', '12', RIGHT,
    'its address and the command that repairs it, which does',
    'tests/test_teacher_cache/test_remote_cache.py::test_resume_and_repair')

elsewhere(
    'a remote cache that is not there, or cannot be written (HTTP)', '12',
    REFUSED, "There is no teacher cache in 'tiny://...'; cannot be written by "
    'HTTPBackend',
    'tests/test_teacher_cache/test_remote_cache.py::test_no_cache_there')

elsewhere(
    'metrics of two processes without a shared folder', '12', RIGHT,
    'the metrics of all samples on both; nothing is written',
    'tests/test_evaluation/test_collect.py::'
    'test_every_rank_has_the_metrics_of_all_samples')

elsewhere(
    'rank 0 fails while it computes the metrics', '12', RIGHT,
    "every rank ends with rank 0's message",
    'tests/test_evaluation/test_collect.py::'
    'test_an_error_of_rank_0_reaches_all')

elsewhere(
    'moved points in front of LoadCachedPairs', '1', REFUSED,
    'GlobalRotScaleTrans ... comes before LoadCachedPairs',
    'tests/test_datasets/test_calibration_doors.py::'
    'test_moved_points_get_no_cached_features')

elsewhere(
    'label ids that no table of the dataset has (negative, 300 of 256)', '2',
    REFUSED,
    "'...npy' holds labels from -1 to 24, and those of this dataset are "
    'from 0 to 255',
    'tests/test_datasets/test_loading.py::test_labels_that_no_table_has')

elsewhere('a label file of half a value', '2', REFUSED,
          'is not a file of int32 values (...); it may be truncated',
          'tests/test_datasets/test_loading.py::test_labels_of_half_a_value')

elsewhere(
    'an info file that is not in the remote storage', '12', REFUSED,
    "The info file '...' does not exist",
    'tests/test_datasets/test_remote_data.py::'
    'test_an_info_file_that_is_not_there')

elsewhere(
    'a layout without info files at an address', '12', REFUSED,
    "data_root='http://a/b' is an address, and the scans of the layout ... "
    'are found by listing a local folder',
    'tests/test_datasets/test_remote_data.py::'
    'test_folders_without_info_files_are_local')

elsewhere(
    'backend_args of the data and of the cache', '12', RIGHT,
    "two variables; neither takes the other's",
    'tests/test_datasets/test_remote_data.py::'
    'test_the_cache_keeps_its_own_backend')
