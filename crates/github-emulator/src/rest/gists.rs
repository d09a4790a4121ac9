//! Gists.

use axum::http::StatusCode;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::Call;
use super::answer::Answer;
use crate::account::Account;
use crate::gist::GistEntry;
use crate::representation;
use crate::settings::Holder;
use crate::state::State;

impl Call<'_> {
    /// The caller's own gists, or everyone's public ones for who does not say who he is.
    pub(super) fn own_gists(&self) -> Answer {
        match self.caller.login() {
            Some(login) => self.gists("/gists", |_, gist| gist.owner == login && self.sees(gist)),
            None => self.gists("/gists", |_, gist| gist.public),
        }
    }

    pub(super) fn public_gists(&self) -> Answer {
        self.gists("/gists/public", |_, gist| gist.public)
    }

    pub(super) fn starred_gists(&self) -> Answer {
        let Some(login) = self.caller.login() else {
            return Answer::unauthenticated();
        };
        self.gists("/gists/starred", |state, gist| state.gist_stars(login).contains(&gist.id))
    }

    /// The gists of a user: the public ones, and all for the user.
    pub(super) fn gists_of(&self, login: &str) -> Answer {
        let account = self.github.state().account(login).cloned();
        let Some(Account { id, login, .. }) = account else {
            return Answer::not_found();
        };
        self.gists(&format!("/user/{id}/gists"), |_, gist| gist.owner == login && (gist.public || self.sees(gist)))
    }

    /// A single gist, secret or not, with the contents of its files.
    pub(super) fn gist(&self, id: &str) -> Answer {
        let state = self.github.state();
        let Some(gist) = state.gist(id) else {
            return Answer::not_found();
        };
        let mut value = self.gist_representation(&state, gist);
        for (name, file) in value["files"].as_object_mut().into_iter().flatten() {
            file["truncated"] = json!(false);
            file["content"] = json!(gist.content(self.github, name));
            file["encoding"] = json!("utf-8");
        }
        value["forks"] = json!([]);
        value["history"] = json!([]);
        Answer::ok(value)
    }

    /// Whether the caller sees a gist in listings.
    fn sees(&self, gist: &GistEntry) -> bool {
        let own = self.caller.token().filter(|held| held.login == gist.owner);
        gist.public || own.is_some_and(|held| held.token.has_scope(&["gist"]))
    }

    fn gists(&self, path: &str, wanted: impl Fn(&State, &GistEntry) -> bool) -> Answer {
        let since = match self.parameter("since").map(str::parse::<Timestamp>) {
            None => i64::MIN,
            Some(Ok(since)) => since.as_second(),
            Some(Err(_)) => return Answer::error(StatusCode::UNPROCESSABLE_ENTITY, "Validation Failed"),
        };
        let state = self.github.state();
        let found = state
            .newest_gists()
            .filter(|gist| gist.entry.attributes.updated_at >= since && wanted(&state, gist))
            .collect();
        self.page(path, found, |gist| Some(self.gist_representation(&state, gist)))
    }

    fn gist_representation(&self, state: &State, gist: &GistEntry) -> Value {
        let GistEntry { id, owner, .. } = gist;
        let origin = &self.base.origin;
        let url = self.base.api(&format!("/gists/{id}"));
        let files = gist.files(self.github).into_iter().map(|file| {
            let value = json!({
                "filename": file.name,
                "type": "text/plain",
                "language": null,
                "raw_url": format!("{origin}/gist/{owner}/{id}/raw/{}", file.name),
                "size": file.size,
            });
            (file.name, value)
        });
        let attributes = &gist.entry.attributes;
        json!({
            "url": url,
            "forks_url": format!("{url}/forks"),
            "commits_url": format!("{url}/commits"),
            "id": id,
            "node_id": representation::gist_node_id(id),
            "git_pull_url": format!("{origin}/gist/{id}.git"),
            "git_push_url": format!("{origin}/gist/{id}.git"),
            "html_url": format!("{origin}/gist/{owner}/{id}"),
            "files": files.collect::<Map<_, _>>(),
            "public": gist.public,
            "created_at": representation::time(attributes.created_at),
            "updated_at": representation::time(attributes.updated_at),
            "description": gist.description,
            "comments": state.count_setting(Holder::Entry(gist.entry.id), "comments"),
            "comments_enabled": true,
            "user": null,
            "comments_url": format!("{url}/comments"),
            "owner": state.account(owner).map(|owner| representation::owner(owner, &self.base)),
            "truncated": false,
        })
    }
}
