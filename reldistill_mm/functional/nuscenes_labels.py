"""Raw labels of nuScenes-lidarseg.

Source: the merging of classes that nuscenes-devkit's lidarseg challenge
describes.
"""

# Raw ids (0 to 31) of the challenge's 16 classes, in label order; every other
# id, present or future, is ignored.
RAW_IDS: dict[str, tuple[int, ...]] = dict(
    barrier=(9, ),
    bicycle=(14, ),
    bus=(15, 16),
    car=(17, ),
    construction_vehicle=(18, ),
    motorcycle=(21, ),
    pedestrian=(2, 3, 4, 6),
    traffic_cone=(12, ),
    trailer=(22, ),
    truck=(23, ),
    driveable_surface=(24, ),
    other_flat=(25, ),
    sidewalk=(26, ),
    terrain=(27, ),
    manmade=(28, ),
    vegetation=(30, ))
