//! What commands that write to a vault share.

use std::path::PathBuf;

use clap::Args;

/// Where packs wait on this machine, and who may read what is written.
#[derive(Args, Clone, Debug)]
pub(crate) struct Writing {
    /// Where packs wait when the vault is not a disk
    #[arg(long, value_name = "DIR")]
    temp_dir: Option<PathBuf>,
    #[command(flatten)]
    mode: VaultMode,
}

impl Writing {
    /// Where packs wait: the directory, else the system's.
    pub(crate) fn temporary(&self) -> PathBuf {
        self.temp_dir.clone().unwrap_or_else(std::env::temp_dir)
    }

    /// From now on files get the mode that was asked for. Where packs wait: the directory, else the system's.
    pub(crate) fn begin(&self) -> PathBuf {
        self.mode.set();
        self.temporary()
    }
}

/// Who may read what is written to a vault.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct VaultMode {
    /// Permissions of the vault's new files; directories get the matching x
    #[arg(long, value_name = "MODE", default_value = "600", value_parser = parse_mode)]
    vault_mode: u32,
}

impl VaultMode {
    /// Files written from now on get this mode, directories the matching x, whatever the caller's umask is.
    #[cfg(unix)]
    pub(crate) fn set(self) {
        let with_x = self.vault_mode | ((self.vault_mode & 0o444) >> 2);
        rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o777 & !with_x));
    }

    #[cfg(not(unix))]
    pub(crate) fn set(self) {}
}

fn parse_mode(text: &str) -> Result<u32, String> {
    match u32::from_str_radix(text, 8) {
        Ok(mode) if mode & 0o600 == 0o600 && mode & !0o666 == 0 => Ok(mode),
        _ => Err("an octal mode with at least 600 and no x is expected, e.g. 640".into()),
    }
}
