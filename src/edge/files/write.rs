//! Writing so that a name, once it is there, stands for a whole and synced file: into a nameless
//! neighbour first, then named in one step, then the folder is synced. Nothing here knows what is written.

use super::{DiskError, sync_folder};
use crate::edge::crash;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// Writes a file that must not exist yet; `AlreadyExists` if it does.
///
/// # Errors
/// Trouble with the disk; nothing stands under the name then.
pub fn write_new(path: &Path, bytes: &[u8]) -> Result<(), DiskError> {
    let file = written(path, bytes, 0o666)?;
    file.persist_noclobber(path).map_err(|error| DiskError::creating(path, error.error))?;
    named(path)
}

/// Writes a file in the place of an older one (最新.html): a reader sees the old or the new, never a part.
///
/// # Errors
/// Trouble with the disk; the old file stands then.
pub fn write_replace(path: &Path, bytes: &[u8]) -> Result<(), DiskError> {
    let file = written(path, bytes, 0o666)?;
    file.persist(path).map_err(|error| DiskError::creating(path, error.error))?;
    named(path)
}

/// As [`write_replace`], but readable by the owner only: for `state/`.
///
/// # Errors
/// Trouble with the disk; the old file stands then.
pub fn write_private(path: &Path, bytes: &[u8]) -> Result<(), DiskError> {
    let file = written(path, bytes, 0o600)?;
    file.persist(path).map_err(|error| DiskError::creating(path, error.error))?;
    named(path)
}

fn written(path: &Path, bytes: &[u8], mode: u32) -> Result<NamedTempFile, DiskError> {
    crash::point("write.before");
    let folder = folder_of(path);
    make_folder(folder)?;
    let mut file = neighbour(folder, mode).map_err(|error| DiskError::creating(path, error))?;
    let done = file.write_all(bytes).and_then(|()| file.as_file().sync_all());
    done.map_err(|error| DiskError::touching(path, error))?;
    crash::point("write.written");
    Ok(file)
}

fn named(path: &Path) -> Result<(), DiskError> {
    crash::point("write.named");
    sync_folder(folder_of(path))
}

/// A nameless file in the folder it will have its name in: a rename never crosses a file system.
/// `mode` is narrowed by the process's umask.
pub(super) fn neighbour(folder: &Path, mode: u32) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".writing-");
    #[cfg(unix)]
    let permissions = std::os::unix::fs::PermissionsExt::from_mode(mode);
    #[cfg(unix)]
    builder.permissions(permissions);
    #[cfg(not(unix))]
    let _ = mode;
    builder.tempfile_in(folder)
}

pub(super) fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Makes a folder and those above it, and makes their names last.
///
/// # Errors
/// Trouble with the disk.
pub fn make_folder(folder: &Path) -> Result<(), DiskError> {
    if folder.as_os_str().is_empty() || folder.is_dir() {
        return Ok(());
    }
    let above = folder_of(folder);
    make_folder(above)?;
    match fs::create_dir(folder) {
        Ok(()) => sync_folder(above),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && folder.is_dir() => Ok(()),
        Err(error) => Err(DiskError::creating(folder, error)),
    }
}

/// `name` itself, then `name (2)`, `name (3)` … before the ending: the n-th try, from 1.
pub fn free_name(name: &str, tries: u32) -> String {
    if tries <= 1 {
        return name.to_owned();
    }
    match name.rsplit_once('.') {
        Some((stem, end)) if !stem.is_empty() => format!("{stem} ({tries}).{end}"),
        _ => format!("{name} ({tries})"),
    }
}

/// The stem of a file's errors file: `b2_0412.csv` → `b2_0412_エラー`. An errors file that was mended
/// and dropped again keeps its one `_エラー`, also after a browser or we have put ` (2)` behind it.
pub fn errors_stem(name: &str) -> String {
    const MARK: &str = "_エラー";
    let name = name.rsplit(['/', '\\']).next().unwrap_or(name);
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| if stem.is_empty() { name } else { stem });
    let counted = |stem: &str| -> Option<usize> {
        let inner = stem.strip_suffix(')')?;
        let (before, digits) = inner.rsplit_once('(')?;
        (!digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())).then(|| before.trim_end().len())
    };
    let bare = counted(stem).and_then(|end| stem.get(..end)).filter(|bare| bare.ends_with(MARK)).unwrap_or(stem);
    let mut core = bare;
    while let Some(shorter) = core.strip_suffix(MARK) {
        core = shorter;
    }
    format!("{core}{MARK}")
}

/// Writes under the first free name of the row `name`, `name (2)` …; gives the path it got.
///
/// # Errors
/// Trouble with the disk.
pub fn write_free(folder: &Path, name: &str, bytes: &[u8]) -> Result<PathBuf, DiskError> {
    let mut file = written(&folder.join(name), bytes, 0o666)?;
    for tries in 1.. {
        let path = folder.join(free_name(name, tries));
        match file.persist_noclobber(&path) {
            Ok(_) => {
                named(&path)?;
                return Ok(path);
            }
            Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists && tries < TRIES_MAX => file = error.file,
            Err(error) => return Err(DiskError::creating(&path, error.error)),
        }
    }
    unreachable!("the row of names has no end")
}

/// Enough for a name used every night for years.
pub(super) const TRIES_MAX: u32 = 9_999;

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, expect: &str) {
        assert_eq!(errors_stem(name), expect, "{name}");
    }

    #[test]
    fn the_mark_never_doubles() {
        check("inbox/yamato/b2_0412.csv", "b2_0412_エラー");
        check("b2_0412_エラー.csv", "b2_0412_エラー");
        check("b2_0412_エラー (2).xlsx", "b2_0412_エラー");
        check("b2_0412_エラー(12).xlsx", "b2_0412_エラー");
        check("b2_0412_エラー_エラー.csv", "b2_0412_エラー");
        check("b2 (2).csv", "b2 (2)_エラー");
        check(".csv", ".csv_エラー");
    }

    #[test]
    fn names_stay_readable_when_they_must_differ() {
        assert_eq!(free_name("a.b.csv", 1), "a.b.csv");
        assert_eq!(free_name("a.b.csv", 2), "a.b (2).csv");
        assert_eq!(free_name("noend", 3), "noend (3)");
        assert_eq!(free_name(".hid", 2), ".hid (2)");
    }

    #[test]
    fn a_new_file_never_covers_an_old_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/er/x.csv");
        write_new(&path, b"one").unwrap();
        let error = write_new(&path, b"two").unwrap_err();
        assert_eq!((error.kind(), error.creating), (io::ErrorKind::AlreadyExists, true));
        assert_eq!(fs::read(&path).unwrap(), b"one");
        write_replace(&path, b"three").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"three");
        let second = write_free(path.parent().unwrap(), "x.csv", b"four").unwrap();
        assert_eq!(second.file_name().unwrap(), "x (2).csv");
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 2, "no neighbour is left behind");
    }

    #[cfg(unix)]
    #[test]
    fn state_is_for_the_owner_only() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mark");
        write_private(&path, b"x").unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_said() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("file"), "").unwrap();
        let error = write_new(&folder.path().join("file/x"), b"").unwrap_err();
        assert!(error.creating);
        assert_eq!(error.why().code(), "cannot-create");
    }
}
