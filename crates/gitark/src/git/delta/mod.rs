//! Deltas of packs (gitformat-pack(5), "Deltified representation"): applied here, made in [`encode`].

pub mod encode;

/// Applies `delta` to `base`; `None` when it is malformed or its result is not `maximum` bytes or fewer.
pub fn apply(base: &[u8], delta: &[u8], maximum: usize) -> Option<Vec<u8>> {
    let mut input = delta.iter().copied();
    if size(&mut input)? != base.len() {
        return None;
    }
    let length = size(&mut input)?;
    if length > maximum {
        return None;
    }
    let mut result = Vec::with_capacity(length);
    while let Some(command) = input.next() {
        if command & 0x80 != 0 {
            let mut number = |bits: std::ops::Range<u32>| -> Option<usize> {
                bits.clone()
                    .filter(|bit| command & (1 << bit) != 0)
                    .try_fold(0, |value, bit| Some(value | usize::from(input.next()?) << (8 * (bit - bits.start))))
            };
            let offset = number(0..4)?;
            let count = match number(4..7)? {
                0 => 0x10000,
                count => count,
            };
            result.extend_from_slice(base.get(offset..offset.checked_add(count)?)?);
        } else if command > 0 {
            for _ in 0..command {
                result.push(input.next()?);
            }
        } else {
            return None;
        }
        if result.len() > length {
            return None;
        }
    }
    (result.len() == length).then_some(result)
}

/// How many bytes the result of `delta` has, by its first bytes; `None` when they are malformed or cut off.
pub fn result_size(delta: &[u8]) -> Option<u64> {
    let mut input = delta.iter().copied();
    size(&mut input)?;
    size(&mut input).map(|size| size as u64)
}

fn size(input: &mut impl Iterator<Item = u8>) -> Option<usize> {
    let (mut value, mut shift) = (0usize, 0);
    loop {
        let byte = input.next()?;
        value |= usize::from(byte & 0x7f).checked_shl(shift)?;
        shift += 7;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_and_inserts_make_the_result() {
        // Sizes 5 and 7; copy 2 bytes from offset 1; insert "XYZ"; copy 2 bytes from offset 0.
        let delta = [5, 7, 0b1001_0001, 1, 2, 3, b'X', b'Y', b'Z', 0b1001_0000, 2];
        assert_eq!(apply(b"hello", &delta, 100).as_deref(), Some(&b"elXYZhe"[..]));
        for cut in 0..delta.len() {
            assert_eq!(apply(b"hello", &delta[..cut], 100), None, "cut at {cut}");
        }
        assert_eq!(apply(b"hell", &delta, 100), None, "another base");
        assert_eq!(apply(b"hello", &delta, 6), None, "too long");
        assert_eq!(apply(b"hello", &[5, 1, 0b1000_0001, 9], 100), None, "past the base's end");
        assert_eq!(apply(b"hello", &[5, 1, 0], 100), None, "the reserved command");
    }
}
