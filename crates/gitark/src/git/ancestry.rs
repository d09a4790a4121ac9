//! Whether one commit is an ancestor of another: the proof that nothing was lost by a push.

use std::{
    collections::{BinaryHeap, HashMap, HashSet},
    future::Future,
};

use gix_hash::ObjectId;

use super::links::CommitLinks;

/// Where commits are read from.
pub trait CommitSource {
    /// Why reading can fail.
    type Error;

    /// The commit `id`, or `None` when it is no commit, is not there, or would cost too much to read: the source bounds
    /// the walk.
    fn commit(&mut self, id: ObjectId) -> impl Future<Output = Result<Option<CommitLinks>, Self::Error>> + Send;

    /// The commit `id`, if it costs nothing to look at it.
    fn at_hand(&self, id: &ObjectId) -> Option<&CommitLinks>;
}

/// What a walk found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ancestry {
    /// Proven: the old commit is reachable from the new one.
    Ancestor,
    /// Proven: it is not.
    NotAncestor,
    /// The walk met its bound, or an object that it could not read.
    Unproven,
}

const FROM_NEW: u8 = 1;
const FROM_OLD: u8 = 2;
const BOTH: u8 = FROM_NEW | FROM_OLD;

/// Looks whether `old` is reachable from `new`.
///
/// Both histories are walked at once, newest first, until nothing is left that only the new one reaches: so a
/// force-push on a long history costs as much as the commits that it replaced. Dates only order the walk, they decide
/// nothing.
///
/// # Errors
/// What `source` fails with.
pub async fn ancestry<S: CommitSource>(source: &mut S, old: ObjectId, new: ObjectId) -> Result<Ancestry, S::Error> {
    if old == new || is_met_at_hand(source, old, new) {
        return Ok(Ancestry::Ancestor);
    }
    let mut queue = BinaryHeap::new();
    let mut flags: HashMap<ObjectId, u8> = HashMap::new();
    let mut read: HashMap<ObjectId, CommitLinks> = HashMap::new();
    for (id, flag) in [(new, FROM_NEW), (old, FROM_OLD)] {
        let Some(links) = source.commit(id).await? else {
            return Ok(Ancestry::Unproven);
        };
        queue.push((links.seconds, id));
        flags.insert(id, flag);
        read.insert(id, links);
    }
    // What is in the queue and only the new commit is known to reach. What the old one reaches too cannot lead to it.
    let mut open = HashSet::from([new]);
    while !open.is_empty() {
        let Some((_, id)) = queue.pop() else { break };
        open.remove(&id);
        let flag = flags.get(&id).copied().unwrap_or(BOTH);
        let parents = read.get(&id).map(|links| links.parents.clone()).unwrap_or_default();
        for parent in parents {
            let known = flags.get(&parent).copied().unwrap_or(0);
            let now = known | flag;
            if now == known {
                continue;
            }
            if parent == old && now & FROM_NEW != 0 {
                return Ok(Ancestry::Ancestor);
            }
            let seconds = match read.get(&parent) {
                Some(links) => links.seconds,
                None => {
                    let Some(links) = source.commit(parent).await? else {
                        return Ok(Ancestry::Unproven);
                    };
                    let seconds = links.seconds;
                    read.insert(parent, links);
                    seconds
                }
            };
            flags.insert(parent, now);
            queue.push((seconds, parent));
            if now == FROM_NEW {
                open.insert(parent);
            } else {
                open.remove(&parent);
            }
        }
    }
    Ok(Ancestry::NotAncestor)
}

/// Whether the commits at hand lead from `new` to `old`: they do when a branch was pushed to as a rule.
fn is_met_at_hand<S: CommitSource>(source: &S, old: ObjectId, new: ObjectId) -> bool {
    let (mut todo, mut seen) = (vec![new], HashSet::from([new]));
    while let Some(id) = todo.pop() {
        for parent in source.at_hand(&id).iter().flat_map(|links| &links.parents) {
            if *parent == old {
                return true;
            }
            if seen.insert(*parent) {
                todo.push(*parent);
            }
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Commits by a letter each, of which at most so many are read.
    struct Letters {
        commits: HashMap<ObjectId, CommitLinks>,
        at_hand: HashSet<ObjectId>,
        reads: usize,
        most: usize,
    }

    fn id(letter: char) -> ObjectId {
        ObjectId::from_bytes_or_panic(&[letter as u8; 20])
    }

    fn letters(history: &[(char, &str, i64)]) -> Letters {
        let commits = history.iter().map(|(letter, parents, seconds)| {
            (id(*letter), CommitLinks { parents: parents.chars().map(id).collect(), seconds: *seconds })
        });
        Letters { commits: commits.collect(), at_hand: HashSet::new(), reads: 0, most: usize::MAX }
    }

    impl CommitSource for Letters {
        type Error = std::convert::Infallible;
        async fn commit(&mut self, id: ObjectId) -> Result<Option<CommitLinks>, Self::Error> {
            self.reads += 1;
            Ok(self.commits.get(&id).cloned().filter(|_| self.reads <= self.most))
        }

        fn at_hand(&self, id: &ObjectId) -> Option<&CommitLinks> {
            self.at_hand.contains(id).then(|| self.commits.get(id)).flatten()
        }
    }

    fn found(source: &mut Letters, old: char, new: char) -> Ancestry {
        match futures::executor::block_on(ancestry(source, id(old), id(new))) {
            Ok(found) => found,
        }
    }

    #[test]
    fn a_merged_branch_is_an_ancestor_and_a_replaced_tip_is_not() {
        // a - b - c - m,  b - d - m,  b - x
        let history = [('a', "", 1), ('b', "a", 2), ('c', "b", 3), ('d', "b", 4), ('m', "cd", 5), ('x', "b", 6)];
        assert_eq!(found(&mut letters(&history), 'd', 'm'), Ancestry::Ancestor);
        assert_eq!(found(&mut letters(&history), 'a', 'm'), Ancestry::Ancestor);
        assert_eq!(found(&mut letters(&history), 'x', 'm'), Ancestry::NotAncestor);
        assert_eq!(found(&mut letters(&history), 'm', 'x'), Ancestry::NotAncestor);
        assert_eq!(found(&mut letters(&history), 'm', 'b'), Ancestry::NotAncestor, "reset to an older commit");
    }

    #[test]
    fn a_push_on_top_of_the_old_tip_is_proven_without_reading() {
        let history = [('a', "", 1), ('b', "a", 2), ('c', "b", 3), ('d', "b", 4), ('m', "cd", 5)];
        let mut source = letters(&history);
        source.at_hand = HashSet::from([id('m'), id('c'), id('d')]);
        assert_eq!((found(&mut source, 'b', 'm'), source.reads), (Ancestry::Ancestor, 0));
        assert_eq!(found(&mut source, 'm', 'b'), Ancestry::NotAncestor);
    }

    #[test]
    fn dates_that_lie_do_not_change_the_answer() {
        let history = [('a', "", 900), ('b', "a", 1), ('c', "b", 500), ('d', "c", 2), ('x', "a", 3)];
        assert_eq!(found(&mut letters(&history), 'b', 'd'), Ancestry::Ancestor);
        assert_eq!(found(&mut letters(&history), 'a', 'd'), Ancestry::Ancestor);
        assert_eq!(found(&mut letters(&history), 'x', 'd'), Ancestry::NotAncestor);
    }

    #[test]
    fn a_force_push_on_a_long_history_is_proven_by_a_few_commits() {
        let mut source = letters(&[('x', "a", 101), ('y', "a", 102)]);
        let chain: Vec<ObjectId> = (0..1000u32)
            .map(|n| {
                let mut bytes = [0; 20];
                bytes[..4].copy_from_slice(&n.to_be_bytes());
                ObjectId::from_bytes_or_panic(&bytes)
            })
            .collect();
        source.commits.insert(id('a'), CommitLinks { parents: vec![chain[0]], seconds: 100 });
        for (at, commit) in chain.iter().enumerate() {
            let parents = chain.get(at + 1).copied().into_iter().collect();
            source.commits.insert(*commit, CommitLinks { parents, seconds: -(at as i64) });
        }
        assert_eq!(found(&mut source, 'x', 'y'), Ancestry::NotAncestor);
        assert!(source.reads < 10, "{} reads", source.reads);
    }

    #[test]
    fn a_bound_or_an_unreadable_commit_proves_nothing() {
        // An orphan that replaced a long history: nothing of the old one need be read.
        assert_eq!(found(&mut letters(&[('o', "", 9), ('z', "missing", 8)]), 'z', 'o'), Ancestry::NotAncestor);
        let history = [('b', "a", 2), ('c', "b", 3), ('x', "b", 4)];
        assert_eq!(found(&mut letters(&history), 'x', 'c'), Ancestry::NotAncestor, "stops at the common b");
        assert_eq!(found(&mut letters(&history), 'z', 'c'), Ancestry::Unproven);
        let mut bounded = letters(&[('a', "", 1), ('b', "a", 2), ('c', "b", 3), ('d', "c", 4)]);
        bounded.most = 3;
        assert_eq!(found(&mut bounded, 'a', 'd'), Ancestry::Unproven);
    }
}
