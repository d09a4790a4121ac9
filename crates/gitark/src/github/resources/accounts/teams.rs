//! Teams of an organisation.

use serde_json::Value;

use crate::{
    github::resources::{
        Absent, Asked, Pace, Resource, Way,
        each::{Answer, Each, Item},
        files::Files,
        lasting::OF_REPOSITORY,
    },
    metadata_path::file_name,
};

pub(super) const TEAMS: Resource = Resource {
    name: "organization-teams",
    what: "teams of an organisation",
    endpoint: "GET /orgs/{org}/teams",
    permission: "members",
    pace: Pace::FullPass,
    asked: Asked::InBulk,
    changes: "ETag",
    files: "teams/<team>.json",
    way: Way::Files(Files {
        path: "teams",
        query: &[],
        wrapped: None,
        directory: "teams",
        name: slug,
        detail: None,
        absent: Absent::Hidden,
    }),
};

pub(super) const MEMBERS: Resource = Resource {
    name: "team-members",
    what: "who is in a team",
    endpoint: "GET /orgs/{org}/teams/{team_slug}/members",
    permission: "members",
    pace: Pace::FullPass,
    asked: Asked::OneByOne,
    changes: "ETag",
    files: "team-members/<team>.json",
    way: Way::Each(Each {
        path: "teams",
        queries: &[&[]],
        wrapped: None,
        directory: "team-members",
        item: members,
        answer: Answer::List,
        volatile: &[],
        absent: Absent::Hidden,
    }),
};

pub(super) const REPOSITORIES: Resource = Resource {
    name: "team-repositories",
    what: "what a team may do in which repositories",
    endpoint: "GET /orgs/{org}/teams/{team_slug}/repos",
    permission: "members",
    pace: Pace::FullPass,
    asked: Asked::OneByOne,
    changes: "ETag; counters of repositories alone make no new version",
    files: "team-repositories/<team>.json",
    way: Way::Each(Each {
        path: "teams",
        queries: &[&[]],
        wrapped: None,
        directory: "team-repositories",
        item: repositories,
        answer: Answer::List,
        volatile: OF_REPOSITORY,
        absent: Absent::Hidden,
    }),
};

fn slug(team: &Value) -> Option<String> {
    team.get("slug")?.as_str().map(file_name)
}

fn members(team: &Value) -> Option<Item> {
    Some(Item::at(["teams", team.get("slug")?.as_str()?, "members"], slug(team)?))
}

fn repositories(team: &Value) -> Option<Item> {
    Some(Item::at(["teams", team.get("slug")?.as_str()?, "repos"], slug(team)?))
}
