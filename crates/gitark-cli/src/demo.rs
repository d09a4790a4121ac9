//! `gitark demo`: the whole story on small repositories that are made on the spot.

use crate::{arguments::Demo, command::Outcome, exit::Exit};

/// Runs the demo.
pub(crate) async fn run(_: Demo) -> Outcome {
    Ok(Exit::Usage)
}
