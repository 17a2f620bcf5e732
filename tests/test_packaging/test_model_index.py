"""model-index.yml names what is there, and no number without a source."""
from pathlib import Path

import pytest
import yaml
from mmengine.config import Config

ROOT = Path(__file__).parents[2]
INDEX = yaml.safe_load((ROOT / 'model-index.yml').read_text())
DATA = {
    'NuScenesLidarSegDataset': ('nuScenes', 'MiniWorld'),
    'SemanticKittiCameraDataset': ('SemanticKITTI', "MiniWorld's other town"),
}
# Of one dataset class, which reads any: by the folder of the config.
OWN = {'data/own/': "one's own cameras and LiDAR", 'data/kitti/': 'KITTI'}


def test_names_are_unique_and_collections_known() -> None:
    names = [model['Name'] for model in INDEX['Models']]
    assert len(names) > 10 and len(set(names)) == len(names)
    known = {collection['Name'] for collection in INDEX['Collections']}
    assert {model['In Collection'] for model in INDEX['Models']} == known
    for collection in INDEX['Collections']:
        assert (ROOT / collection['README']).is_file()


def test_every_recipe_is_named() -> None:
    named = {model['Config'] for model in INDEX['Models']}
    recipes = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / 'configs').glob('*.py')
    }
    assert recipes <= named


@pytest.mark.parametrize('model', INDEX['Models'], ids=lambda m: m['Name'])
def test_config_is_there_and_of_that_data(model: dict) -> None:
    path = ROOT / model['Config']
    assert path.is_file() and path.stem == model['Name']
    dataset = Config.fromfile(path).train_dataloader.dataset
    if dataset.type == 'CameraLidarDataset':
        assert model['Metadata']['Training Data'] == OWN[dataset.data_root]
        return
    data, = (
        name for name in DATA[dataset.type]
        if ('miniworld' in dataset.data_root) == ('MiniWorld' in name))
    assert model['Metadata']['Training Data'] == data


def test_results_and_weights_have_a_source() -> None:
    """Until results are committed for a config, there are none here."""
    for model in INDEX['Models']:
        assert not {'Results', 'Weights'} & set(model)
