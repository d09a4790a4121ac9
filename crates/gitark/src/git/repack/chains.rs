//! How long the chains of stored deltas are, and where they are cut.

use super::source::{Number, Source};

/// For each object: which stored delta is kept, and how it stands in its chain.
pub(super) struct Chains {
    /// Deltas below it: 0 for an object that will be whole, or the base of it all.
    depth: Vec<u16>,
    /// The longest chain of deltas upon it.
    height: Vec<u16>,
    /// Deltas that are not kept, because they are too deep; sorted.
    cut: Vec<Number>,
    pub(super) maximum: usize,
}

impl Chains {
    /// Keeps chains of up to `maximum` deltas, and cuts the next one.
    pub(super) fn new(source: &Source, maximum: usize) -> Self {
        let mut depth = vec![0u16; source.objects.len()];
        let mut height = vec![0u16; source.objects.len()];
        let mut cut = Vec::new();
        for &number in &source.deltas {
            let Some(base) = source.object(number).base else { continue };
            let below = depth[base as usize];
            if usize::from(below) < maximum {
                depth[number as usize] = below + 1;
            } else {
                cut.push(number);
            }
        }
        for &number in source.deltas.iter().rev() {
            let Some(base) = source.object(number).base else { continue };
            if depth[number as usize] > 0 {
                height[base as usize] = height[base as usize].max(height[number as usize] + 1);
            }
        }
        cut.sort_unstable();
        Self { depth, height, cut, maximum }
    }

    /// Deltas below an object, of those that are stored.
    pub(super) fn depth(&self, number: Number) -> usize {
        self.depth[number as usize].into()
    }

    /// The longest chain upon an object, of those that are stored.
    pub(super) fn height(&self, number: Number) -> usize {
        self.height[number as usize].into()
    }

    /// The base of the stored delta, when it is kept.
    pub(super) fn kept_base(&self, source: &Source, number: Number) -> Option<Number> {
        source.object(number).base.filter(|_| !self.is_cut(number))
    }

    /// Whether an object is stored as a delta that is not kept.
    pub(super) fn is_cut(&self, number: Number) -> bool {
        self.cut.binary_search(&number).is_ok()
    }
}
