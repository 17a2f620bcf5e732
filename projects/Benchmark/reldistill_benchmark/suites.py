"""What can be timed; known without an import of torch."""

SUITES = ('pairing', 'images', 'voxelize', 'teacher', 'loss', 'gather', 'step',
          'infer', 'batch_memory', 'superpixels', 'sparse', 'explorer',
          'growth', 'reads', 'scale')
WHOLE_PLUGIN = ('step', 'infer', 'batch_memory', 'superpixels', 'sparse',
                'scale')
# Without the keyframe it makes one of MiniWorld.
MAKES_ITS_OWN = ('superpixels', 'scale')
# Numbers of pairs N of the suite loss.
COUNTS = (1024, 2048, 4096, 8192, 16384)
# Seconds of a reading above which the suite growth goes no further.
LONGEST = 60.
# The suite that --figure draws.
DRAWN = 'growth'
# The suite that --page writes.
WRITTEN = 'scale'
# Folder of the real keyframe.
FOLDER = 'nuscenes_keyframe'
