//! Where the vault is, and who may read it.

use clap::Args;

use crate::place::Place;

/// Where the vault is.
#[derive(Args, Clone, Debug)]
pub(crate) struct VaultPlace {
    /// The vault: a directory, s3://BUCKET/PREFIX, gs://… or az://…
    #[arg(long, value_name = "VAULT", env = "GITARK_VAULT")]
    pub(crate) vault: Place,
}

/// Who may read what is written to a vault.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct VaultMode {
    /// Permissions of the vault's new files; directories get the matching x
    #[arg(long, value_name = "MODE", default_value = "600", value_parser = parse_mode)]
    pub(crate) vault_mode: u32,
}

fn parse_mode(text: &str) -> Result<u32, String> {
    match u32::from_str_radix(text, 8) {
        Ok(mode) if mode & 0o600 == 0o600 && mode & !0o666 == 0 => Ok(mode),
        _ => Err("an octal mode with at least 600 and no x is expected, e.g. 640".into()),
    }
}
