"""How long packages and interviews are kept before they go to the Recycle Bin by themselves."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from accounts.flows import retaining
from accounts.models import Workspace
from accounts.rules.retention import LONGEST, SHORTEST
from api.nouns.asking import Caller
from api.nouns.shapes import Shape, Wish

Setting = Literal["packages", "interviews"]
Days = Annotated[int, Field(ge=SHORTEST, le=LONGEST, examples=[365])]


class RetentionWindow(Shape):
    """How long one kind is kept."""

    setting: Setting
    chosen: int | None = Field(description="Days that were chosen; null: the plan's own, or kept.", examples=[365])
    days: int | None = Field(description="Days that hold now; null: kept.", examples=[365])
    most: int | None = Field(description="Days the plan allows at most; null: no end.", examples=[730])


class RetentionShape(Shape):
    """How long things are kept."""

    items: list[RetentionWindow]


class RetentionChange(Wish):
    """Days after which things go to the Recycle Bin. Null: the plan's own, or kept. What is left out stays."""

    packages: Days | None = Field(default=None, description="Days since a package was written.", examples=[365])
    interviews: Days | None = Field(default=None, description="Days since anything was said in an interview.", examples=[730])


class TouchedByRetention(Shape):
    """What a change would touch of one kind."""

    setting: Setting
    count: int = Field(description="How many the next nightly run would put into the Recycle Bin.", examples=[3])


class RetentionPreview(Shape):
    """What a change would touch."""

    items: list[TouchedByRetention]


def read(caller: Caller) -> RetentionShape:
    """How long things are kept."""
    windows = retaining.windows(_workspace(caller))
    return RetentionShape(
        items=[
            RetentionWindow(setting=one.kind.setting, chosen=one.chosen, days=one.days, most=one.bounds.most) for one in windows
        ]
    )


def preview(caller: Caller, wish: RetentionChange) -> RetentionPreview:
    """How many things a change would touch. Raises ``BadInput`` for days that the plan does not allow."""
    workspace, chosen = _workspace(caller), wish.model_dump(exclude_unset=True)
    retaining.check(workspace, chosen)
    found = []
    for one in retaining.windows(workspace):
        setting = one.kind.setting
        count = retaining.touched(workspace, setting, chosen.get(setting, one.chosen))
        found.append(TouchedByRetention(setting=setting, count=count))
    return RetentionPreview(items=found)


def change(caller: Caller, wish: RetentionChange) -> RetentionShape:
    """Set the days. Raises ``BadInput`` for days that the plan does not allow; then nothing is changed."""
    retaining.choose(_workspace(caller), wish.model_dump(exclude_unset=True), actor=caller.user, means=caller.means)
    return read(caller)


def _workspace(caller: Caller) -> Workspace:
    return Workspace.objects.get(pk=caller.workspace.pk)
