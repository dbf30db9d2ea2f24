"""What is true of members, tokens and events; and, by the events, of every object whose changes they tell."""

from backend.integrity import Invariant

RECORDED = {
    "project": "SELECT id, version, id, created_by_id FROM projects_project",
    "membership": "SELECT id, version, project_id, created_by_id FROM projects_membership",
}

# One index gives the newest version of each object, without a look at the (large) rows of the table.
NEWEST = "(SELECT object_id, max(version) AS version FROM projects_event GROUP BY object_id)"

INVARIANTS = {
    "membership_has_both_ends": Invariant(
        "A membership joins a user and a project that are there.",
        """
        SELECT m.id FROM projects_membership m
        WHERE NOT EXISTS (SELECT FROM projects_user u WHERE u.id = m.user_id)
           OR NOT EXISTS (SELECT FROM projects_project p WHERE p.id = m.project_id)
        """,
    ),
    "membership_once": Invariant(
        "A user is a member of a project once.",
        """
        SELECT unnest(array_agg(m.id)) FROM projects_membership m GROUP BY m.project_id, m.user_id HAVING count(*) > 1
        """,
    ),
    "token_has_both_ends": Invariant(
        "A token is a user's, and the projects it is limited to are there.",
        """
        SELECT t.id FROM projects_apitoken t
        WHERE NOT EXISTS (SELECT FROM projects_user u WHERE u.id = t.user_id)
           OR EXISTS (SELECT FROM projects_apitoken_projects l WHERE l.apitoken_id = t.id
                      AND NOT EXISTS (SELECT FROM projects_project p WHERE p.id = l.project_id))
        """,
    ),
    "token_scopes_known": Invariant(
        "A token has scopes, and each is one of the four.",
        """
        SELECT id FROM projects_apitoken
        WHERE NOT scopes <@ ARRAY['read', 'annotate', 'curate', 'manage'] OR cardinality(scopes) = 0
        """,
    ),
    "event_versions_complete": Invariant(
        "An object's events tell its versions from 1 on, each once.",
        """
        SELECT object_id FROM projects_event GROUP BY object_id
        HAVING min(version) <> 1 OR max(version) <> count(*) OR count(DISTINCT version) <> count(*)
        """,
    ),
    "object_has_events": Invariant(
        "Every object has an event of its making.",
        "SELECT r.id FROM {recorded} r WHERE NOT EXISTS (SELECT FROM projects_event e WHERE e.object_id = r.id)",
    ),
    "object_as_in_events": Invariant(
        "An object has the version of its last event.",
        f"""
        SELECT r.id FROM {{recorded}} r JOIN {NEWEST} n ON n.object_id = r.id
        WHERE n.version <> r.version
          AND NOT EXISTS (SELECT FROM projects_event e
                          WHERE e.object_id = r.id AND e.version = n.version AND e.action = 'deleted')
        """,
    ),
    "deleted_is_gone": Invariant(
        "What was deleted, and not restored, is not there.",
        """
        SELECT r.id FROM {recorded} r JOIN projects_event e ON e.object_id = r.id AND e.action = 'deleted'
        WHERE NOT EXISTS (SELECT FROM projects_event n WHERE n.object_id = r.id AND n.version > e.version)
        """,
    ),
    "gone_was_deleted": Invariant(
        "What is not there was deleted: no object goes without an event.",
        f"""
        SELECT n.object_id FROM {NEWEST} n
        WHERE NOT EXISTS (SELECT FROM {{recorded}} r WHERE r.id = n.object_id)
          AND NOT EXISTS (SELECT FROM projects_event e
                          WHERE e.object_id = n.object_id AND e.version = n.version AND e.action = 'deleted')
        """,
    ),
    "event_in_its_project": Invariant(
        "An event is in the project of its object, and of its object's type.",
        """
        SELECT e.object_id FROM projects_event e JOIN {recorded} r ON r.id = e.object_id
        WHERE e.project_id IS DISTINCT FROM r.project_id OR e.type <> r.type
        """,
    ),
    "author_known": Invariant(
        "Who made an object is a user that is there.",
        """
        SELECT r.id FROM {recorded} r
        WHERE r.created_by_id IS NOT NULL AND NOT EXISTS (SELECT FROM projects_user u WHERE u.id = r.created_by_id)
        """,
    ),
    "actor_known": Invariant(
        "Who did what an event tells is a user that is there.",
        """
        SELECT e.object_id FROM projects_event e
        WHERE e.actor_id IS NOT NULL AND NOT EXISTS (SELECT FROM projects_user u WHERE u.id = e.actor_id)
        """,
    ),
}
