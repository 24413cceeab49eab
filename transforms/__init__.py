"""What happens to an article: pure functions, and one PTransform for each.

`ENRICHERS` is the public list of steps that a config may name under `enrich:`; each is a dataclass, and its fields are
its options. The table holds names of modules, not classes: reading it must not load Beam.
"""

from typing import Final

ENRICHERS: Final = {
    "DetectLanguage": "transforms.language",
    "TagEntities": "transforms.entities",
    "ClassifyTopics": "transforms.topics",
}
"""Name of a step to the module that exports it."""
