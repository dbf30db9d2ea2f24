"""The labelling configuration of a project in which our tasks open. Source: https://labelstud.io/tags."""

from __future__ import annotations

from typing import Final

LABELS, TEXT = "label", "text"  # the names of the control and of the object

CONFIG: Final = """\
<View>
  <Relations>
    <Relation value="source"/> <Relation value="spokesperson"/> <Relation value="addressee"/>
    <Relation value="cue"/> <Relation value="piece"/> <Relation value="parent"/>
    <Relation value="quote"/> <Relation value="object"/> <Relation value="time"/>
  </Relations>
  <Labels name="label" toName="text">
    <Label value="Source" background="#1f77b4"/> <Label value="Cue" background="#ff7f0e"/>
    <Label value="Content" background="#2ca02c"/> <Label value="Claim" background="#d62728"/>
    <Label value="Object" background="#9467bd"/> <Label value="Time" background="#8c564b"/>
  </Labels>
  <Text name="text" value="$text"/>
  <Choices name="type" toName="text" perRegion="true" whenLabelValue="Content">
    <Choice value="direct"/> <Choice value="indirect"/> <Choice value="mixed"/> <Choice value="free_indirect"/>
    <Choice value="indirect_free_indirect"/> <Choice value="reported"/> <Choice value="unspecified"/>
  </Choices>
</View>
"""
