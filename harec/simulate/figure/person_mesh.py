"""One person's mesh: a body in its clothes, and a head."""

from __future__ import annotations

from harec.simulate.body.rig import Measures
from harec.simulate.figure.head import HeadBuilder
from harec.simulate.figure.limbs import Limbs
from harec.simulate.figure.looks import Look
from harec.simulate.figure.mesh import Mesh, MeshBuilder
from harec.simulate.figure.trunk import Trunk


def make_mesh(look: Look, measures: Measures, detail: int = 12) -> Mesh:
    """The mesh of one person.

    Args:
        detail: vertices around an arm; 8 is enough for a person 150 px tall, 24 for 1000 px.
    """
    builder = MeshBuilder()
    Trunk(builder, look, measures, detail).add()
    Limbs(builder, look, measures, detail).add()
    HeadBuilder(builder, look, measures, detail + 2).add()
    return builder.build()
