//! Trees of every sort, hostile ones too, written into an emulated repository object by object.

use github_emulator::Repository;

/// A folder: names, and what stands under each.
pub(crate) type Nodes<'a> = [(&'a [u8], Node<'a>)];

/// What stands in a folder.
#[derive(Clone, Copy)]
pub(crate) enum Node<'a> {
    File(&'a [u8]),
    Executable(&'a [u8]),
    Link(&'a str),
    Submodule,
    Folder(&'a Nodes<'a>),
}

/// Commits a tree on top of `branch` without looking at its names: the commit's id.
pub(crate) fn commit_tree(repository: &Repository, branch: &str, nodes: &Nodes) -> String {
    let tree = write_tree(repository, nodes);
    let name = format!("refs/heads/{branch}");
    let mut arguments = vec!["-c", "user.name=A", "-c", "user.email=a@example.com", "commit-tree", "-m", "Tree", &tree];
    let parent = repository.resolve(&name);
    if let Some(parent) = &parent {
        arguments.extend(["-p", parent]);
    }
    let commit = repository.git(&arguments);
    repository.update_ref(&name, &commit);
    commit
}

fn write_tree(repository: &Repository, nodes: &Nodes) -> String {
    let mut lines: Vec<(Vec<u8>, Vec<u8>)> = Vec::new();
    for (name, node) in nodes {
        let blob = |content: &[u8]| repository.git_with_input(&["hash-object", "-w", "--stdin"], content);
        let (mode, id) = match node {
            Node::File(content) => ("100644", blob(content)),
            Node::Executable(content) => ("100755", blob(content)),
            Node::Link(target) => ("120000", blob(target.as_bytes())),
            Node::Submodule => ("160000", "1234567890123456789012345678901234567890".into()),
            Node::Folder(nodes) => ("40000", write_tree(repository, nodes)),
        };
        let id = gix_hash::ObjectId::from_hex(id.as_bytes()).unwrap();
        let line = [mode.as_bytes(), b" ", name, b"\0", id.as_bytes()].concat();
        // Folders are sorted as if a `/` stood behind their names.
        let end: &[u8] = if mode == "40000" { b"/" } else { b"" };
        lines.push(([name, end].concat(), line));
    }
    lines.sort();
    let tree: Vec<u8> = lines.into_iter().flat_map(|(_, line)| line).collect();
    repository.git_with_input(&["hash-object", "-t", "tree", "--literally", "-w", "--stdin"], &tree)
}
