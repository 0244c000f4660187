//! Writing so that a name, once it is there, stands for a whole and synced file: into a nameless
//! neighbour first, then named in one step, then the folder is synced. Nothing here knows what is written.

#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    reason = "disk, clock and environment are the hands' own business"
)]

use super::{DiskError, sync_folder};
use crate::edge::crash;
use crate::model::day::Moment;
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

/// A file written bit by bit in the place of an older one: until [`Writing::name`] the older one stands whole.
/// A pipe or a device (`/dev/stdout`) has no place to keep and is written as it comes.
pub struct Writing {
    path: PathBuf,
    to: To,
}

enum To {
    Neighbour(io::BufWriter<NamedTempFile>),
    Straight(io::BufWriter<fs::File>),
}

impl Writing {
    /// # Errors
    /// Nothing can be made there.
    pub fn begin(path: &Path) -> Result<Writing, DiskError> {
        let creating = |error| DiskError::creating(path, error);
        if fs::metadata(path).is_ok_and(|about| !about.is_file()) {
            let file = fs::OpenOptions::new().write(true).open(path).map_err(creating)?;
            return Ok(Writing { path: path.to_owned(), to: To::Straight(io::BufWriter::new(file)) });
        }
        // Where a link leads is written, so that the link stays one.
        let path = resolved(path);
        let file = neighbour(folder_of(&path), 0o666).map_err(creating)?;
        Ok(Writing { path, to: To::Neighbour(io::BufWriter::new(file)) })
    }

    /// Where the bytes stand until they are whole; `None` where they go straight to a device or a pipe.
    pub fn unfinished(&self) -> Option<&Path> {
        match &self.to {
            To::Neighbour(file) => Some(file.get_ref().path()),
            To::Straight(_) => None,
        }
    }

    /// The bytes are whole: they take the name.
    ///
    /// # Errors
    /// Trouble with the disk; the old file stands then.
    pub fn name(self) -> Result<(), DiskError> {
        let Writing { path, to } = self;
        let touching = |error| DiskError::touching(&path, error);
        match to {
            To::Straight(mut file) => io::Write::flush(&mut file).map_err(touching),
            To::Neighbour(file) => {
                let file = file.into_inner().map_err(|error| touching(error.into_error()))?;
                file.as_file().sync_all().map_err(touching)?;
                file.persist(&path).map_err(|error| DiskError::creating(&path, error.error))?;
                named(&path)
            }
        }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl io::Write for Writing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.to {
            To::Neighbour(file) => file.write(bytes),
            To::Straight(file) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.to {
            To::Neighbour(file) => file.flush(),
            To::Straight(file) => file.flush(),
        }
    }
}

/// Whether two paths lead to one file, by whatever links and folders, or under two names of it.
pub fn one_file(one: &Path, other: &Path) -> bool {
    #[cfg(unix)]
    if let (Ok(one), Ok(other)) = (fs::metadata(one), fs::metadata(other)) {
        use std::os::unix::fs::MetadataExt as _;
        return (one.dev(), one.ino()) == (other.dev(), other.ino());
    }
    resolved(one) == resolved(other)
}

/// The path without links, as far as it exists.
fn resolved(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_| match (fs::canonicalize(folder_of(path)), path.file_name()) {
        (Ok(folder), Some(name)) => folder.join(name),
        _ => path.to_owned(),
    })
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

/// Writes under the first free name of the row `name`, `name (2)` …; gives the path it got. A file that holds these very
/// bytes already is as good as written: a run that was cut behind it writes no second one.
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
            Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists && tries < TRIES_MAX => {
                if fs::read(&path).is_ok_and(|known| known == bytes) {
                    return Ok(path);
                }
                file = error.file;
            }
            Err(error) => return Err(DiskError::creating(&path, error.error)),
        }
    }
    unreachable!("the row of names has no end")
}

/// Writes several files that belong together (`x_エラー.csv`, `x_エラー.xlsx`) under one stem that none of
/// them has yet, so that a pair stays a pair. `parts`: ending without the dot, bytes.
///
/// # Errors
/// Trouble with the disk; the parts written so far stand.
pub fn write_free_set(folder: &Path, stem: &str, parts: &[(&str, &[u8])]) -> Result<Vec<PathBuf>, DiskError> {
    make_folder(folder)?;
    for tries in 1..=TRIES_MAX {
        let paths: Vec<PathBuf> =
            parts.iter().map(|(end, _)| folder.join(free_name(&format!("{stem}.{end}"), tries))).collect();
        if paths.iter().any(|path| fs::symlink_metadata(path).is_ok()) {
            continue;
        }
        for (path, (_, bytes)) in paths.iter().zip(parts) {
            write_new(path, bytes)?;
        }
        return Ok(paths);
    }
    Err(DiskError::creating(&folder.join(stem), io::ErrorKind::AlreadyExists.into()))
}

/// Removes a run's work copies when the run is over: they hold what buyers wrote, and the originals are kept elsewhere.
///
/// # Errors
/// Trouble with the disk; a folder that is not there is none.
pub fn clear_work(folder: &Path) -> Result<(), DiskError> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(DiskError::touching(folder, error)),
        _ => Ok(()),
    }
}

/// Removes files below `folder` that were last written before that moment, and folders left empty; gives the
/// names, relative to `folder`'s parent. What `keep` says of such a name stays, with all below it. With `only_say`
/// nothing is removed.
///
/// # Errors
/// A folder that is there cannot be read. A file that cannot be removed is passed over.
pub fn sweep_old(
    folder: &Path,
    before: Moment,
    only_say: bool,
    keep: &dyn Fn(&str) -> bool,
) -> Result<Vec<String>, DiskError> {
    let base = folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    sweep_below(folder, &base, before, only_say, keep)
}

fn sweep_below(
    folder: &Path,
    base: &str,
    before: Moment,
    only_say: bool,
    keep: &dyn Fn(&str) -> bool,
) -> Result<Vec<String>, DiskError> {
    let mut gone = Vec::new();
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(gone),
        Err(error) => return Err(DiskError::touching(folder, error)),
    };
    for entry in entries.filter_map(Result::ok) {
        let (path, name) = (entry.path(), format!("{base}/{}", entry.file_name().to_string_lossy()));
        if keep(&name) {
            continue;
        }
        let Ok(about) = fs::symlink_metadata(&path) else { continue };
        if about.is_dir() {
            gone.extend(sweep_below(&path, &name, before, only_say, keep)?);
            if !only_say {
                // Fails while something is left in it, which is what we want.
                let _ = fs::remove_dir(&path);
            }
            continue;
        }
        let written = about.modified().ok().and_then(|at| at.duration_since(std::time::UNIX_EPOCH).ok());
        let old =
            written.is_some_and(|at| Moment::from_unix(i64::try_from(at.as_secs()).unwrap_or(i64::MAX / 2)) < before);
        if old && about.is_file() && (only_say || fs::remove_file(&path).is_ok()) {
            gone.push(name);
        }
    }
    gone.sort();
    Ok(gone)
}

/// Removes the nameless neighbours that a killed run left in a folder: only files with our own
/// prefixes, and only those older than a day, since another shop's run may be writing at this moment.
pub fn sweep(folder: &Path, now: std::time::SystemTime) -> usize {
    const OURS: [&str; 3] = [".writing-", ".taking-", ".backup-"];
    let Ok(entries) = fs::read_dir(folder) else { return 0 };
    let old = |entry: &fs::DirEntry| {
        let name = entry.file_name();
        let ours = name.to_str().is_some_and(|name| OURS.iter().any(|prefix| name.starts_with(prefix)));
        let written = fs::symlink_metadata(entry.path()).ok().filter(fs::Metadata::is_file);
        let age = written.and_then(|about| now.duration_since(about.modified().ok()?).ok());
        ours && age.is_some_and(|age| age.as_secs() > 86_400)
    };
    entries.filter_map(Result::ok).filter(old).filter(|entry| fs::remove_file(entry.path()).is_ok()).count()
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
        // The same bytes again are there already.
        assert_eq!(write_free(path.parent().unwrap(), "x.csv", b"four").unwrap(), second);
        assert_eq!(second.file_name().unwrap(), "x (2).csv");
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 2, "no neighbour is left behind");
    }

    #[cfg(unix)]
    #[test]
    fn the_old_file_stands_until_the_new_one_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let (path, link) = (folder.path().join("x.csv"), folder.path().join("link.csv"));
        fs::write(&path, "old").unwrap();
        std::os::unix::fs::symlink(&path, &link).unwrap();
        let mut cut = Writing::begin(&link).unwrap();
        cut.write_all(b"half").unwrap();
        drop(cut);
        assert_eq!(fs::read(&path).unwrap(), b"old");
        let mut whole = Writing::begin(&link).unwrap();
        whole.write_all(b"new").unwrap();
        whole.name().unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "no neighbour is left behind");
        assert!(Writing::begin(&folder.path().join("none/x.csv")).is_err_and(|error| error.creating));
        Writing::begin(Path::new("/dev/null")).unwrap().name().unwrap();
        assert!(!fs::metadata("/dev/null").unwrap().is_file());
    }

    #[cfg(unix)]
    #[test]
    fn one_file_is_known_under_all_its_names() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::write(path("x"), "").unwrap();
        fs::write(path("y"), "").unwrap();
        fs::create_dir(path("deep")).unwrap();
        fs::hard_link(path("x"), path("hard")).unwrap();
        std::os::unix::fs::symlink(path("x"), path("soft")).unwrap();
        let check = |one: &str, other: &str, expect: bool| {
            assert_eq!(one_file(&path(one), &path(other)), expect, "{one} {other}");
        };
        check("x", "deep/../x", true);
        check("x", "hard", true);
        check("soft", "hard", true);
        check("x", "y", false);
        check("none", "deep/../none", true);
        check("none", "x", false);
    }

    #[test]
    fn a_pair_stays_a_pair() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("x_エラー.xlsx"), "").unwrap();
        let paths = write_free_set(folder.path(), "x_エラー", &[("csv", b"1"), ("xlsx", b"2")]).unwrap();
        let names: Vec<_> = paths.iter().map(|path| path.file_name().unwrap().to_str().unwrap()).collect();
        assert_eq!(names, ["x_エラー (2).csv", "x_エラー (2).xlsx"]);
    }

    #[test]
    fn only_our_own_old_leavings_are_swept() {
        let folder = tempfile::tempdir().unwrap();
        for name in [".writing-a", ".taking-b", "x.csv", ".hidden"] {
            fs::write(folder.path().join(name), "").unwrap();
        }
        let now = std::time::SystemTime::now();
        assert_eq!(sweep(folder.path(), now), 0);
        assert_eq!(sweep(folder.path(), now + std::time::Duration::from_secs(90_000)), 2);
        assert!(folder.path().join("x.csv").exists() && folder.path().join(".hidden").exists());
        clear_work(&folder.path().join("none")).unwrap();
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
