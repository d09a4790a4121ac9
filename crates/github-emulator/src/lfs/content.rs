//! What an object holds: bytes, or as many made-up ones as are wanted.

use axum::body::Bytes;
use ring::digest::{Context, SHA256};

/// The bytes of a made-up piece.
const PIECE: u64 = 1 << 16;

/// What an object holds.
#[derive(Clone, Debug)]
pub(crate) enum Content {
    /// These bytes.
    Bytes(Bytes),
    /// So many bytes which are made when they are sent, the same each time.
    MadeUp {
        /// How many.
        length: u64,
        /// Makes them different from others.
        seed: u64,
    },
}

impl Content {
    /// The number of bytes.
    pub(crate) fn length(&self) -> u64 {
        match self {
            Content::Bytes(bytes) => bytes.len() as u64,
            Content::MadeUp { length, .. } => *length,
        }
    }

    /// The bytes from `offset` on, at most one piece; none at the end.
    pub(crate) fn piece(&self, offset: u64) -> Option<Bytes> {
        let left = self.length().checked_sub(offset).filter(|left| *left > 0)?;
        match self {
            Content::Bytes(bytes) => Some(bytes.slice(usize::try_from(offset).ok()?..)),
            Content::MadeUp { seed, .. } => {
                let first = offset / 8;
                let skipped = usize::try_from(offset % 8).ok()?;
                let length = usize::try_from(left.min(PIECE)).ok()?;
                let blocks = (length + skipped).div_ceil(8) as u64;
                let made: Vec<u8> = (first..first + blocks).flat_map(|at| mixed(seed ^ at).to_le_bytes()).collect();
                Some(Bytes::from(made).slice(skipped..skipped + length))
            }
        }
    }

    /// SHA-256 in hex.
    pub(crate) fn oid(&self) -> String {
        let (mut context, mut offset) = (Context::new(&SHA256), 0);
        while let Some(piece) = self.piece(offset) {
            context.update(&piece);
            offset += piece.len() as u64;
        }
        context.finish().as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// A number which looks like chance (SplitMix64's last step).
fn mixed(number: u64) -> u64 {
    let mut mixed = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn made_up_bytes_are_the_same_wherever_one_begins() {
        let content = Content::MadeUp { length: 100_003, seed: 7 };
        let all = |mut offset: u64| {
            let mut all = Vec::new();
            while let Some(piece) = content.piece(offset) {
                offset += piece.len() as u64;
                all.extend_from_slice(&piece);
            }
            all
        };
        let whole = all(0);
        assert_eq!(whole.len(), 100_003);
        for offset in [1, 7, 8, 65_535, 65_536, 65_537, 100_002] {
            assert_eq!(all(offset), whole[offset as usize..], "from {offset}");
        }
        assert!(content.piece(100_003).is_none());
    }
}
