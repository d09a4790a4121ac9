//! A git bundle: references, and one pack with every object. Format: gitformat-bundle(5), version 2.

use std::{
    fs::File,
    io::{BufWriter, Write as _},
    path::{Path, PathBuf},
};

use tokio_util::sync::CancellationToken;

use super::Error;
use crate::{
    git::{
        refs::{Head, Refs},
        repack::{RepackInput, RepackOptions, repack},
    },
    vault::{key, log::PackRecord},
};

/// The first line of a bundle of version 2.
const SIGNATURE: &str = "# v2 git bundle";

/// Writes a bundle of `refs` to `out`. The packs, which lie in `directory`, are joined there if there are several.
pub(super) async fn write(
    refs: &Refs,
    head: &Head,
    packs: &[PackRecord],
    directory: &Path,
    out: File,
    cancel: &CancellationToken,
) -> Result<(), Error> {
    let file = |pack: &PackRecord, extension| directory.join(key::pack_file(&pack.id, extension));
    let pack = match packs {
        [pack] => file(pack, "pack"),
        packs => {
            let packs = packs.iter().map(|pack| (file(pack, "pack"), file(pack, "idx"))).collect();
            let input = RepackInput { packs, ..RepackInput::default() };
            let joined = repack(input, directory, RepackOptions::default(), cancel).await?;
            joined.ok_or_else(|| crate::git::Error::BadPack("packs with objects became one without".into()))?.pack_path
        }
    };
    let header = header(refs, head);
    let written = tokio::task::spawn_blocking(move || copy(&header, &pack, out)).await;
    written
        .unwrap_or_else(|panic| Err(std::io::Error::other(panic)))
        .map_err(|source| Error::Io { doing: "write the bundle".into(), source })
}

/// The branch that `HEAD` names comes last: a bundle does not say which one that is, and of several with the same commit
/// git takes the last, unless one is its own default.
fn header(refs: &Refs, head: &Head) -> String {
    let mut lines = vec![SIGNATURE.to_owned()];
    let mut add = |oid, name: &str| lines.push(format!("{oid} {name}"));
    if let Some(tip) = head.tip(refs) {
        add(tip, "HEAD");
    }
    let last = match head {
        Head::Symbolic(branch) => refs.get_key_value(branch),
        Head::Detached(_) => None,
    };
    let others = refs.iter().filter(|(name, _)| last.is_none_or(|(last, _)| last != *name));
    others.chain(last).for_each(|(name, value)| add(value.oid, name));
    lines.join("\n") + "\n\n"
}

fn copy(header: &str, pack: &PathBuf, out: File) -> std::io::Result<()> {
    let mut out = BufWriter::with_capacity(1 << 16, out);
    out.write_all(header.as_bytes())?;
    std::io::copy(&mut File::open(pack)?, &mut out)?;
    out.flush()
}
