//! The seam between a vault and its store: the same promises in memory, on a disk and in a bucket of SeaweedFS.

mod faults;
mod files;
mod objects;
mod uploads;

/// Makes a test of each check, on each kind of store.
macro_rules! on_each_store {
    ($($check:ident),+ $(,)?) => {
        mod memory {
            crate::store_seam::on_each_store!(on Memory: $($check),+);
        }
        mod disk {
            crate::store_seam::on_each_store!(on Disk: $($check),+);
        }
        mod seaweedfs {
            crate::store_seam::on_each_store!(on SeaweedFs: $($check),+);
        }
    };
    (on $kind:ident: $($check:ident),+) => {$(
        #[tokio::test(flavor = "multi_thread")]
        async fn $check() {
            if let Some(ground) = crate::support::Ground::new(crate::support::Kind::$kind) {
                super::$check(&ground).await;
            }
        }
    )+};
}
use on_each_store;

/// Makes a test of each check, on each kind of store that is no disk.
macro_rules! on_each_object_store {
    ($($check:ident),+ $(,)?) => {
        mod memory {
            crate::store_seam::on_each_store!(on Memory: $($check),+);
        }
        mod seaweedfs {
            crate::store_seam::on_each_store!(on SeaweedFs: $($check),+);
        }
    };
}
use on_each_object_store;

/// The length of a file that goes up in one put.
const SMALL: usize = 100_000;
/// The length of one that goes up in parts.
const LARGE: usize = 9 << 20;

/// Bytes that repeat nowhere near.
fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut bytes = Vec::with_capacity(length + 8);
    while bytes.len() < length {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend_from_slice(&state.to_le_bytes());
    }
    bytes.truncate(length);
    bytes
}
