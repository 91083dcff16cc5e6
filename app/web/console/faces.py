"""All faces of the console."""

from __future__ import annotations

from app.web.console.audit import audit_face
from app.web.console.connection_claims import connection_claims_face
from app.web.console.connection_page import connection_page_face
from app.web.console.connection_parts import connection_parts_face
from app.web.console.connection_settings import connection_settings_face
from app.web.console.connection_trials import connection_trials_face
from app.web.console.connections import connections_face
from app.web.console.directories import directories_face
from app.web.console.directory_tokens import directory_tokens_face
from app.web.console.filter_acts import filter_acts_face
from app.web.console.filters import filters_face
from app.web.console.first_steps import first_steps_face
from app.web.console.group_acts import group_acts_face
from app.web.console.group_members import group_members_face
from app.web.console.groups import groups_face
from app.web.console.item_changes import item_changes_face
from app.web.console.items import items_face
from app.web.console.leavers import leavers_face
from app.web.console.mapping import mapping_face
from app.web.console.mapping_draft import mapping_draft_face
from app.web.console.mapping_health import mapping_health_face
from app.web.console.mapping_plan import mapping_plan_face
from app.web.console.mapping_publish import mapping_publish_face
from app.web.console.mapping_revisions import mapping_revisions_face
from app.web.console.mapping_rules import mapping_rules_face
from app.web.console.mapping_simulate import mapping_simulate_face
from app.web.console.matrix import matrix_face
from app.web.console.overview import overview_face
from app.web.console.people import people_face
from app.web.console.people_bulk import people_bulk_face
from app.web.console.people_new import people_new_face
from app.web.console.person import person_face
from app.web.console.person_access import person_access_face
from app.web.console.person_explain import person_explain_face
from app.web.console.person_items import person_items_face
from app.web.console.person_permissions import person_permissions_face
from app.web.console.person_roles import person_roles_face
from app.web.console.person_sign_in import person_sign_in_face
from app.web.console.person_timeline import person_timeline_face
from app.web.console.person_units import person_units_face
from app.web.console.requests import requests_face
from app.web.console.role_compare import role_compare_face
from app.web.console.role_edit import role_edit_face
from app.web.console.role_given import role_given_face
from app.web.console.role_more import role_more_face
from app.web.console.roles import roles_face
from app.web.console.saved_views import saved_views_face
from app.web.console.settings_clients import settings_clients_face
from app.web.console.settings_domains import settings_domains_face
from app.web.console.settings_enforcement import settings_enforcement_face
from app.web.console.settings_keys import settings_keys_face
from app.web.console.settings_security import settings_security_face
from app.web.console.settings_webhooks import settings_webhooks_face
from app.web.console.setup_link_pages import setup_links_face
from app.web.console.sign_ins import sign_ins_face
from app.web.console.unit_moves import unit_moves_face
from app.web.console.units import units_face
from app.web.console.waiting_room import waiting_room_face
from app.web.face import Face

CONSOLE: tuple[Face, ...] = (
    people_face,
    people_bulk_face,
    requests_face,
    saved_views_face,
    people_new_face,
    mapping_face,
    mapping_draft_face,
    mapping_plan_face,
    mapping_publish_face,
    mapping_rules_face,
    waiting_room_face,
    mapping_simulate_face,
    mapping_revisions_face,
    mapping_health_face,
    person_face,
    person_access_face,
    person_explain_face,
    person_items_face,
    person_permissions_face,
    person_roles_face,
    person_sign_in_face,
    person_timeline_face,
    person_units_face,
    audit_face,
    overview_face,
    first_steps_face,
    directories_face,
    directory_tokens_face,
    connections_face,
    connection_page_face,
    connection_settings_face,
    connection_parts_face,
    connection_claims_face,
    connection_trials_face,
    sign_ins_face,
    setup_links_face,
    settings_security_face,
    settings_enforcement_face,
    settings_domains_face,
    settings_keys_face,
    settings_webhooks_face,
    settings_clients_face,
    roles_face,
    role_edit_face,
    role_given_face,
    role_more_face,
    role_compare_face,
    matrix_face,
    units_face,
    unit_moves_face,
    groups_face,
    group_acts_face,
    group_members_face,
    items_face,
    filters_face,
    filter_acts_face,
    item_changes_face,
    leavers_face,
)
