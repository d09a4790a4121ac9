//! A file per command.

pub(crate) mod backup;
pub(crate) mod compact;
pub(crate) mod copy;
pub(crate) mod doctor;
pub(crate) mod import;
pub(crate) mod list;
pub(crate) mod log;
pub(crate) mod restore;
pub(crate) mod verify;

use gitark::vault::Vault;

use crate::{
    arguments::{Arguments, Command, VaultMode},
    demo,
    exit::{Exit, Failure},
    terminal,
};

/// What a command ends with.
pub(crate) type Outcome = Result<Exit, Failure>;

/// Runs the command that was asked for.
pub(crate) fn run(arguments: Arguments) -> Exit {
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            terminal::say(&format!("cannot start: {error}"));
            return Exit::Failed;
        }
    };
    let talk = arguments.talk;
    let outcome = runtime.block_on(async {
        match arguments.command {
            Command::Backup(arguments) => backup::run(arguments, talk).await,
            Command::Doctor(arguments) => doctor::run(arguments, talk).await,
            Command::Import(arguments) => import::run(arguments, talk).await,
            Command::List(arguments) => list::run(arguments).await,
            Command::Log(arguments) => log::run(arguments).await,
            Command::Verify(arguments) => verify::run(arguments, talk).await,
            Command::Compact(arguments) => compact::run(arguments, talk).await,
            Command::Copy(arguments) => copy::run(arguments, talk).await,
            Command::Restore(arguments) => restore::run(arguments, talk).await,
            Command::Demo(arguments) => demo::run(arguments).await,
        }
    });
    // A blocking thread that waits for a silent server must not hold up the end.
    runtime.shutdown_background();
    outcome.unwrap_or_else(|failure| {
        if !failure.message.is_empty() {
            terminal::say(&failure.message);
        }
        failure.exit
    })
}

/// The one repository called `name`, with the kind that its ending says.
async fn find_one(
    vault: &Vault,
    name: &str,
) -> Result<(gitark::vault::lookup::Found, gitark::vault::key::Kind), Failure> {
    use gitark::vault::key::Kind;
    let mut found = vault.find(name).await?;
    let mut kind = Kind::Code;
    if let (true, Some(plain)) = (found.is_empty(), name.strip_suffix(".wiki")) {
        found = vault.find(plain).await?;
        kind = Kind::Wiki;
    }
    match found.len() {
        0 => Err(gitark::vault::Error::NoSuchRepository { name: name.to_owned() }.into()),
        1 => Ok((found.swap_remove(0), kind)),
        _ => {
            let hosts: Vec<_> = found.iter().map(|found| format!("{}/{}", found.host(), found.name)).collect();
            let message = format!("{name} is in this vault more than once; say which: {}", hosts.join(", "));
            Err(Failure::new(Exit::Usage, message))
        }
    }
}

/// Files written from now on get this mode, directories the matching x, whatever the caller's umask is.
#[cfg(unix)]
fn set_file_mode(mode: VaultMode) {
    let with_x = mode.vault_mode | ((mode.vault_mode & 0o444) >> 2);
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o777 & !with_x));
}

#[cfg(not(unix))]
fn set_file_mode(_: VaultMode) {}
