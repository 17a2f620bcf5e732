"""Draw a whole world from a seed."""

import numpy as np

from . import scenery
from .ground import Ground
from .materials import GroundColours
from .motion import EgoMotion
from .solids import SolidSet, rotation
from .streets import STYLES, Style, fill_blocks, lay_ground, line_streets
from .traffic import RARE, Traffic
from .world import Light, World

Rng = np.random.Generator
SPLITS: dict[str, int] = dict(train=0, val=1, choose=2)


def _light(rng: Rng) -> Light:
    """Sun and sky: bright, hazy or overcast."""
    cloudy = float(rng.random())
    high, turn = np.deg2rad(rng.uniform(28, 62)), rng.uniform(0, 2 * np.pi)
    sun = np.array([
        np.cos(high) * np.cos(turn),
        np.cos(high) * np.sin(turn),
        np.sin(high)
    ])
    power = (.75 - .5 * cloudy) * rng.uniform(.9, 1.1)
    warm = np.float32([1.05, 1.0, .92]) if high < .8 else np.float32(
        [1.0, 1.0, .98])
    blue = np.float32([.36, .55, .86]) * (1 - .5 * cloudy) + np.float32(
        [.66, .69, .73]) * .5 * cloudy
    return Light(
        sun=sun,
        colour=(power * warm).astype(np.float32),
        ambient=np.float32([.52, .55, .60]) + np.float32(.28 * cloudy),
        zenith=blue.astype(np.float32),
        horizon=np.float32([.80, .84, .88]) *
        np.float32(rng.uniform(.92, 1.04)),
        clouds=cloudy,
        haze=float(rng.uniform(180, 420)))


def _colours(rng: Rng, town: str) -> GroundColours:
    """Greys of the paved grounds, which are alike, and a green."""
    grey = rng.uniform(.27, .38)
    cool = np.array([.98, 1.0, 1.03])
    green = np.array([.36, .46, .20]) if rng.random() < .7 else np.array(
        [.46, .47, .24])
    if town == 'other':
        green = green * (.9, 1.04, .9)
        grey += .06
    walk = rng.uniform(.52, .64)
    stone = np.array([.58, .50, .45]) if rng.random() < .6 else np.array(
        [.55, .53, .48])
    return GroundColours(
        road=grey * cool,
        parking=(grey + .02) * cool,
        sidewalk=walk * np.array([1.02, 1.0, .97]),
        terrain=green * rng.uniform(.85, 1.1),
        other=stone * rng.uniform(.8, 1.05))


def _ego(rng: Rng, ground: Ground, seconds: float) -> tuple[EgoMotion, tuple]:
    """The ego vehicle's drive and the stretch of street it covers."""
    speed = float(rng.uniform(5.5, 9.5))
    x = -min(85., speed * seconds / 2 + 2)
    lane = int(rng.integers(ground.lanes))
    u = -(ground.median + ground.lane * (lane + .5))
    change = 0.
    if ground.lanes > 1 and rng.random() < .5:
        change = ground.lane * (1 if lane else -1)
    ego = EgoMotion(
        x, u + rng.normal(0, .15), speed,
        float(rng.uniform(-.3, .3)) * min(1., 2.5 / seconds)**2, change,
        float(rng.uniform(2.5, 4)),
        (rng.uniform(.003, .008), rng.uniform(.003, .01), rng.uniform(0, 6)))
    return ego, (x, min(85., x + speed * seconds))


def _placement(rng: Rng) -> np.ndarray:
    """(4, 4) world to the global frame of the dataset."""
    out = np.eye(4)
    out[:3, :3] = rotation(rng.uniform(-np.pi, np.pi))
    out[:2, 3] = rng.uniform(-60, 60, 2)
    return out


def build_world(seed: int,
                split: str,
                index: int,
                seconds: float = 2.5,
                town: str = 'nuscenes',
                name: str = '') -> World:
    """Draw one scene; the same arguments give the same world.

    Args:
        seed (int): Seed of the dataset.
        split (str): 'train', 'val' or 'choose'.
        index (int): Number of the scene in its split.
        seconds (float): Duration of the drive.
        town (str): 'nuscenes' or 'other'.
        name (str): Name of the scene.

    Returns:
        The world; time 0 is the first keyframe.
    """
    key = (seed, SPLITS[split], index, list(STYLES).index(town))
    rng = np.random.default_rng(np.random.SeedSequence(key))
    style: Style = STYLES[town]
    theme = style.themes[(index + 2 * SPLITS[split]) % len(style.themes)]
    island = town == 'nuscenes' and (theme == 'avenue' or index % 2 == 1)
    ground = lay_ground(rng, style, theme, island)
    patches, things = fill_blocks(
        rng, style, theme, ground, plaza=index % 2 == 0)
    ground = type(ground)(**{**ground.__dict__, 'patches': patches})
    ego, drive = _ego(rng, ground, seconds)
    traffic = Traffic(rng, ground, style, ego, drive)
    for rare in RARE[index % 2] if town == 'nuscenes' else ('bicycle', ):
        traffic.certain(rare)
    if town == 'other' and rng.random() < .5:
        traffic.certain(str(rng.choice(('truck', 'motorcycle', 'trailer'))))
    traffic.lanes()
    traffic.parked()
    traffic.people()
    things += line_streets(rng, theme, ground) + traffic.things
    models = [thing.model for thing in things] + [scenery.ego(rng)]
    return World(
        name=name or f'{town}-{split}-{index:04d}',
        seed=key,
        ground=ground,
        colours=_colours(rng, town),
        light=_light(rng),
        things=things,
        solids=SolidSet.from_models(models, rng),
        ego=ego,
        placement=_placement(rng))
