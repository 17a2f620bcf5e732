"""Pictures and point clouds of a world."""
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageFilter

from .classes import SURFACE_INDEX
from .ground import CODE_TO_SURFACE
from .materials import (GLOSS, GROUND_LOSS, GROUND_ROUGH, INTENSITY, LOSS,
                        MATERIAL_LIST, ROUGH, ground_colour)
from .raycast import GROUND, SKY, Hits, cast_camera, cast_lidar
from .sensors import Camera, Lidar
from .shadows import ShadowMap
from .solids import SolidSet
from .textures import Surface, smooth_noise
from .world import World

Array = np.ndarray


class Shot(NamedTuple):
    """One picture with its ground truth.

    Attributes:
        image (Array): (H, W, 3) uint8 RGB.
        surface (Array): (H, W) uint8 surface class, 0 for the sky.
        depth (Array): (H, W) float32 along the camera's z axis, metres, inf
            for sky.
        thing (Array): (H, W) int32 index of the thing, -1 for ground and sky.
    """
    image: Array
    surface: Array
    depth: Array
    thing: Array


class Scan(NamedTuple):
    """One point cloud with its ground truth.

    Attributes:
        points (Array): (N, 5) float32 x, y, z in metres in the LiDAR's frame,
            intensity 0..255 and ring; ordered by azimuth, then by ring.
        surface (Array): (N,) uint8 surface class.
        thing (Array): (N,) int32 index of the thing, -1 for the ground.
    """
    points: Array
    surface: Array
    thing: Array


def _surface_of(solids: SolidSet, hits: Hits) -> Array:
    """(H, W) uint8 surface class of each ray."""
    out = solids.surface[np.maximum(hits.solid, 0)].astype(np.uint8)
    ground = hits.solid == GROUND
    out[ground] = CODE_TO_SURFACE[hits.code[ground]]
    out[hits.solid == SKY] = SURFACE_INDEX['sky']
    return out


def _thing_of(solids: SolidSet, hits: Hits) -> Array:
    """(H, W) int32 index of the thing, -1 for ground and sky."""
    out = solids.thing[np.maximum(hits.solid, 0)].astype(np.int32)
    out[hits.solid < 0] = -1
    return out


def _solid_colour(world: World, solid: Array, points: Array, normal: Array,
                  centre: Array, rot: Array) -> Array:
    """Colours (K, 3) of points on solids.

    Args:
        world (World): The scene.
        solid (Array): (K,) index of the solid.
        points, normal (Array): (3, K) world frame.
        centre, rot (Array): (N, 3) and (N, 3, 3) solids to world.
    """
    s = world.solids
    out = np.zeros((solid.size, 3), np.float32)
    material = s.material[solid]
    centre = np.ascontiguousarray(centre.T, np.float32)
    rot = np.ascontiguousarray(rot.transpose(1, 2, 0), np.float32)
    reach = np.ascontiguousarray(s.reach.T, np.float32)
    for m in np.unique(material):
        k = np.flatnonzero(material == m)
        i = solid[k]
        p, n, r = points.take(k, 1), normal.take(k, 1), rot.take(i, 2)
        q = p - centre.take(i, 1)
        local, around = (
            np.stack([
                r[0, j] * v[0] + r[1, j] * v[1] + r[2, j] * v[2]
                for j in range(3)
            ]) for v in (q, n))
        out[k] = MATERIAL_LIST[m].texture(
            Surface(local, around, reach.take(i, 1), s.colour[i], s.colour2[i],
                    s.seed[i], p))
    return out


def _sky(world: World, dirs: Array) -> Array:
    """Colours (3, K) of the sky in directions (3, K)."""
    light = world.light
    d = dirs / np.linalg.norm(dirs, axis=0)
    up = np.clip(d[2], 0, 1)
    mix = np.clip(up * 2.2, 0, 1)**.6
    horizon, zenith = light.horizon[:, None], light.zenith[:, None]
    out = horizon * (1 - mix) + zenith * mix
    far = 6 / np.maximum(d[2], .06)
    puff = smooth_noise(d[0] * far, d[1] * far, 4)
    cloud = np.clip((puff - .72 + .4 * light.clouds) * 3, 0, 1) * mix
    white = np.float32([[.93], [.94], [.95]])
    out = out * (1 - cloud) + white * cloud
    glare = np.clip((d * light.sun[:, None]).sum(0), 0, 1)**40
    return out + (1 - light.clouds) * .35 * glare


def _albedo(world: World, hits: Hits, time: float, shadow: Array) -> Array:
    """Shaded colours (3, H * W) float32, before the camera's faults."""
    light = world.light
    ambient, sunlight, horizon = (
        v[:, None] for v in (light.ambient, light.colour, light.horizon))
    solid = hits.solid.reshape(-1)
    normal = hits.normal.reshape(3, -1)
    points = hits.points().reshape(3, -1)
    colour = np.zeros((3, solid.size), np.float32)
    lit = np.clip((normal * light.sun[:, None].astype(np.float32)).sum(0), 0,
                  1)
    ground = np.flatnonzero(solid == GROUND)
    x, y = points[0, ground], points[1, ground]
    colour[:, ground], _ = ground_colour(world.ground, world.colours,
                                         hits.code.reshape(-1)[ground], x, y)
    lit[ground] *= 1 - .85 * ShadowMap.look_up(shadow, x, y)
    body = np.flatnonzero(solid >= 0)
    centre, rot = world.placed(time)
    facing = normal.take(body, 1)
    colour[:, body] = _solid_colour(world, solid[body], points.take(body, 1),
                                    facing, centre, rot).T
    colour *= ambient * (.8 + .2 * normal[2]) + lit * sunlight
    gloss = GLOSS[world.solids.material[solid[body]]]
    d = hits.dirs.reshape(3, -1).take(body, 1)
    grazing = 1 - np.abs((d * facing).sum(0)) / np.linalg.norm(d, axis=0)
    shine = (gloss * (.25 + .75 * grazing**3) * np.clip(.4 + facing[2], 0, 1))
    colour[:, body] = colour.take(body, 1) * (1 - shine) + horizon * shine
    sky = np.flatnonzero(solid == SKY)
    colour[:, sky] = _sky(world, hits.dirs.reshape(3, -1).take(sky, 1))
    far = np.where(solid == SKY, 0, hits.t.reshape(-1))
    fade = np.exp(-far / light.haze).astype(np.float32)
    colour *= fade
    colour += horizon * (1 - fade)
    return colour


def _expose(colour: Array, camera: Camera, rng: np.random.Generator) -> Array:
    """A picture (H, W, 3) uint8 with the camera's blur and noise."""
    width, height = camera.size
    image = colour.reshape(3, height, width) * rng.uniform(.93, 1.07)
    u = np.linspace(-1, 1, width)[None]
    v = np.linspace(-1, 1, height)[:, None]
    image = image * (1 - .10 * (u * u + v * v))
    image *= 255
    raw = np.clip(image, 0, 255, out=image).astype(np.uint8)
    raw = np.ascontiguousarray(raw.transpose(1, 2, 0))
    soft = Image.fromarray(raw).filter(ImageFilter.GaussianBlur(.45))
    value = np.asarray(soft, np.float32)
    grain = rng.standard_normal(value.shape, np.float32)
    grain *= 1.2 + .012 * value
    grain += value
    grain += .5
    return np.clip(grain, 0, 255, out=grain).astype(np.uint8)


def take_shot(world: World,
              camera: Camera,
              time: float,
              rng: np.random.Generator,
              shadows: ShadowMap | None = None) -> Shot:
    """Render one camera.

    Args:
        world (World): The scene.
        camera (Camera): The camera.
        time (float): Seconds since the first keyframe.
        rng (np.random.Generator): Generator of the camera's noise.
        shadows (ShadowMap | None): Shadows of this world, if at hand.

    Returns:
        The picture, its classes and depths.
    """
    hits = cast_camera(world, camera, time)
    shadow = (shadows or ShadowMap(world)).at(time)
    colour = _albedo(world, hits, time, shadow)
    return Shot(
        _expose(colour, camera, rng), _surface_of(world.solids, hits), hits.t,
        _thing_of(world.solids, hits))


def _returns(world: World, lidar: Lidar, hits: Hits,
             time: float) -> tuple[Array, Array, Array]:
    """Intensity, chance of loss and roughness (R, A) of each ray."""
    solid = hits.solid
    at = np.maximum(solid, 0)
    material = world.solids.material[at]
    value = INTENSITY[material].astype(float)
    loss, rough = LOSS[material], ROUGH[material]
    ground = solid == GROUND
    code = hits.code[ground]
    p = hits.points()
    _, value[ground] = ground_colour(world.ground, world.colours, code,
                                     p[0][ground], p[1][ground])
    loss[ground], rough[ground] = GROUND_LOSS[code], GROUND_ROUGH[code]
    body = np.flatnonzero(solid.reshape(-1) >= 0)
    centre, rot = world.placed(time)
    colour = _solid_colour(
        world,
        solid.reshape(-1)[body],
        p.reshape(3, -1)[:, body].astype(np.float32),
        hits.normal.reshape(3, -1)[:, body].astype(np.float32), centre, rot)
    value.reshape(-1)[body] *= .45 + .9 * colour.mean(1)
    facing = np.abs((hits.normal * hits.dirs).sum(0))
    return value * (.5 + .5 * facing), loss, rough


def take_scan(world: World, lidar: Lidar, time: float,
              rng: np.random.Generator) -> Scan:
    """Render one turn of the LiDAR as if it took no time.

    Args:
        world (World): The scene.
        lidar (Lidar): The LiDAR.
        time (float): Seconds since the first keyframe.
        rng (np.random.Generator): Generator of noise and lost returns.

    Returns:
        The points with their classes.
    """
    hits = cast_lidar(world, lidar, time)
    value, loss, rough = _returns(world, lidar, hits, time)
    shape = hits.t.shape
    r = np.where(np.isfinite(hits.t), hits.t, 1e9)
    power = np.exp(-(r / lidar.reach)**2 *
                   (1.6 - .9 * np.clip(value / 60, 0, 1)))
    kept = (rng.random(shape) < (1 - loss) * power) & (r < lidar.reach)
    r = r + rng.normal(0, lidar.noise,
                       shape) + np.abs(rng.normal(0, 1, shape)) * rough
    value = np.clip(value * rng.normal(1, .12, shape), 0, 255)
    rays = lidar.rays()
    ring = np.broadcast_to(np.arange(shape[0])[:, None], shape)
    false = rng.random(shape) < lidar.false
    r = np.where(false, r * rng.uniform(.2, .95, shape), r)
    points = np.stack([*(rays * r), np.floor(value), ring], -1)
    surface, thing = (f(world.solids, hits) for f in (_surface_of, _thing_of))
    surface[false], thing[false] = SURFACE_INDEX['noise'], -1
    keep = kept.T
    return Scan(
        points.transpose(1, 0, 2)[keep].astype(np.float32), surface.T[keep],
        thing.T[keep])
