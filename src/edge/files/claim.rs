//! Taking a file: a copy under `state/runs/<run>/` that nobody writes to any more, with the hash of
//! exactly those bytes. The run works from the copy; the original is only moved at the end. What the
//! bytes mean is not known here.

#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    reason = "disk, clock and environment are the hands' own business"
)]

use super::{DiskError, Found, open_plain, sync_folder, write::make_folder};
use crate::edge::crash;
use crate::model::words::{Why, delivering};
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, Read, Seek as _, Write as _};
use std::ops::Range;
use std::path::{Path, PathBuf};

/// Largest file that is taken unless the shop says otherwise, in bytes.
pub const TAKE_BYTES_MAX: u64 = 2 << 30;

/// A file of which we hold a copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// As shown to people ([`Found::name`]).
    pub name: String,
    /// Where the person put it.
    pub original: PathBuf,
    /// The copy, private to this run.
    pub copy: PathBuf,
    /// SHA-256 of the bytes, in hexadecimal.
    pub hash: String,
    /// Bytes.
    pub size: u64,
}

impl Taken {
    /// Some bytes of the copy.
    ///
    /// # Errors
    /// Trouble with the disk, also if the copy is shorter than that.
    pub fn part(&self, range: Range<u64>) -> Result<Vec<u8>, DiskError> {
        let read = || {
            let mut copy = File::open(&self.copy)?;
            copy.seek(io::SeekFrom::Start(range.start))?;
            let mut bytes = vec![0; usize::try_from(range.end - range.start).map_err(io::Error::other)?];
            copy.read_exact(&mut bytes)?;
            Ok(bytes)
        };
        read().map_err(|error| DiskError::touching(&self.copy, error))
    }

    /// All bytes of the copy.
    ///
    /// # Errors
    /// Trouble with the disk, also if the copy is no longer what was taken.
    pub fn bytes(&self) -> Result<Vec<u8>, DiskError> {
        let bytes = fs::read(&self.copy).map_err(|error| DiskError::touching(&self.copy, error))?;
        if hash_bytes(&bytes) != self.hash {
            let error = io::Error::new(io::ErrorKind::InvalidData, "the copy is not what was taken");
            return Err(DiskError::touching(&self.copy, error));
        }
        Ok(bytes)
    }
}

/// Taken, or passed over with a reason (changed meanwhile, gone, too large, not to be opened).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Took {
    File(Taken),
    /// `refused`: a person must do something; else the next run takes it.
    Passed {
        why: Why,
        refused: bool,
    },
}

/// Copies and hashes in one read, then checks that the original stood still meanwhile. `limit` in bytes.
///
/// # Errors
/// Only trouble on our own side: the copy cannot be made or synced.
pub fn take(found: &Found, folder: &Path, limit: u64) -> Result<Took, DiskError> {
    let pass = |why: Why, refused| Ok(Took::Passed { why, refused });
    let too_big = |size: u64| delivering::FILE_TOO_BIG.with([("size", size.to_string()), ("limit", limit.to_string())]);
    let mut original = match open_plain(&found.path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return pass(delivering::FILE_GONE.plain(), false),
        #[cfg(unix)]
        Err(error) if error.raw_os_error() == Some(libc::ELOOP) => return pass(delivering::FILE_LINK.plain(), false),
        Err(error) => return pass(delivering::FILE_UNREADABLE.with([("detail", error.to_string())]), true),
    };
    let unreadable = |error: &io::Error| delivering::FILE_UNREADABLE.with([("detail", error.to_string())]);
    let about = match original.metadata() {
        Ok(about) => about,
        Err(error) => return pass(unreadable(&error), true),
    };
    if !about.is_file() {
        return pass(delivering::FILE_NOT_REGULAR.plain(), false);
    }
    if about.len() > limit {
        return pass(too_big(about.len()), true);
    }
    if about.len() != found.size || about.modified().ok() != Some(found.mtime) {
        return pass(delivering::FILE_CHANGED.plain(), false);
    }
    make_folder(folder)?;
    let making = |error| DiskError::creating(folder, error);
    let mut copy = tempfile::Builder::new().prefix(".taking-").tempfile_in(folder).map_err(making)?;
    let mut hasher = Sha256::new();
    let mut block = vec![0; 1 << 18];
    let mut size = 0_u64;
    loop {
        let read = match original.read(&mut block) {
            Ok(0) => break,
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return pass(unreadable(&error), true),
        };
        size += read as u64;
        if size > limit {
            return pass(too_big(size), true);
        }
        let part = block.get(..read).unwrap_or_default();
        hasher.update(part);
        copy.write_all(part).map_err(|error| DiskError::touching(copy.path(), error))?;
        crash::point("file.copying");
    }
    // By the open handle (was it written to?) and by the name (was it swapped for another file?).
    let still = |about: io::Result<fs::Metadata>| {
        about.is_ok_and(|about| about.len() == size && about.modified().ok() == Some(found.mtime))
    };
    if size != found.size || !still(original.metadata()) || !still(fs::symlink_metadata(&found.path)) {
        return pass(delivering::FILE_CHANGED.plain(), false);
    }
    let hash = hex(&hasher.finalize());
    copy.as_file().sync_all().map_err(|error| DiskError::touching(copy.path(), error))?;
    // The name is the hash: two files of one name never meet, and the same bytes are one copy.
    let path = folder.join(&hash);
    copy.persist(&path).map_err(|error| DiskError::creating(&path, error.error))?;
    sync_folder(folder)?;
    crash::point("file.copied");
    Ok(Took::File(Taken { name: found.name.clone(), original: found.path.clone(), copy: path, hash, size }))
}

/// SHA-256 in hexadecimal.
pub fn hash_bytes(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// SHA-256 of a file's bytes and their number, without following a link.
///
/// # Errors
/// As the system says.
pub fn hash_file(path: &Path) -> io::Result<(String, u64)> {
    hash_open(open_plain(path)?)
}

pub(super) fn hash_open(mut file: File) -> io::Result<(String, u64)> {
    let mut hasher = Sha256::new();
    let mut block = vec![0; 1 << 18];
    let mut size = 0;
    loop {
        match file.read(&mut block) {
            Ok(0) => return Ok((hex(&hasher.finalize()), size)),
            Ok(read) => {
                size += read as u64;
                hasher.update(block.get(..read).unwrap_or_default());
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}

#[cfg(test)]
mod tests {
    use super::super::scan;
    use super::*;

    fn check(limit: u64, meddle: impl FnOnce(&Path), expect: Result<&str, (&str, bool)>) {
        let shop = tempfile::tempdir().unwrap();
        let path = shop.path().join("x.csv");
        fs::write(&path, "abc").unwrap();
        let found = scan(shop.path(), &["*.csv".into()]).unwrap().found.remove(0);
        meddle(&path);
        let folder = shop.path().join("state/runs/r");
        let took = take(&found, &folder, limit).unwrap();
        match (&took, expect) {
            (Took::File(taken), Ok(hash)) => {
                assert_eq!(taken.hash, hash);
                assert_eq!(taken.bytes().unwrap(), b"abc");
                assert_eq!(taken.part(1..3).unwrap(), b"bc");
                assert!(taken.part(1..4).is_err());
                assert_eq!((taken.size, taken.name.as_str()), (3, "x.csv"));
            }
            (Took::Passed { why, refused }, Err(expect)) => assert_eq!((why.code(), *refused), expect),
            _ => panic!("{took:?}"),
        }
        let left = fs::read_dir(&folder).map_or(0, Iterator::count);
        assert_eq!(left, usize::from(expect.is_ok()), "nothing half-copied stays");
    }

    const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    #[test]
    fn a_file_at_rest_is_taken_whole() {
        check(TAKE_BYTES_MAX, |_| {}, Ok(ABC));
        check(3, |_| {}, Ok(ABC));
    }

    #[test]
    fn a_file_that_moves_is_passed_over() {
        check(2, |_| {}, Err(("file-too-big", true)));
        check(9, |path| fs::write(path, "abcd").unwrap(), Err(("file-changed", false)));
        check(9, |path| fs::remove_file(path).unwrap(), Err(("file-gone", false)));
        let touch = |path: &Path| {
            let file = File::options().write(true).open(path).unwrap();
            file.set_modified(std::time::UNIX_EPOCH).unwrap();
        };
        check(9, touch, Err(("file-changed", false)));
        #[cfg(unix)]
        check(
            9,
            |path| {
                fs::remove_file(path).unwrap();
                std::os::unix::fs::symlink("elsewhere.csv", path).unwrap();
            },
            Err(("file-link", false)),
        );
    }
}
