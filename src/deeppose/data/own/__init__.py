"""Labels of anything: COCO keypoints of any category, Ultralytics, DeepLabCut; what they show; how they are split."""

from deeppose.data.own.labels import Labels, read_labels

__all__ = ["Labels", "read_labels"]
