//! The hands on the disk: finding what was dropped, taking a copy that cannot change any more, putting
//! originals away, writing results so that no half-written file ever stands under its final name.
//! Nothing here deletes what a person dropped, and nothing here knows what is in a file.

#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    reason = "disk, clock and environment are the hands' own business"
)]

mod claim;
mod scan;
mod shelve;
mod write;

pub use claim::{TAKE_BYTES_MAX, Taken, Took, hash_bytes, hash_file, take};
pub use scan::{Found, Quiet, Scan, Skipped, Untaken, newest_run, not_taken, scan, wait_quiet};
pub use shelve::{Shelved, shelve};
pub use write::{
    Writing, clear_work, errors_stem, free_name, make_folder, one_file, sweep, sweep_old, write_free, write_free_set,
    write_new, write_private, write_replace,
};

use crate::model::exit::{Exit, Stop};
use crate::model::words::{Why, delivering};
use std::fs::File;
use std::io;
use std::path::Path;

/// Trouble with the disk, in words, with what the system said.
#[derive(Debug, thiserror::Error)]
#[error("{}: {source}", .why.code())]
pub struct DiskError {
    why: Why,
    /// Something could not be made (as against: could not be read or written).
    pub creating: bool,
    source: io::Error,
}

impl DiskError {
    /// Making `path` failed.
    pub fn creating(path: &Path, source: io::Error) -> DiskError {
        DiskError { why: word(path, &source, true), creating: true, source }
    }

    /// Reading, writing or syncing `path` failed.
    pub fn touching(path: &Path, source: io::Error) -> DiskError {
        DiskError { why: word(path, &source, false), creating: false, source }
    }

    pub fn why(&self) -> &Why {
        &self.why
    }

    /// What the system said.
    pub fn kind(&self) -> io::ErrorKind {
        self.source.kind()
    }
}

impl From<DiskError> for Stop {
    fn from(error: DiskError) -> Stop {
        Stop::new(if error.creating { Exit::CannotCreate } else { Exit::Io }, error.why)
    }
}

/// The time file stamps are compared with.
#[allow(clippy::disallowed_methods, reason = "file times are the disk's own clock")]
pub fn system_now() -> std::time::SystemTime {
    std::time::SystemTime::now()
}

/// Four hexadecimal digits' worth of chance, so that two runs begun in one second have two names.
pub fn chance16() -> u16 {
    use std::hash::{BuildHasher as _, Hasher as _};
    // The standard library seeds its hashers from the system's randomness.
    let drawn = std::hash::RandomState::new().build_hasher().finish();
    u16::from_le_bytes([drawn.to_le_bytes()[0], drawn.to_le_bytes()[1]])
}

fn word(path: &Path, error: &io::Error, creating: bool) -> Why {
    let path = path.display().to_string();
    if matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded) {
        return delivering::DISK_FULL.with([("path", path)]);
    }
    let word = if creating { &delivering::CANNOT_CREATE } else { &delivering::DISK_IO };
    word.with([("path", path), ("detail", error.to_string())])
}

/// Makes a rename or a new name in `folder` outlast a power cut. Without it a synced file can still
/// lose its name. Windows keeps no such handle; there the file system's journal must do.
pub(crate) fn sync_folder(folder: &Path) -> Result<(), DiskError> {
    #[cfg(unix)]
    {
        let done = File::open(folder).and_then(|folder| folder.sync_all());
        match done {
            // Some shares cannot sync a folder; the file itself is synced all the same.
            Err(error) if matches!(error.raw_os_error(), Some(libc::EINVAL | libc::ENOTSUP)) => Ok(()),
            done => done.map_err(|error| DiskError::touching(folder, error)),
        }
    }
    #[cfg(not(unix))]
    {
        let _ = folder;
        Ok(())
    }
}

/// Opens for reading: no link is followed, a FIFO does not block, a folder is refused by the caller.
pub(crate) fn open_plain(path: &Path) -> io::Result<File> {
    let mut options = std::fs::OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK | libc::O_NOCTTY);
    }
    options.open(path)
}
