"""The demo login and its token: made once, kept in 0600 files of the data directory, shown at each start."""

from __future__ import annotations

from pathlib import Path

from backend import postgres
from projects.actions.rows import create_row
from projects.actions.tokens import create_token
from projects.authentication import caller_of
from projects.choices import RoleName
from projects.models import Membership, Project, User
from projects.roles import SCOPES, Caller

USERNAME = "demo"


def demo_login(data_dir: Path, project: Project) -> dict[str, str]:
    """The demo user (staff, manager of the demo project, no superuser), its password and its token."""
    password = postgres.secret(data_dir, "demo-password")
    user, _ = User.objects.get_or_create(username=USERNAME, defaults={"is_staff": True})
    if not user.check_password(password):
        user.set_password(password)
        user.save(update_fields=["password"])
    if not Membership.objects.filter(project=project, user=user).exists():
        create_row(Membership(project=project, user=user, role=RoleName.MANAGER), Caller(user))
    return {"username": USERNAME, "password": password, "token": demo_token(data_dir, user), "project": str(project.pk)}


def demo_token(data_dir: Path, user: User) -> str:
    """The token of the file; a new one where the file is gone or its token no longer holds."""
    path = data_dir / "demo-token"
    if path.exists():
        token = path.read_text().strip()
        found = caller_of(token)
        if found and found[0] == user:
            return token
    _, token = create_token(user=user, name="Demo", scopes=SCOPES)
    path.touch(mode=0o600)
    path.chmod(0o600)
    path.write_text(token)
    return token
