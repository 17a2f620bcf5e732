"""Small image towers of every family that the teacher reads."""
from pathlib import Path

import torch
from tiny_clip import write_config

# What open_clip's own configs of the family have, with a tiny tower.
TOKEN = dict(timm_pool='token', timm_proj=None)
LINEAR = dict(timm_pool='', timm_proj='linear')
FAMILIES = {
    'clip': dict(),
    'clipa': dict(pool_type='avg', final_ln_after_pool=True, no_ln_pre=True),
    'coca': dict(attentional_pool=True, attn_pooler_heads=4),
    'siglip': dict(timm_model_name='tiny_siglip', timm_pool='map',
                   timm_proj='none'),
    'pe': dict(timm_model_name='tiny_pe', timm_pool='map', timm_proj=None),
    'eva02': dict(TOKEN, timm_model_name='tiny_eva02'),
    'eva01': dict(TOKEN, timm_model_name='tiny_eva01'),
    'mobileclip_b': dict(TOKEN, timm_model_name='tiny_vit'),
    'vitamin': dict(LINEAR, timm_model_name='tiny_vit'),
    'gap': dict(LINEAR, timm_model_name='tiny_gap'),
    'convnext': dict(LINEAR, timm_model_name='tiny_convnext'),
    'convnext_d': dict(LINEAR, timm_model_name='tiny_convnext',
                       timm_proj='mlp'),
    'mobileclip_s': dict(timm_model_name='tiny_fastvit', timm_pool='avg',
                         timm_proj=None),
}  # yapf: disable


class _Plain(torch.nn.Module):
    """A model that gives no maps."""

    def __init__(self, num_classes: int = 0) -> None:
        super().__init__()


def register_timm_models() -> None:
    """Make the tiny models known to timm, once."""
    from timm.models import is_model, register_model
    from timm.models.convnext import ConvNeXt
    from timm.models.eva import Eva
    from timm.models.fastvit import FastVit
    from timm.models.vision_transformer import VisionTransformer
    from timm.models.vision_transformer_sam import VisionTransformerSAM
    if is_model('tiny_siglip'):
        return
    vit = dict(img_size=64, patch_size=16, embed_dim=32, depth=2, num_heads=2)
    eva = dict(vit, qkv_fused=False, mlp_ratio=2., swiglu_mlp=True,
               scale_mlp=True, use_rot_pos_emb=True,
               ref_feat_shape=(4, 4))  # yapf: disable
    models = dict(
        tiny_siglip=(VisionTransformer,
                     dict(vit, class_token=False, global_pool='map')),
        tiny_pe=(Eva,
                 dict(vit, global_pool='map', attn_type='rope',
                      use_rot_pos_emb=True, ref_feat_shape=(4, 4),
                      rope_grid_offset=1., use_pre_transformer_norm=True,
                      use_post_transformer_norm=True, use_fc_norm=False,
                      attn_pool_num_heads=4,
                      attn_pool_mlp_ratio=2.)),  # yapf: disable
        tiny_eva02=(Eva, dict(eva, global_pool='token',
                              scale_attn_inner=True)),
        tiny_eva01=(Eva, dict(vit, global_pool='token', init_values=.5)),
        tiny_vit=(VisionTransformer, dict(vit, init_values=.5)),
        tiny_gap=(VisionTransformer,
                  dict(vit, class_token=False, global_pool='avg')),
        tiny_dinov2=(VisionTransformer,
                     dict(vit, reg_tokens=4, no_embed_class=True,
                          init_values=.5)),
        tiny_dinov3=(Eva,
                     dict(vit, num_reg_tokens=4, use_rot_pos_emb=True,
                          use_abs_pos_emb=False, qkv_bias=False,
                          init_values=.5, rope_type='dinov3',
                          use_fc_norm=False)),
        tiny_sam=(VisionTransformerSAM,
                  dict(vit, use_abs_pos=True, use_rel_pos=True,
                       window_size=2, global_attn_indexes=(1, ),
                       neck_chans=24)),
        tiny_plain=(_Plain, {}),
        tiny_convnext=(ConvNeXt,
                       dict(depths=(1, 1, 1, 1), dims=(8, 16, 16, 32))),
        tiny_fastvit=(FastVit,
                      dict(layers=(1, 1, 1, 1), embed_dims=(8, 16, 16, 32),
                           mlp_ratios=(2, ) * 4)))  # yapf: disable

    def registered(name: str, base: type, own: dict):

        def make(pretrained: bool = False, **kwargs):
            given = dict(
                own, **{
                    key: kwargs[key]
                    for key in ('num_classes', 'global_pool',
                                'dynamic_img_size') if key in kwargs
                })
            model = base(**given)
            model.default_cfg = model.pretrained_cfg = dict(
                input_size=(3, 64, 64), mean=(.5, ) * 3, std=(.25, ) * 3)
            return model

        make.__name__, make.__module__ = name, __name__
        register_model(make)

    for name, (base, own) in models.items():
        registered(name, base, own)


def build_tower(folder: Path, family: str) -> torch.nn.Module:
    """Build a CLIP with a tower of this family, all of whose weights show."""
    from reldistill_mm.models.teachers.build_clip import build_clip
    register_timm_models()
    vision = FAMILIES[family]
    config = write_config(folder, 'tiny-test-vit', f'tiny-{family}', **vision)
    torch.manual_seed(0)
    clip = build_clip(config, 'random')
    for module in clip.visual.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.normal_()
            module.running_var.uniform_(.5, 2)
    for parameter in clip.visual.parameters():
        # Zeros and ones, which hide mistakes, become numbers.
        if parameter.ndim == 1 or not parameter.any():
            parameter.data += .3 * torch.randn_like(parameter)
    return clip
