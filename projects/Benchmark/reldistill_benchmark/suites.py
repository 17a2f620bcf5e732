"""What can be timed; known without an import of torch."""

SUITES = ('pairing', 'images', 'voxelize', 'teacher', 'loss', 'gather', 'step',
          'infer', 'batch_memory', 'superpixels', 'sparse', 'explorer',
          'growth')
WHOLE_PLUGIN = ('step', 'infer', 'batch_memory', 'superpixels', 'sparse')
# Without the keyframe it makes one of MiniWorld.
MAKES_ITS_OWN = ('superpixels', )
# Numbers of pairs N of the suite loss.
COUNTS = (1024, 2048, 4096, 8192, 16384)
# Seconds of a reading above which the suite growth goes no further.
LONGEST = 60.
# The suite that --figure draws.
DRAWN = 'growth'
# Folder of the real keyframe.
FOLDER = 'nuscenes_keyframe'
