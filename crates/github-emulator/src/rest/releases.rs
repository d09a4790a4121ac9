//! Releases and their assets.

use axum::http::{StatusCode, header};
use serde_json::{Value, json};

use super::Call;
use super::answer::Answer;
use crate::caller::Caller;
use crate::entry::Entry;
use crate::files::content_type;
use crate::release::{Asset, Release};
use crate::representation::{self, node_id, time};
use crate::state::State;

impl Call<'_> {
    /// What is below `releases` of a repository.
    pub(super) fn releases(&self, owner: &str, name: &str, rest: &[&str]) -> Answer {
        if let ["assets", id] = *rest {
            return self.asset(owner, name, id);
        }
        self.in_repository(owner, name, |state, entry| {
            let releases = state.releases(entry, self.sees_drafts(state, entry));
            let wanted: Box<dyn Fn(&&Release) -> bool> = match *rest {
                [] => {
                    let path = format!("/repositories/{}/releases", entry.id);
                    return self.page(&path, releases, |release| Some(self.release(state, entry, release)));
                }
                ["latest"] => Box::new(|release| !release.attributes.draft && !release.attributes.prerelease),
                ["tags", tag] => Box::new(move |release| release.attributes.tag == tag && !release.attributes.draft),
                [id] | [id, "assets"] => Box::new(move |release| release.id.to_string() == id),
                _ => return Answer::not_found(),
            };
            let Some(release) = releases.into_iter().find(wanted) else {
                return Answer::not_found();
            };
            if rest.last() != Some(&"assets") {
                return Answer::ok(self.release(state, entry, release));
            }
            let path = format!("/repositories/{}/releases/{}/assets", entry.id, release.id);
            let assets = release.assets.iter().collect();
            self.page(&path, assets, |asset| Some(self.show_asset(state, entry, release, asset)))
        })
    }

    /// An asset, or where its bytes are.
    fn asset(&self, owner: &str, name: &str, id: &str) -> Answer {
        let mut path = None;
        let mut answer = self.in_repository(owner, name, |state, entry| {
            let releases = state.releases(entry, self.sees_drafts(state, entry));
            let mut assets =
                releases.into_iter().flat_map(|release| release.assets.iter().map(move |asset| (release, asset)));
            let Some((release, asset)) = assets.find(|(_, asset)| asset.id.to_string() == id) else {
                return Answer::not_found();
            };
            if self.accept.contains("application/octet-stream") {
                path = Some(asset.path(entry.id));
                return Answer::ok(Value::Null);
            }
            Answer::ok(self.show_asset(state, entry, release, asset))
        });
        if let Some(path) = path {
            answer.status = StatusCode::FOUND;
            answer.headers.push((header::LOCATION, format!("{}{}", self.base.files, self.github.sign(&path))));
        }
        answer
    }

    /// Whether the caller may push, and so sees drafts.
    fn sees_drafts(&self, state: &State, entry: &Entry) -> bool {
        match self.caller {
            Caller::User(held) => {
                let all = crate::membership::Affiliation::ALL;
                held.token.has_scope(&["repo", "public_repo"])
                    && all.iter().any(|&(_, affiliation)| state.is_affiliated(&held.login, entry, affiliation))
            }
            _ => false,
        }
    }

    fn release(&self, state: &State, entry: &Entry, release: &Release) -> Value {
        let Release { id, attributes, assets, .. } = release;
        let url = self.base.api(&format!("/repos/{}", entry.full_name()));
        let web = format!("{}/{}/releases", self.base.origin, entry.full_name());
        let tag = &attributes.tag;
        let mut value = json!({
            "url": format!("{url}/releases/{id}"),
            "assets_url": format!("{url}/releases/{id}/assets"),
            "upload_url": format!("{url}/releases/{id}/assets{{?name,label}}"),
            "html_url": format!("{web}/tag/{}", if attributes.draft { "untagged" } else { tag }),
            "id": id,
            "author": self.user(state, &attributes.author),
            "node_id": node_id("Release", *id),
            "tag_name": tag,
            "target_commitish": attributes.target,
            "name": attributes.name,
            "draft": attributes.draft,
            "immutable": attributes.immutable,
            "prerelease": attributes.prerelease,
            "created_at": time(release.created_at),
            "updated_at": time(release.updated_at),
            "published_at": release.published_at.map(time),
            "assets": assets.iter().map(|asset| self.show_asset(state, entry, release, asset)).collect::<Vec<_>>(),
            "tarball_url": format!("{url}/tarball/{tag}"),
            "zipball_url": format!("{url}/zipball/{tag}"),
            "body": attributes.body,
        });
        if attributes.draft {
            value["tarball_url"] = Value::Null;
            value["zipball_url"] = Value::Null;
        }
        value
    }

    fn show_asset(&self, state: &State, entry: &Entry, release: &Release, asset: &Asset) -> Value {
        let Asset { id, name, .. } = asset;
        let full_name = entry.full_name();
        let tag = &release.attributes.tag;
        json!({
            "url": self.base.api(&format!("/repos/{full_name}/releases/assets/{id}")),
            "id": id,
            "node_id": node_id("ReleaseAsset", *id),
            "name": name,
            "label": asset.label,
            "uploader": self.user(state, &asset.uploader),
            "content_type": content_type(name),
            "state": "uploaded",
            "size": asset.size(),
            "digest": asset.digest(),
            "download_count": 0,
            "created_at": time(asset.at),
            "updated_at": time(asset.at),
            "browser_download_url": format!("{}/{full_name}/releases/download/{tag}/{name}", self.base.origin),
        })
    }

    /// A user in short, or nobody.
    pub(super) fn user(&self, state: &State, login: &str) -> Option<Value> {
        state.account(login).map(|account| representation::owner(account, &self.base))
    }
}
