"""Situations that nothing can judge for the user, and that are said."""
from test_faults.situations import WARNED, elsewhere

elsewhere(
    "an own camera's images at 0.9 of their size, no size in the info", '1',
    WARNED, "The info states no size for the intrinsics of camera '...': they "
    'are taken to be for its images as they are stored, which cannot be '
    'checked to better than 13 %. Say for which size cam2img is ...',
    'tests/test_datasets/test_calibration_doors.py::'
    'test_sizes_that_nobody_states_are_said_once')

elsewhere(
    'intensities of 0 to 1 in training with a factor of 1', '2', WARNED,
    "The intensities of '...' are at most 0.9 after the factor 1, those of "
    'the training 255: set intensity_scale=255 if they are 0 to 1.',
    'tests/test_datasets/test_intensity_range.py::'
    'test_dark_clouds_are_warned_about_once')

elsewhere(
    'a split of which some sequences are not on disk', '9', WARNED,
    "'...' holds no scan of the sequences [...], of [...] (split '...'): they "
    'are left out.', 'tests/test_datasets/test_layouts/test_layout.py::'
    'test_a_part_of_a_split_is_said')

elsewhere(
    'an info with coefficients of a lens (D, dist_coeffs, distortion)', '1',
    WARNED, "Camera '...' has D in its info, which is not applied: unless its "
    'images are undistorted already, undistort them ...',
    'tests/test_datasets/test_calibration_doors.py::'
    'test_lens_coefficients_are_said_once')
