//! Fetches a secret from where the shop keeps it. The only file that sees secrets before they are
//! wrapped; it never says one, and does not know what they are for.

// The environment, the disk and other programs: this is where secrets are kept.
#![allow(clippy::disallowed_methods)]

use crate::edge::files::DiskError;
use crate::model::pipeline::SecretFrom;
use crate::model::words::{Why, setting};
use secrecy::SecretString;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;
use zeroize::Zeroizing;

/// Keys are well under a hundred characters; more than this is the wrong file.
const SECRET_BYTES_MAX: u64 = 4096;
/// A command that asks a person something at night would hang the run.
const COMMAND_SECONDS_MAX: u64 = 30;

/// Reads a secret; one line end after it is cut off. Files and commands are relative to the workspace.
///
/// # Errors
/// The variable is not set, the file is missing or open to others, the command fails, or what came
/// is no key: empty, several lines, control characters.
pub fn resolve(from: &SecretFrom, workspace: &Path) -> Result<SecretString, Why> {
    match from {
        SecretFrom::Env(name) => {
            let value = std::env::var(name).map(Zeroizing::new).ok().filter(|value| !value.is_empty());
            let value = value.ok_or_else(|| setting::SECRET_NOT_SET.with([("name", name.clone())]))?;
            checked(value.as_bytes(), name)
        }
        SecretFrom::File(file) => from_file(file, workspace),
        SecretFrom::Command(words) => from_command(words, workspace),
    }
}

fn from_file(file: &str, workspace: &Path) -> Result<SecretString, Why> {
    let missing = |cause: &io::Error| {
        setting::SECRET_FILE_MISSING.with([("file", file.to_owned()), ("cause", cause.kind().to_string())])
    };
    let opened = File::open(workspace.join(file)).map_err(|cause| missing(&cause))?;
    // Asked of the open file, so that nobody can change it between the question and the reading.
    let about = opened.metadata().map_err(|cause| missing(&cause))?;
    if !about.is_file() {
        return Err(missing(&io::Error::from(io::ErrorKind::IsADirectory)));
    }
    if let Some(mode) = open_to_others(&about) {
        return Err(setting::SECRET_FILE_OPEN.with([("file", file.to_owned()), ("mode", format!("{mode:03o}"))]));
    }
    let mut bytes = Zeroizing::new(Vec::new());
    opened.take(SECRET_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(|cause| missing(&cause))?;
    checked(&bytes, file)
}

/// The permissions of a file that group or others can read.
#[cfg(unix)]
fn open_to_others(about: &std::fs::Metadata) -> Option<u32> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = about.permissions().mode() & 0o777;
    (mode & 0o077 != 0).then_some(mode)
}

/// Elsewhere a file's readers are the folder's business, and nothing here can tell.
#[cfg(not(unix))]
fn open_to_others(_: &std::fs::Metadata) -> Option<u32> {
    None
}

fn from_command(words: &[String], workspace: &Path) -> Result<SecretString, Why> {
    // Only the program is named: its arguments may themselves be something to keep.
    let name = words.first().cloned().unwrap_or_default();
    let failed = |cause: String| setting::SECRET_COMMAND.with([("command", name.clone()), ("cause", cause)]);
    let Some((program, arguments)) = words.split_first() else { return Err(failed("empty".to_owned())) };
    let mut child = Command::new(program)
        .args(arguments)
        .current_dir(workspace)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .map_err(|cause| failed(cause.kind().to_string()))?;
    let Some(output) = child.stdout.take() else { return Err(failed("no output".to_owned())) };
    let (done, finished) = mpsc::channel();
    // The reading waits as long as the command writes; the wait for it has an end.
    std::thread::spawn(move || {
        let mut bytes = Zeroizing::new(Vec::new());
        let result = output.take(SECRET_BYTES_MAX + 1).read_to_end(&mut bytes).map(|_| bytes);
        let _ = done.send(result);
    });
    let Ok(result) = finished.recv_timeout(Duration::from_secs(COMMAND_SECONDS_MAX)) else {
        let _ = child.kill();
        let _ = child.wait();
        return Err(failed(format!("> {COMMAND_SECONDS_MAX} s")));
    };
    let bytes = result.map_err(|cause| failed(cause.kind().to_string()))?;
    let status = wait(&mut child).map_err(|cause| failed(cause.kind().to_string()))?;
    if !status.success() {
        return Err(failed(status.to_string()));
    }
    checked(&bytes, &name)
}

/// A command that closed its output should end at once; one that stays is ended.
fn wait(child: &mut std::process::Child) -> io::Result<std::process::ExitStatus> {
    for _ in 0..50 {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    child.kill()?;
    child.wait()
}

/// One line of printable ASCII: it goes into a header, where anything else would be refused without a reason.
fn checked(bytes: &[u8], source: &str) -> Result<SecretString, Why> {
    let odd = || setting::SECRET_ODD.with([("source", source.to_owned())]);
    let text = std::str::from_utf8(bytes).map_err(|_| odd())?;
    let text = text.strip_suffix('\n').unwrap_or(text);
    let text = text.strip_suffix('\r').unwrap_or(text);
    let fits = !text.is_empty()
        && u64::try_from(text.len()).is_ok_and(|length| length <= SECRET_BYTES_MAX)
        && text.bytes().all(|b| b.is_ascii_graphic());
    if fits { Ok(SecretString::from(text)) } else { Err(odd()) }
}

/// The key of the hashes that stand for what was seen of an order, made once per workspace and kept in
/// `state/picture.key`, so that a plan made today can be checked tomorrow and a hash tells nobody an address.
///
/// # Errors
/// The file cannot be made or read.
pub fn picture_key(state: &Path) -> Result<Vec<u8>, DiskError> {
    use std::hash::{BuildHasher as _, Hasher as _};
    let path = state.join("picture.key");
    match std::fs::read(&path) {
        Ok(key) if key.len() == KEY_BYTES => return Ok(key),
        Ok(_) => {}
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => return Err(DiskError::touching(&path, error)),
    }
    let mut key = Vec::with_capacity(KEY_BYTES);
    while key.len() < KEY_BYTES {
        let mut hasher = std::hash::RandomState::new().build_hasher();
        hasher.write_usize(key.len());
        key.extend_from_slice(&hasher.finish().to_le_bytes());
    }
    crate::edge::files::write_private(&path, &key)?;
    Ok(key)
}

const KEY_BYTES: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret as _;

    /// A secret's source and its value or the code of the fault.
    fn check(from: &SecretFrom, workspace: &Path, expect: Result<&str, &str>) {
        let found = resolve(from, workspace);
        let found = found.as_ref().map(|secret| secret.expose_secret()).map_err(Why::code);
        assert_eq!(found, expect, "{from:?}");
    }

    #[cfg(unix)]
    #[test]
    fn a_file_is_read_only_if_it_is_closed_to_others() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str, mode: u32| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            SecretFrom::File(name.to_owned())
        };
        check(&write("good", "SL123_abc\n", 0o600), folder.path(), Ok("SL123_abc"));
        check(&write("crlf", "SL123_abc\r\n", 0o400), folder.path(), Ok("SL123_abc"));
        check(&write("group", "SL123", 0o640), folder.path(), Err("secret-file-open"));
        check(&write("others", "SL123", 0o604), folder.path(), Err("secret-file-open"));
        check(&write("two", "SL1\nSL2\n", 0o600), folder.path(), Err("secret-odd"));
        check(&write("two-ends", "SL1\n\n", 0o600), folder.path(), Err("secret-odd"));
        check(&write("empty", "\n", 0o600), folder.path(), Err("secret-odd"));
        check(&write("long", &"x".repeat(5000), 0o600), folder.path(), Err("secret-odd"));
        check(&SecretFrom::File("none".to_owned()), folder.path(), Err("secret-file-missing"));
        check(&SecretFrom::File(".".to_owned()), folder.path(), Err("secret-file-missing"));
    }

    #[cfg(unix)]
    #[test]
    fn a_command_gives_its_output() {
        let here = tempfile::tempdir().unwrap();
        let command = |words: &[&str]| SecretFrom::Command(words.iter().map(|word| (*word).to_owned()).collect());
        check(&command(&["echo", "SL9"]), here.path(), Ok("SL9"));
        check(&command(&["sh", "-c", "echo SL9; exit 3"]), here.path(), Err("secret-command"));
        check(&command(&["no-such-program-here"]), here.path(), Err("secret-command"));
        check(&command(&["true"]), here.path(), Err("secret-odd"));
        check(&command(&[]), here.path(), Err("secret-command"));
        check(&command(&["sh", "-c", "yes"]), here.path(), Err("secret-command"));
    }

    #[test]
    fn a_variable_that_is_not_set_is_said() {
        let here = Path::new(".");
        check(&SecretFrom::Env("DENPYO_TEST_NOT_SET_ANYWHERE".to_owned()), here, Err("secret-not-set"));
    }
}
