//! Putting an original away, into `archive/<date>/` or `errors/`, under a name nothing else has. It is
//! moved only if its bytes still are those that were read: whatever a person put in its place meanwhile is
//! a new input and stays. Why a file goes to which folder is not known here.

#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    reason = "disk, clock and environment are the hands' own business"
)]

use super::claim::hash_open;
use super::scan::marker;
use super::write::{TRIES_MAX, folder_of, free_name, neighbour};
use super::{DiskError, Taken, hash_file, make_folder, open_plain, sync_folder};
use crate::edge::crash;
use crate::model::words::{Why, delivering};
use std::fs::{self, File, Metadata};
use std::io;
use std::path::{Path, PathBuf};

/// What became of the original.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shelved {
    /// It is here now.
    Moved(PathBuf),
    /// It stays where it is: held by another program, or replaced since. A warning, tried again next run.
    Left(Why),
    /// It was not there any more: someone took it, or an earlier run was cut right after moving it.
    Gone,
}

/// Moves the original of `taken` into `folder` (made if need be). Never overwrites.
///
/// # Errors
/// Trouble on the side of `folder`; the original stands untouched then.
pub fn shelve(taken: &Taken, folder: &Path) -> Result<Shelved, DiskError> {
    shelve_by(taken, folder, rename_new)
}

fn shelve_by(taken: &Taken, folder: &Path, rename: fn(&Path, &Path) -> io::Result<()>) -> Result<Shelved, DiskError> {
    crash::point("shelve.before");
    let stuck = |error: &io::Error| delivering::FILE_STUCK.with([("detail", error.to_string())]);
    let original = &taken.original;
    let seen = match unchanged(taken) {
        Ok(Some(seen)) => seen,
        Ok(None) => return Ok(Shelved::Left(delivering::FILE_REPLACED.plain())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Shelved::Gone),
        Err(error) => return Ok(Shelved::Left(stuck(&error))),
    };
    make_folder(folder)?;
    let name = original.file_name().map_or_else(|| taken.hash.clone(), |name| name.to_string_lossy().into_owned());
    let marked = marker(original);
    for tries in 1..=TRIES_MAX {
        let target = folder.join(free_name(&name, tries));
        match rename(original, &target) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Shelved::Gone),
            Err(error) if error.kind() == io::ErrorKind::CrossesDevices => {
                return copied_over(taken, &seen, folder, &name);
            }
            Err(error) => return Ok(Shelved::Left(stuck(&error))),
        }
        crash::point("shelve.named");
        // Someone may have saved over it in the blink between hashing and moving: then it goes back.
        if !fs::symlink_metadata(&target).is_ok_and(|now| same(&seen, &now)) && rename(&target, original).is_ok() {
            return Ok(Shelved::Left(delivering::FILE_REPLACED.plain()));
        }
        sync_folder(folder)?;
        sync_folder(folder_of(original))?;
        marker_along(marked, folder, rename);
        crash::point("shelve.after");
        return Ok(Shelved::Moved(target));
    }
    Err(DiskError::creating(&folder.join(name), io::ErrorKind::AlreadyExists.into()))
}

/// The way between two disks: copy, sync, verify, name, and only then take the original away.
fn copied_over(taken: &Taken, seen: &Metadata, folder: &Path, name: &str) -> Result<Shelved, DiskError> {
    let original = &taken.original;
    let target = match held_already(taken, seen, folder, name) {
        // An earlier run was cut between naming the copy and taking the original away.
        Some(target) => target,
        None => copy_under_free_name(taken, seen, folder, name)?,
    };
    crash::point("shelve.named");
    match fs::symlink_metadata(original) {
        Ok(now) if same(seen, &now) => {}
        // Replaced since: the copy we keep is what was read, and the new one stays for the next run.
        Ok(_) => return Ok(Shelved::Left(delivering::FILE_REPLACED.plain())),
        Err(_) => return Ok(Shelved::Moved(target)),
    }
    let marked = marker(original);
    if let Err(error) = fs::remove_file(original) {
        return Ok(Shelved::Left(delivering::FILE_STUCK.with([("detail", error.to_string())])));
    }
    sync_folder(folder_of(original))?;
    marker_along(marked, folder, |from, to| {
        File::create_new(to)?;
        fs::remove_file(from)
    });
    crash::point("shelve.after");
    Ok(Shelved::Moved(target))
}

fn copy_under_free_name(taken: &Taken, seen: &Metadata, folder: &Path, name: &str) -> Result<PathBuf, DiskError> {
    let path = folder.join(name);
    let touching = |error| DiskError::touching(&path, error);
    let mut copy = neighbour(folder, 0o666).map_err(|error| DiskError::creating(&path, error))?;
    // From our own copy: the original could change under our hands, the copy cannot.
    let mut from = open_plain(&taken.copy).or_else(|_| open_plain(&taken.original)).map_err(touching)?;
    io::copy(&mut from, copy.as_file_mut()).map_err(touching)?;
    if let Ok(mtime) = seen.modified() {
        copy.as_file().set_modified(mtime).map_err(touching)?;
    }
    copy.as_file().sync_all().map_err(touching)?;
    let (hash, _) = hash_open(copy.reopen().map_err(touching)?).map_err(touching)?;
    if hash != taken.hash {
        let error = io::Error::new(io::ErrorKind::InvalidData, "what was copied is not what was read");
        return Err(DiskError::touching(&path, error));
    }
    crash::point("shelve.copied");
    for tries in 1..=TRIES_MAX {
        let target = folder.join(free_name(name, tries));
        match copy.persist_noclobber(&target) {
            Ok(_) => {
                sync_folder(folder)?;
                return Ok(target);
            }
            Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => copy = error.file,
            Err(error) => return Err(DiskError::creating(&target, error.error)),
        }
    }
    Err(DiskError::creating(&path, io::ErrorKind::AlreadyExists.into()))
}

/// The same bytes with the same time of writing under one of the names we would give: our own earlier copy.
/// A file that was dropped a second time has another time and gets a name of its own.
fn held_already(taken: &Taken, seen: &Metadata, folder: &Path, name: &str) -> Option<PathBuf> {
    for tries in 1..=TRIES_MAX {
        let path = folder.join(free_name(name, tries));
        let about = fs::symlink_metadata(&path).ok()?;
        let alike = about.is_file() && about.len() == taken.size && about.modified().ok() == seen.modified().ok();
        if alike && hash_file(&path).is_ok_and(|(hash, _)| hash == taken.hash) {
            return Some(path);
        }
    }
    None
}

/// The original's metadata if its bytes are still those that were taken.
fn unchanged(taken: &Taken) -> io::Result<Option<Metadata>> {
    let file = match open_plain(&taken.original) {
        Ok(file) => file,
        #[cfg(unix)]
        Err(error) if error.raw_os_error() == Some(libc::ELOOP) => return Ok(None),
        Err(error) => return Err(error),
    };
    let before = file.metadata()?;
    if !before.is_file() || before.len() != taken.size {
        return Ok(None);
    }
    let (hash, _) = hash_open(file)?;
    Ok((hash == taken.hash).then_some(before))
}

fn same(seen: &Metadata, now: &Metadata) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        if seen.ino() != now.ino() {
            return false;
        }
    }
    now.is_file() && seen.len() == now.len() && seen.modified().ok() == now.modified().ok()
}

/// The empty completion marker goes where its file went; if it cannot, it stays and harms nobody.
fn marker_along(marked: Option<PathBuf>, folder: &Path, rename: fn(&Path, &Path) -> io::Result<()>) {
    let Some(marked) = marked else { return };
    let Some(name) = marked.file_name().and_then(|name| name.to_str()) else { return };
    for tries in 1..=TRIES_MAX {
        match rename(&marked, &folder.join(free_name(name, tries))) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            _ => return,
        }
    }
}

/// Renames in one step, and not onto something that is there.
fn rename_new(from: &Path, to: &Path) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    {
        use std::os::unix::ffi::OsStrExt as _;
        let text = |path: &Path| std::ffi::CString::new(path.as_os_str().as_bytes());
        let (old, new) = (text(from)?, text(to)?);
        // SAFETY: both are terminated strings that outlive the call; the folder handles are the current folder.
        let done = unsafe {
            libc::renameat2(libc::AT_FDCWD, old.as_ptr(), libc::AT_FDCWD, new.as_ptr(), libc::RENAME_NOREPLACE)
        };
        if done == 0 {
            return Ok(());
        }
        let error = io::Error::last_os_error();
        if !matches!(error.raw_os_error(), Some(libc::EINVAL | libc::ENOSYS | libc::ENOTSUP)) {
            return Err(error);
        }
    }
    // Shares and other systems have no such call. One shop has one writer, so looking first is enough
    // but for two shops filing the same name in the same instant; a link would be surer, and shares refuse links.
    if fs::symlink_metadata(to).is_ok() {
        return Err(io::ErrorKind::AlreadyExists.into());
    }
    fs::rename(from, to)
}

#[cfg(test)]
mod tests {
    use super::super::{TAKE_BYTES_MAX, Took, scan, take};
    use super::*;

    struct Shop {
        folder: tempfile::TempDir,
    }

    impl Shop {
        fn new() -> Shop {
            Shop { folder: tempfile::tempdir().unwrap() }
        }

        fn path(&self, name: &str) -> PathBuf {
            self.folder.path().join(name)
        }

        fn drop_file(&self, text: &str) -> Taken {
            fs::create_dir_all(self.path("inbox")).unwrap();
            fs::write(self.path("inbox/x.csv"), text).unwrap();
            self.taken()
        }

        fn taken(&self) -> Taken {
            let found = scan(self.folder.path(), &["inbox/*.csv".into()]).unwrap().found.remove(0);
            match take(&found, &self.path("state/runs/r"), TAKE_BYTES_MAX).unwrap() {
                Took::File(taken) => taken,
                passed => panic!("{passed:?}"),
            }
        }

        fn archive(&self) -> Vec<(String, String)> {
            let mut out: Vec<(String, String)> = fs::read_dir(self.path("archive"))
                .map(|entries| entries.map(Result::unwrap).collect::<Vec<_>>())
                .unwrap_or_default()
                .iter()
                .map(|entry| {
                    let text = fs::read_to_string(entry.path()).unwrap();
                    (entry.file_name().into_string().unwrap(), text)
                })
                .filter(|(name, _)| !name.starts_with('.'))
                .collect();
            out.sort();
            out
        }
    }

    fn other_disk(_: &Path, _: &Path) -> io::Result<()> {
        Err(io::ErrorKind::CrossesDevices.into())
    }

    fn check(rename: fn(&Path, &Path) -> io::Result<()>) {
        let shop = Shop::new();
        let to = shop.path("archive");
        for text in ["one", "two", "two"] {
            let taken = shop.drop_file(text);
            // A second drop has another time of writing.
            let file = File::options().write(true).open(&taken.original).unwrap();
            file.set_modified(
                std::time::SystemTime::now() + std::time::Duration::from_secs(shop.archive().len() as u64),
            )
            .unwrap();
            assert!(matches!(shelve_by(&taken, &to, rename).unwrap(), Shelved::Moved(_)));
            assert!(!taken.original.exists());
        }
        let expect = [("x (2).csv", "two"), ("x (3).csv", "two"), ("x.csv", "one")];
        assert_eq!(shop.archive(), expect.map(|(name, text)| (name.to_owned(), text.to_owned())));

        let taken = shop.drop_file("three");
        fs::write(&taken.original, "THREE").unwrap();
        let left = shelve_by(&taken, &to, rename).unwrap();
        assert!(matches!(&left, Shelved::Left(why) if why.code() == "file-replaced"), "{left:?}");
        assert_eq!(fs::read(&taken.original).unwrap(), b"THREE");

        fs::remove_file(&taken.original).unwrap();
        assert_eq!(shelve_by(&taken, &to, rename).unwrap(), Shelved::Gone);
        assert_eq!(shop.archive().len(), 3);
    }

    #[test]
    fn originals_keep_their_names_and_never_cover_each_other() {
        check(rename_new);
        check(other_disk);
    }

    #[test]
    fn a_held_file_is_a_warning() {
        let shop = Shop::new();
        let taken = shop.drop_file("one");
        let left = shelve_by(&taken, &shop.path("archive"), |_, _| Err(io::ErrorKind::ResourceBusy.into())).unwrap();
        assert!(matches!(&left, Shelved::Left(why) if why.code() == "file-stuck"), "{left:?}");
        assert!(taken.original.exists());
    }

    #[test]
    fn the_marker_goes_along() {
        for rename in [rename_new, other_disk as fn(&Path, &Path) -> io::Result<()>] {
            let shop = Shop::new();
            let taken = shop.drop_file("one");
            fs::write(shop.path("inbox/x.lock"), "").unwrap();
            shelve_by(&taken, &shop.path("archive"), rename).unwrap();
            assert!(!shop.path("inbox/x.lock").exists());
            assert!(shop.path("archive/x.lock").exists());
        }
    }

    #[test]
    fn an_archive_that_cannot_be_made_leaves_the_original() {
        let shop = Shop::new();
        let taken = shop.drop_file("one");
        fs::write(shop.path("archive"), "").unwrap();
        assert!(shelve(&taken, &shop.path("archive")).unwrap_err().creating);
        assert!(taken.original.exists());
    }

    /// Not a test of its own: the body of the process that the next test kills.
    #[test]
    #[ignore = "run by a_kill_between_copy_and_unlink_loses_and_doubles_nothing"]
    fn shelving_in_another_process() {
        let Some(folder) = std::env::var_os("DENPYO_TEST_FOLDER") else { return };
        let folder = PathBuf::from(folder);
        let found = scan(&folder, &["inbox/*.csv".into()]).unwrap().found.remove(0);
        let Took::File(taken) = take(&found, &folder.join("state/runs/r"), TAKE_BYTES_MAX).unwrap() else { return };
        let rename = if std::env::var_os("DENPYO_TEST_OTHER_DISK").is_some() { other_disk } else { rename_new };
        shelve_by(&taken, &folder.join("archive"), rename).unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn a_kill_between_copy_and_unlink_loses_and_doubles_nothing() {
        use std::os::unix::process::ExitStatusExt as _;
        let points = ["file.copying", "file.copied", "shelve.before", "shelve.copied", "shelve.named", "shelve.after"];
        for other in [true, false] {
            for point in points {
                if !other && point == "shelve.copied" {
                    continue;
                }
                let shop = Shop::new();
                fs::create_dir_all(shop.path("inbox")).unwrap();
                fs::write(shop.path("inbox/x.csv"), "one").unwrap();
                let mut child = std::process::Command::new(std::env::current_exe().unwrap());
                child.args(["--exact", "edge::files::shelve::tests::shelving_in_another_process", "--ignored"]);
                child.env("DENPYO_TEST_FOLDER", shop.folder.path()).env("DENPYO_CRASH_AT", point);
                if other {
                    child.env("DENPYO_TEST_OTHER_DISK", "1");
                }
                let ended = child.output().unwrap().status;
                assert_eq!(ended.signal(), Some(libc::SIGKILL), "{point} was not reached");
                if shop.path("inbox/x.csv").exists() {
                    let taken = shop.taken();
                    let rename = if other { other_disk } else { rename_new };
                    assert!(matches!(shelve_by(&taken, &shop.path("archive"), rename).unwrap(), Shelved::Moved(_)));
                }
                assert_eq!(shop.archive(), [("x.csv".to_owned(), "one".to_owned())], "{point}, other disk: {other}");
            }
        }
    }
}
