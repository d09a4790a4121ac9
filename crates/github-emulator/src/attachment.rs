//! Attachments: files dropped into texts, which only their addresses know.

use axum::body::Bytes;

use crate::content::Content;
use crate::github::GitHub;
use crate::release::uuid;

/// A file dropped into a text.
#[derive(Clone, Debug)]
pub(crate) struct Attachment {
    /// Its path on the web.
    pub(crate) path: String,
    pub(crate) name: String,
    pub(crate) content: Content,
    /// The path of its bytes on the host of files.
    pub(crate) file: String,
    /// Whether its bytes are given only to who comes by a signed link.
    pub(crate) signed: bool,
    pub(crate) at: i64,
}

impl GitHub {
    /// Attaches a file: its path below [`Emulator::url`](crate::Emulator::url), for use in a text.
    /// It redirects to a signed link on the host of files.
    pub fn attach_file(&self, name: &str, bytes: impl Into<Vec<u8>>) -> String {
        self.attach(name, bytes.into(), |id| {
            let path = format!("/user-attachments/files/{id}/{name}");
            (path, format!("/github-production-repository-file-5c1aeb/1/{id}"), true)
        })
    }

    /// Attaches an image or a video: its path below [`Emulator::url`](crate::Emulator::url), for
    /// use in a text. It has no name, and redirects to a signed link on the host of files.
    pub fn attach_image(&self, bytes: impl Into<Vec<u8>>) -> String {
        self.attach("image.png", bytes.into(), |id| {
            let uuid = uuid(id);
            let path = format!("/user-attachments/assets/{uuid}");
            (path, format!("/github-production-user-asset-6210df/1/{id}-{uuid}.png"), true)
        })
    }

    /// Attaches an image as it was done until 2023: its path below
    /// [`Emulator::files_url`](crate::Emulator::files_url), where everyone may read it.
    pub fn attach_old_image(&self, bytes: impl Into<Vec<u8>>) -> String {
        self.attach("image.png", bytes.into(), |id| {
            let path = format!("/1/{id}-{}.png", uuid(id));
            (path.clone(), path, false)
        })
    }

    /// Deletes an attachment by its path.
    pub fn delete_attachment(&self, path: &str) {
        self.state().files.attachments.retain(|attachment| attachment.path != path);
    }

    fn attach(&self, name: &str, bytes: Vec<u8>, paths: impl FnOnce(u64) -> (String, String, bool)) -> String {
        let mut state = self.state();
        let at = state.tick();
        let (path, file, signed) = paths(state.files.next_id());
        let content = Content::Bytes(Bytes::from(bytes));
        let attachment = Attachment { path: path.clone(), name: name.to_owned(), content, file, signed, at };
        state.files.attachments.push(attachment);
        path
    }
}
