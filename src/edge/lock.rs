//! One writer per shop at a time: an advisory lock on `state/<shop>.lock`. The kernel lets go of it
//! when the process ends, however it ends, so a lock is never left behind; the file itself stays, since
//! removing it would let two runs hold two files of one name. It does not know what a run does.

use crate::edge::files::{DiskError, make_folder};
use crate::model::day::Moment;
use crate::model::ids::{RunId, ShopName};
use crate::model::words::{Why, delivering};
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// Held until dropped.
#[derive(Debug)]
pub struct ShopLock {
    _file: File,
    path: PathBuf,
}

impl ShopLock {
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// Why the lock was not given.
#[derive(Debug)]
pub enum LockError {
    /// Another run works on this shop: try later.
    Held(Why),
    Disk(DiskError),
}

impl LockError {
    pub fn why(&self) -> Why {
        match self {
            LockError::Held(why) => why.clone(),
            LockError::Disk(error) => error.why().clone(),
        }
    }
}

/// Takes the shop's lock or says at once who has it. Never waits.
///
/// # Errors
/// [`LockError::Held`] if another process (or another handle of this one) has it; else trouble with the disk.
pub fn lock(state: &Path, shop: &ShopName, run: &RunId, at: Moment) -> Result<ShopLock, LockError> {
    make_folder(state).map_err(LockError::Disk)?;
    let path = state.join(format!("{}.lock", file_stem(shop)));
    let disk = |error| LockError::Disk(DiskError::creating(&path, error));
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600).custom_flags(libc::O_NOFOLLOW);
    }
    let mut file = options.open(&path).map_err(disk)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let (pid, run) = holder(&mut file);
            let values = [("shop", shop.to_string()), ("pid", pid), ("run", run)];
            return Err(LockError::Held(delivering::SHOP_LOCKED.with(values)));
        }
        Err(TryLockError::Error(error)) => return Err(disk(error)),
    }
    // Only for the message of whoever comes second; the lock itself does not rest on it.
    let written = file
        .set_len(0)
        .and_then(|()| file.seek(SeekFrom::Start(0)))
        .and_then(|_| writeln!(file, "{}\n{run}\n{}", std::process::id(), at.to_api()));
    written.map_err(disk)?;
    Ok(ShopLock { _file: file, path })
}

/// A shop's name as a file name: letters, digits, `-` and `_` stay, every other byte is written as `%XX`.
fn file_stem(shop: &ShopName) -> String {
    shop.0
        .bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' => char::from(byte).to_string(),
            other => format!("%{other:02X}"),
        })
        .collect()
}

fn holder(file: &mut File) -> (String, String) {
    let mut text = String::new();
    let _ = file.take(200).read_to_string(&mut text);
    let mut lines = text.lines();
    let mut next = || lines.next().filter(|line| !line.is_empty()).unwrap_or("?").to_owned();
    (next(), next())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, expect: &str) {
        assert_eq!(file_stem(&ShopName(name.to_owned())), expect);
    }

    #[test]
    fn a_shops_name_cannot_leave_the_folder() {
        check("demo-1_a", "demo-1_a");
        check("../x", "%2E%2E%2Fx");
        check("店", "%E5%BA%97");
    }

    #[test]
    fn the_second_is_told_who_was_first() {
        let state = tempfile::tempdir().unwrap();
        let at = Moment::from_api("2026-11-24T21:30:00+0900").unwrap();
        let (first, second) = (RunId::new(at, 1), RunId::new(at, 2));
        let shop = ShopName("demo".into());
        let held = lock(state.path(), &shop, &first, at).unwrap();
        let Err(LockError::Held(why)) = lock(state.path(), &shop, &second, at) else { panic!("two writers") };
        assert_eq!(why.values["run"], first.to_string());
        assert_eq!(why.values["pid"], std::process::id().to_string());
        lock(state.path(), &ShopName("other".into()), &second, at).unwrap();
        drop(held);
        lock(state.path(), &shop, &second, at).unwrap();
    }
}
