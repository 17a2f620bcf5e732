from .distilled_backbone import DistilledBackbone

__all__ = ['DistilledBackbone']
