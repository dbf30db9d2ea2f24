"""Who may do what, where: users, projects, memberships, tokens; and the one append-only table of what happened."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from projects.choices import EventAction, RoleName, Visibility
from projects.ids import uuid7
from projects.querysets import EventQuerySet, MembershipQuerySet, ProjectQuerySet, TokenQuerySet
from projects.roles import SCOPES, Role


def one_of(column: str, choices: type[models.TextChoices], name: str) -> models.CheckConstraint:
    """The database's own list of a column's values."""
    return models.CheckConstraint(condition=models.Q(**{f"{column}__in": choices.values}), name=name)


class User(AbstractUser):
    """A person, or a service account (a model, a rule set, an importer) that writes machine annotations."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    is_service = models.BooleanField(default=False, help_text="A program: what it annotates goes into machine sets.")

    class Meta(AbstractUser.Meta):
        pass


def link(to: Any, **kwargs: Any) -> Any:
    """A foreign key whose constraint is a composite key made by migration, so that no link crosses projects.

    Deleting is the database's business: what is in use is refused there, whoever asks.
    """
    kwargs.setdefault("related_name", "+")
    kwargs.setdefault("db_index", False)
    return models.ForeignKey(to, on_delete=models.DO_NOTHING, db_constraint=False, **kwargs)


class Stamped(models.Model):
    """What every object has: id, version, times, and who made it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    version = models.IntegerField(default=1)
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(db_default=Now())
    created_by = link(User, null=True)

    class Meta:
        abstract = True


class Project(Stamped):
    """The tenant: members with roles, articles, speakers, claims. Nothing is shared between projects."""

    slug = models.TextField()
    name = models.TextField()
    description = models.TextField(default="", blank=True)
    visibility = models.TextField(choices=Visibility, default=Visibility.PRIVATE)
    blind = models.BooleanField(default=False)
    guideline = models.TextField(default="", blank=True)
    guideline_version = models.TextField(default="", blank=True)

    objects = ProjectQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["slug"], name="project_slug_unique"),
            models.CheckConstraint(
                condition=models.Q(slug__regex=r"^[a-z0-9]+(-[a-z0-9]+)*$"), name="project_slug_form"
            ),
            one_of("visibility", Visibility, "project_visibility_known"),
        ]

    def __str__(self) -> str:
        return self.name


class Membership(Stamped):
    """A user's role in a project."""

    project = models.ForeignKey(Project, on_delete=models.DO_NOTHING, related_name="memberships")
    user = models.ForeignKey(User, on_delete=models.DO_NOTHING, related_name="memberships")
    role = models.TextField(choices=RoleName)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["project", "user"], name="membership_unique"),
            one_of("role", RoleName, "membership_role_known"),
        ]

    def __str__(self) -> str:
        return f"{self.user} as {self.role} in {self.project}"

    @property
    def rank(self) -> Role:
        return Role.named(self.role)


class ApiToken(Stamped):
    """A bearer token: its HMAC is stored, its secret is shown once."""

    user = models.ForeignKey(User, on_delete=models.DO_NOTHING, related_name="tokens")
    name = models.TextField()
    digest = models.BinaryField(max_length=32)
    hint = models.TextField(help_text="The first characters, to tell tokens apart.")
    scopes = ArrayField(models.TextField())
    projects = models.ManyToManyField(Project, blank=True, related_name="+")
    limited = models.BooleanField(default=False, help_text="Good for the listed projects only.")
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = TokenQuerySet.as_manager()

    class Meta:
        verbose_name = "API token"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["digest"], name="token_digest_unique"),
            models.CheckConstraint(
                condition=models.Q(scopes__contained_by=list(SCOPES), scopes__len__gt=0), name="token_scopes_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.hint}…)"


class Event(models.Model):
    """One change of one object: who, when, and the object as it stood then. Append-only, held by a trigger.

    Written set-wise by the actions as the last statement of a transaction; history, audit and the change feed read it.
    It holds ids of people, never their names. `seq` is the feed's order, given to committed events by its sequencer.
    `reload`: somebody sees more or less since then.
    """

    seq = models.BigIntegerField(null=True)
    at = models.DateTimeField(db_default=Now())
    action = models.TextField(choices=EventAction)
    type = models.TextField()
    object_id = models.UUIDField()
    version = models.IntegerField()
    project = link(Project, null=True)
    article = models.UUIDField(null=True)
    set = models.UUIDField(null=True)
    actor = link(User, null=True)
    comment = models.TextField(default="")
    reload = models.BooleanField(db_default=False)
    snapshot = models.JSONField()

    objects = EventQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["project", "seq"], condition=models.Q(seq__isnull=False), name="event_seq")
        ]
        indexes: ClassVar = [
            models.Index(fields=["object_id", "version"], name="event_object"),
            models.Index(fields=["project", "id"], condition=models.Q(seq__isnull=True), name="event_unsequenced"),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.object_id} {self.action}"


class KeptAnswer(models.Model):
    """What a call under an Idempotency-Key was answered. Without a status while the call runs, which no other sees."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+", db_index=False)
    key = models.TextField()
    call = models.BinaryField(help_text="SHA-256 of method, address and content.")
    status = models.SmallIntegerField(null=True)
    headers = models.JSONField(null=True)
    body = models.BinaryField(null=True)
    powers = models.JSONField(null=True, help_text="The project and role of each right that the call rested on.")
    created_at = models.DateTimeField(db_default=Now(), db_index=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["user", "key"], name="kept_answer_key_unique")]

    def __str__(self) -> str:
        return self.key


class Spent(models.Model):
    """How much of a limit is used up in the window that began at `since`. Not logged: a crash forgives all."""

    key = models.BinaryField(primary_key=True, help_text="An HMAC of who it is: no name, no address.")
    since = models.DateTimeField()
    used = models.IntegerField()
    leased = models.IntegerField(help_text="What the last statement took.")

    def __str__(self) -> str:
        return f"{self.used} since {self.since}"
