//! Makes deltas: what of one object is copied from another, and what is new.
//!
//! The base is indexed in blocks; a hash rolls over the target, and where it meets a block of the base the match is
//! grown in both directions. The first long match is taken: the best delta is not worth its price.

/// Bytes of a block, and of the shortest match.
const BLOCK: usize = 16;
/// Blocks of equal hash that are compared, so that repetitive content costs no square of its length.
const MAXIMUM_CANDIDATES: usize = 64;
/// A match of this length is taken without looking for a longer one.
const LONG_MATCH: usize = 4096;
/// The most bytes of one copy command; its length field would hold 0.
const MAXIMUM_COPY: usize = 0x10000;
/// The most bytes of one insert command.
const MAXIMUM_INSERT: usize = 0x7f;
/// The factor of the rolling hash, which is a polynomial over the bytes of a block.
const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;

/// Where the blocks of a base begin, by their hash.
#[derive(Debug)]
pub struct BlockIndex {
    /// By hash: one more than the number of a block, or 0.
    first: Vec<u32>,
    /// By block: one more than the number of the next block of the same hash, or 0.
    next: Vec<u32>,
}

impl BlockIndex {
    /// Indexes `base`. What lies beyond the 4 GiB that copy commands reach is left out.
    pub fn new(base: &[u8]) -> Self {
        let base = &base[..base.len().min(u32::MAX as usize)];
        let (blocks, _) = base.as_chunks::<BLOCK>();
        let mut index = Self { first: vec![0; blocks.len().next_power_of_two().max(2)], next: vec![0; blocks.len()] };
        // From the end, so that the first of many equal blocks is the first to be compared.
        for (number, block) in blocks.iter().enumerate().rev() {
            // In a run of equal blocks only the first one matters: a match grows over the rest.
            let follower = number + 2;
            let slot = index.slot(hash(block));
            let head = index.first[slot];
            if head as usize == follower && blocks[number + 1] == *block {
                index.next[number] = index.next[number + 1];
            } else {
                index.next[number] = head;
            }
            index.first[slot] = number as u32 + 1;
        }
        index
    }

    /// Bytes of memory.
    pub fn bytes(&self) -> usize {
        (self.first.len() + self.next.len()) * size_of::<u32>()
    }

    /// The high bits of the product: the low bits of a polynomial know only the low bits of its bytes.
    fn slot(&self, hash: u64) -> usize {
        (hash.wrapping_mul(FACTOR) >> (64 - self.first.len().trailing_zeros())) as usize
    }

    /// The longest match of `target`'s beginning among the blocks of this hash: where in `base`, and its length.
    fn longest(&self, base: &[u8], target: &[u8], hash: u64) -> Option<(usize, usize)> {
        let mut best: Option<(usize, usize)> = None;
        let mut block = self.first[self.slot(hash)];
        for _ in 0..MAXIMUM_CANDIDATES {
            let Some(number) = (block as usize).checked_sub(1) else { break };
            let length = common(&base[number * BLOCK..], target);
            if length >= BLOCK && best.is_none_or(|(_, longest)| length > longest) {
                best = Some((number * BLOCK, length));
                if length >= LONG_MATCH {
                    break;
                }
            }
            block = self.next[number];
        }
        best
    }
}

/// A delta that makes `target` from `base`, whose blocks are in `index`; `None` when it would exceed `maximum` bytes.
///
/// It gives up as soon as that seems so: a match that is yet to come could still grow back over what is to be inserted.
pub fn encode(base: &[u8], index: &BlockIndex, target: &[u8], maximum: usize) -> Option<Vec<u8>> {
    let mut delta = Vec::with_capacity(maximum.min(256));
    size(&mut delta, base.len());
    size(&mut delta, target.len());
    // What of the target is not in the delta yet begins at `pending`.
    let (mut pending, mut at, mut rolling) = (0, 0, None);
    while let Some(window) = target.get(at..at + BLOCK) {
        if delta.len() + (at - pending) > maximum.saturating_add(BLOCK) {
            return None;
        }
        let hash = *rolling.get_or_insert_with(|| hash(window));
        match index.longest(base, &target[at..], hash) {
            Some((from, length)) => {
                let back = common_end(&base[..from], &target[pending..at]);
                insert(&mut delta, &target[pending..at - back]);
                copy(&mut delta, from - back, length + back);
                at += length;
                pending = at;
                rolling = None;
            }
            None => {
                rolling = target.get(at + BLOCK).map(|&enters| roll(hash, window[0], enters));
                at += 1;
            }
        }
    }
    insert(&mut delta, &target[pending..]);
    (delta.len() <= maximum).then_some(delta)
}

fn hash(block: &[u8]) -> u64 {
    block.iter().fold(0, |hash, &byte| hash.wrapping_mul(FACTOR).wrapping_add(u64::from(byte) + 1))
}

fn roll(hash: u64, leaves: u8, enters: u8) -> u64 {
    const OLDEST: u64 = FACTOR.wrapping_pow(BLOCK as u32);
    let hash = hash.wrapping_mul(FACTOR).wrapping_add(u64::from(enters) + 1);
    hash.wrapping_sub(OLDEST.wrapping_mul(u64::from(leaves) + 1))
}

/// How many bytes `a` and `b` begin with in common.
fn common(a: &[u8], b: &[u8]) -> usize {
    let length = a.len().min(b.len());
    let (a, b) = (&a[..length], &b[..length]);
    // Whole blocks first: comparing slices is many times faster than comparing bytes.
    let blocks = a.as_chunks::<BLOCK>().0.iter().zip(b.as_chunks::<BLOCK>().0).take_while(|(a, b)| a == b).count();
    let start = blocks * BLOCK;
    start + a[start..].iter().zip(&b[start..]).take_while(|(a, b)| a == b).count()
}

/// How many bytes `a` and `b` end with in common.
fn common_end(a: &[u8], b: &[u8]) -> usize {
    a.iter().rev().zip(b.iter().rev()).take_while(|(a, b)| a == b).count()
}

fn size(delta: &mut Vec<u8>, mut size: usize) {
    while size > 0x7f {
        delta.push(size as u8 | 0x80);
        size >>= 7;
    }
    delta.push(size as u8);
}

fn insert(delta: &mut Vec<u8>, bytes: &[u8]) {
    for part in bytes.chunks(MAXIMUM_INSERT) {
        delta.push(part.len() as u8);
        delta.extend_from_slice(part);
    }
}

fn copy(delta: &mut Vec<u8>, mut offset: usize, mut length: usize) {
    while length > 0 {
        let count = length.min(MAXIMUM_COPY);
        let command = delta.len();
        delta.push(0x80);
        // Bytes that are 0 are left out, which makes the count of 0x10000 a count of none.
        let numbers = [(offset, 0..4), (count, 4..6)];
        for (number, bits) in numbers {
            for bit in bits.clone() {
                let byte = (number >> (8 * (bit - bits.start))) as u8;
                if byte != 0 {
                    delta[command] |= 1 << bit;
                    delta.push(byte);
                }
            }
        }
        offset += count;
        length -= count;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::git::delta::apply;

    /// Numbers that look random and are the same every time (Marsaglia's xorshift).
    struct Numbers(u64);

    impl Numbers {
        fn next(&mut self) -> u64 {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            self.0
        }

        fn below(&mut self, bound: usize) -> usize {
            (self.next() % bound.max(1) as u64) as usize
        }

        /// Bytes of one of a few characters: noise, text of few letters, zeros, a short pattern again and again.
        fn bytes(&mut self, length: usize) -> Vec<u8> {
            let (kind, period) = (self.below(4), 1 + self.below(40));
            let noise: Vec<u8> = (0..length.max(period)).map(|_| self.next() as u8).collect();
            (0..length)
                .map(|at| match kind {
                    0 => noise[at],
                    1 => b'a' + noise[at] % 3,
                    2 => 0,
                    _ => noise[at % period],
                })
                .collect()
        }
    }

    fn made(base: &[u8], target: &[u8]) -> Vec<u8> {
        encode(base, &BlockIndex::new(base), target, usize::MAX).expect("no bound")
    }

    #[test]
    fn what_is_made_gives_the_target() {
        for seed in 1..400 {
            let mut numbers = Numbers(0x1234_5678_9abc_def1u64.wrapping_mul(seed));
            let length = numbers.below(if seed % 50 == 0 { 200_000 } else { 3_000 });
            let base = numbers.bytes(length);
            let mut target = Vec::new();
            for _ in 0..numbers.below(8) {
                let start = numbers.below(base.len());
                let end = start + numbers.below(base.len() - start + 1);
                target.extend_from_slice(&base[start..end]);
                let length = numbers.below(200);
                target.extend(numbers.bytes(length));
            }
            let delta = made(&base, &target);
            assert_eq!(apply(&base, &delta, usize::MAX).as_deref(), Some(&target[..]), "seed {seed}");
            let index = BlockIndex::new(&base);
            assert_eq!(encode(&base, &index, &target, 2 * delta.len() + 100), Some(delta.clone()), "seed {seed}");
            assert_eq!(encode(&base, &index, &target, delta.len() - 1), None, "seed {seed}");
        }
    }

    #[test]
    fn what_is_alike_is_copied() {
        let base = Numbers(7).bytes(300_000);
        let mut target = base.clone();
        target[150_000] ^= 1;
        target.splice(200_000..200_000, *b"new");
        let delta = made(&base, &target);
        assert!(delta.len() < 80, "{} bytes", delta.len());
        assert_eq!(apply(&base, &delta, usize::MAX), Some(target));
        // A copy of 0x10000 bytes and its neighbours, where the length field is 0, 0xffff and 1.
        for length in [0, 1, 15, 16, 0xffff, 0x10000, 0x10001, 0x20000] {
            assert_eq!(apply(&base, &made(&base, &base[..length]), length).as_deref(), Some(&base[..length]));
        }
    }

    #[test]
    fn repetition_costs_no_square() {
        // Compared without bounds these would take hours.
        let zeros = vec![0; 4 << 20];
        assert!(made(&zeros, &zeros[..zeros.len() - 1]).len() < 500);
        let mut base = Vec::new();
        for number in 0..60_000u32 {
            base.extend_from_slice(b"always the same!");
            base.extend_from_slice(&number.wrapping_mul(0x9e37_79b9).to_le_bytes().repeat(4));
        }
        let target: Vec<u8> = base.chunks(32).rev().flatten().copied().collect();
        assert_eq!(apply(&base, &made(&base, &target), usize::MAX), Some(target));
    }

    #[test]
    fn nothing_is_common_with_nothing() {
        for (base, target) in [(&b""[..], &b""[..]), (b"", b"new"), (b"base", b""), (b"short", b"short")] {
            assert_eq!(apply(base, &made(base, target), 10).as_deref(), Some(target));
        }
    }
}
