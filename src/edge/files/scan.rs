//! What lies in the folders, and what of it has come to rest. Japanese names are compared in one
//! Unicode form, since a Mac writes `ガ` as two characters; letters without regard to case, since `.CSV`
//! and `.csv` are one to whoever drops files. Links are never followed below the folder the pipeline names.

#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    reason = "disk, clock and environment are the hands' own business"
)]

use super::DiskError;
use crate::model::ids::RunId;
use crate::model::words::{Why, delivering};
use glob::{MatchOptions, Pattern};
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::fs::{self, Metadata};
use std::io;
use std::path::{Component, Path, PathBuf};
use std::time::{Duration, SystemTime};
use unicode_normalization::UnicodeNormalization as _;

/// A file that may be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    pub path: PathBuf,
    /// As shown to people: relative to the workspace, `/` between the parts, one Unicode form, no control characters.
    pub name: String,
    /// Bytes.
    pub size: u64,
    pub mtime: SystemTime,
}

/// Something that fits the pattern and is not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    pub name: String,
    pub why: Why,
}

/// A file that fits no pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Untaken {
    pub name: String,
    /// Its name is that of an upload not yet done.
    pub temporary: bool,
}

/// The outcome of a scan, each list sorted by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scan {
    pub found: Vec<Found>,
    pub skipped: Vec<Skipped>,
    /// Folders that are missing or cannot be read: what lies there is not known, which is not the same as nothing.
    pub blind: Vec<Skipped>,
}

/// After the wait: what is at rest, and what is left for the next run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Quiet {
    pub ready: Vec<Found>,
    pub left: Vec<Skipped>,
}

const HOW: MatchOptions =
    MatchOptions { case_sensitive: false, require_literal_separator: true, require_literal_leading_dot: false };

/// Finds the files of one source. `patterns` are relative to `workspace` (an absolute one is taken as
/// it is: the inbox may be a share); `**` goes down through folders.
///
/// # Errors
/// Only if the workspace itself cannot be read; a source folder that cannot be read is `blind`.
pub fn scan(workspace: &Path, patterns: &[String]) -> Result<Scan, DiskError> {
    fs::read_dir(workspace).map_err(|error| DiskError::touching(workspace, error))?;
    let mut walk = Walk::new(workspace);
    for pattern in patterns {
        walk.pattern(pattern);
    }
    let Walk { found, skipped, blind, .. } = walk;
    let listed = |map: BTreeMap<String, Why>| map.into_iter().map(|(name, why)| Skipped { name, why }).collect();
    Ok(Scan { found: found.into_values().collect(), skipped: listed(skipped), blind: listed(blind) })
}

struct Walk<'a> {
    workspace: &'a Path,
    found: BTreeMap<(String, PathBuf), Found>,
    skipped: BTreeMap<String, Why>,
    blind: BTreeMap<String, Why>,
}

impl Walk<'_> {
    fn new(workspace: &Path) -> Walk<'_> {
        Walk { workspace, found: BTreeMap::new(), skipped: BTreeMap::new(), blind: BTreeMap::new() }
    }

    fn pattern(&mut self, text: &str) {
        let bad = |walk: &mut Self| {
            walk.blind.insert(text.to_owned(), delivering::PATTERN_BAD.with([("pattern", text.to_owned())]));
        };
        let mut folder = self.workspace.to_path_buf();
        let mut parts = Vec::new();
        for part in Path::new(text).components() {
            match part {
                Component::Normal(part) => parts.push(nfc(part)),
                Component::CurDir => {}
                Component::RootDir | Component::Prefix(_) => folder.push(part),
                // Up and out of the workspace: never meant, and a way to read what is not ours.
                Component::ParentDir => return bad(self),
            }
        }
        let mut steps = Vec::new();
        for part in parts {
            match Step::read(&part) {
                // Folders named outright are the pipeline's own word, so a link there (a mounted share) is followed.
                Some(Step::Exactly(name)) if steps.is_empty() => match exact(&folder, &name) {
                    Some(path) if path.is_dir() => folder = path,
                    _ => steps.push(Step::Exactly(name)),
                },
                Some(step) => steps.push(step),
                None => return bad(self),
            }
        }
        if steps.is_empty() {
            return bad(self);
        }
        if let (Some(Step::Exactly(name)), true) = (steps.first(), steps.len() > 1) {
            let name = self.shown(&folder.join(name));
            self.blind.insert(name.clone(), delivering::FOLDER_MISSING.with([("folder", name)]));
            return;
        }
        self.descend(&folder, &steps);
    }

    fn descend(&mut self, folder: &Path, steps: &[Step]) {
        let Some((step, rest)) = steps.split_first() else { return };
        let entries = match fs::read_dir(folder).and_then(Iterator::collect::<io::Result<Vec<_>>>) {
            Ok(entries) => entries,
            Err(error) => {
                let name = self.shown(folder);
                let values = [("folder", name.clone()), ("detail", error.to_string())];
                self.blind.insert(name, delivering::FOLDER_UNREADABLE.with(values));
                return;
            }
        };
        if matches!(step, Step::AnyDepth) {
            self.descend(folder, rest);
        }
        for entry in entries {
            let (path, name) = (entry.path(), nfc(&entry.file_name()));
            // Gone between listing and looking: as if it had never been there.
            let Ok(about) = fs::symlink_metadata(&path) else { continue };
            match step {
                Step::AnyDepth if about.is_dir() && !name.starts_with('.') => self.descend(&path, steps),
                Step::AnyDepth => {}
                _ if !step.fits(&name) => {}
                _ if rest.is_empty() => self.last(path, &name, &about),
                _ if about.is_dir() && !name.starts_with('.') => self.descend(&path, rest),
                _ => {}
            }
        }
    }

    fn last(&mut self, path: PathBuf, name: &str, about: &Metadata) {
        let shown = self.shown(&path);
        match unfit(name, about) {
            Some(why) => {
                self.skipped.insert(shown, why);
            }
            None => {
                let mtime = about.modified().unwrap_or(SystemTime::UNIX_EPOCH);
                let key = (shown.clone(), path.clone());
                self.found.insert(key, Found { path, name: shown, size: about.len(), mtime });
            }
        }
    }

    fn shown(&self, path: &Path) -> String {
        let path = path.strip_prefix(self.workspace).unwrap_or(path);
        let parts: Vec<String> = path.components().map(|part| nfc(part.as_os_str())).collect();
        parts.join("/").replace("//", "/").replace(char::is_control, "\u{fffd}")
    }
}

/// Files below `folder` (relative to the workspace) that none of `patterns` fits, sorted: nobody reads them. What the
/// system itself leaves there (hidden files, Excel's own marks, the empty `.lock` that follows a CSV) is not a person's.
///
/// # Errors
/// As for [`scan`]; a folder that cannot be read says nothing here.
pub fn not_taken(workspace: &Path, folder: &str, patterns: &[String]) -> Result<Vec<Untaken>, DiskError> {
    let Scan { found, skipped, .. } = scan(workspace, patterns)?;
    let names = found.into_iter().map(|found| found.name).chain(skipped.into_iter().map(|skipped| skipped.name));
    let (walk, taken) = (Walk::new(workspace), names.collect::<BTreeSet<String>>());
    let mut left = Vec::new();
    let mut folders = vec![workspace.join(folder)];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = fs::read_dir(&folder) else { continue };
        for entry in entries.filter_map(Result::ok) {
            let (path, name) = (entry.path(), nfc(&entry.file_name()));
            let Ok(about) = fs::symlink_metadata(&path) else { continue };
            let shown = walk.shown(&path);
            // A link is followed where a pattern names it (a mounted share), as the scan does.
            let named = || about.is_symlink() && patterns.iter().any(|text| below(text, &shown)) && path.is_dir();
            if name.starts_with('.') {
                continue;
            } else if about.is_dir() || named() {
                folders.push(path);
            } else if !is_systems_own(&name, &about) && !taken.contains(&shown) {
                left.push(Untaken { temporary: is_temporary(&name), name: shown });
            }
        }
    }
    left.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(left)
}

fn below(pattern: &str, folder: &str) -> bool {
    let pattern: String = pattern.nfc().collect();
    pattern.trim_start_matches("./").strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

fn is_systems_own(name: &str, about: &Metadata) -> bool {
    let lower = name.to_lowercase();
    let marker = lower.ends_with(".lock") && about.len() == 0;
    marker || name.starts_with("~$") || lower == "thumbs.db" || lower == "desktop.ini"
}

fn is_temporary(name: &str) -> bool {
    let lower = name.to_lowercase();
    TEMPORARY_ENDS.iter().any(|end| lower.ends_with(end))
}

/// The newest folder in `reports/` (or another) whose name is a run's; `None` if there is none.
pub fn newest_run(folder: &Path) -> Option<RunId> {
    let entries = fs::read_dir(folder).ok()?;
    let names = entries.filter_map(Result::ok).filter_map(|entry| entry.file_name().into_string().ok());
    names.filter_map(|name| RunId::parse(&name)).max()
}

enum Step {
    Exactly(String),
    Like(Pattern),
    AnyDepth,
}

impl Step {
    fn read(part: &str) -> Option<Step> {
        if part == "**" {
            return Some(Step::AnyDepth);
        }
        if !part.contains(['*', '?', '[']) {
            return Some(Step::Exactly(part.to_owned()));
        }
        Pattern::new(part).ok().map(Step::Like)
    }

    fn fits(&self, name: &str) -> bool {
        match self {
            Step::Exactly(exactly) => exactly == name,
            Step::Like(pattern) => pattern.matches_with(name, HOW),
            Step::AnyDepth => true,
        }
    }
}

/// The entry of this name, in whatever Unicode form the disk has it.
fn exact(folder: &Path, name: &str) -> Option<PathBuf> {
    let straight = folder.join(name);
    if straight.exists() {
        return Some(straight);
    }
    let entries = fs::read_dir(folder).ok()?;
    entries.filter_map(Result::ok).find(|entry| nfc(&entry.file_name()) == name).map(|entry| entry.path())
}

fn nfc(name: &OsStr) -> String {
    name.to_string_lossy().nfc().collect()
}

const TEMPORARY_ENDS: [&str; 8] =
    [".tmp", ".temp", ".part", ".partial", ".crdownload", ".download", ".filepart", ".lock"];

fn unfit(name: &str, about: &Metadata) -> Option<Why> {
    let lower = name.to_lowercase();
    if name.starts_with("~$") || is_temporary(name) {
        return Some(delivering::FILE_TEMPORARY.plain());
    }
    if name.starts_with('.') || lower == "thumbs.db" || lower == "desktop.ini" {
        return Some(delivering::FILE_HIDDEN.plain());
    }
    if about.is_symlink() {
        return Some(delivering::FILE_LINK.plain());
    }
    (!about.is_file()).then(|| delivering::FILE_NOT_REGULAR.plain())
}

/// The empty `.lock` of the same stem that some systems write **after** the CSV to say that it is whole.
pub(super) fn marker(path: &Path) -> Option<PathBuf> {
    let marker = path.with_extension("lock");
    let about = fs::symlink_metadata(&marker).ok()?;
    (about.is_file() && about.len() == 0 && marker != path).then_some(marker)
}

fn marked_whole(found: &Found) -> bool {
    let written = |path: PathBuf| fs::symlink_metadata(path).and_then(|about| about.modified()).ok();
    marker(&found.path).and_then(written).is_some_and(|marked| marked >= found.mtime)
}

/// Sorts out files that are still being written. A file untouched for `quiet` (or marked whole) is ready
/// at once; the others are watched together for up to twice that and then left for the next run.
/// `now` and `sleep` are passed in, so that a simulated night does not wait.
pub fn wait_quiet(
    found: Vec<Found>,
    quiet: Duration,
    now: &dyn Fn() -> SystemTime,
    sleep: &mut dyn FnMut(Duration),
) -> Quiet {
    let mut out = Quiet::default();
    let mut young = Vec::new();
    for file in found {
        let age = now().duration_since(file.mtime);
        if quiet.is_zero() || age.is_ok_and(|age| age >= quiet) || marked_whole(&file) {
            out.ready.push(file);
        } else {
            young.push((file, Duration::ZERO));
        }
    }
    let step = (quiet / 10).clamp(Duration::from_millis(20), Duration::from_secs(1));
    let mut waited = Duration::ZERO;
    while !young.is_empty() && waited < quiet * 2 {
        sleep(step);
        waited += step;
        let mut still = Vec::new();
        for (file, calm) in young {
            match look_again(&file) {
                None => out.left.push(Skipped { name: file.name, why: delivering::FILE_GONE.plain() }),
                Some(again) => {
                    let unchanged = (again.size, again.mtime) == (file.size, file.mtime);
                    let calm = if unchanged { calm + step } else { Duration::ZERO };
                    let old = now().duration_since(again.mtime).is_ok_and(|age| age >= quiet);
                    // Calm as watched counts too: the share's clock may be ahead of ours.
                    if (old && unchanged) || calm >= quiet || marked_whole(&again) {
                        out.ready.push(again);
                    } else {
                        still.push((again, calm));
                    }
                }
            }
        }
        young = still;
    }
    let seconds = quiet.as_secs().to_string();
    for (file, _) in young {
        let why = delivering::FILE_GROWING.with([("seconds", seconds.clone())]);
        out.left.push(Skipped { name: file.name, why });
    }
    out.ready.sort_by(|a, b| a.name.cmp(&b.name));
    out.left.sort_by(|a, b| a.name.cmp(&b.name));
    out
}

fn look_again(file: &Found) -> Option<Found> {
    let about = fs::symlink_metadata(&file.path).ok().filter(Metadata::is_file)?;
    Some(Found { size: about.len(), mtime: about.modified().ok()?, ..file.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    fn shop() -> tempfile::TempDir {
        let shop = tempfile::tempdir().unwrap();
        fs::create_dir_all(shop.path().join("inbox/yamato/old")).unwrap();
        for name in ["b.csv", "a.CSV", "~$a.csv", ".a.csv", "note.txt", "a.csv.part", "c.csv", "\u{30ab}\u{3099}.csv"] {
            fs::write(shop.path().join("inbox/yamato").join(name), name).unwrap();
        }
        fs::write(shop.path().join("inbox/yamato/old/d.csv"), "d").unwrap();
        fs::create_dir(shop.path().join("inbox/yamato/folder.csv")).unwrap();
        shop
    }

    fn check(patterns: &[&str], expect: &[&str]) -> Scan {
        let shop = shop();
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink("elsewhere.csv", shop.path().join("inbox/yamato/link.csv")).unwrap();
            let fifo = shop.path().join("inbox/yamato/pipe.csv").into_os_string().into_encoded_bytes();
            let fifo = std::ffi::CString::new(fifo).unwrap();
            // SAFETY: a valid, terminated path.
            assert_eq!(unsafe { libc::mkfifo(fifo.as_ptr(), 0o600) }, 0);
        }
        let patterns: Vec<String> = patterns.iter().map(|text| (*text).to_owned()).collect();
        let seen = scan(shop.path(), &patterns).unwrap();
        let names: Vec<&str> = seen.found.iter().map(|found| found.name.as_str()).collect();
        assert_eq!(names, expect, "{patterns:?}");
        seen
    }

    #[test]
    fn files_come_sorted_and_once() {
        let all = ["inbox/yamato/a.CSV", "inbox/yamato/b.csv", "inbox/yamato/c.csv", "inbox/yamato/ガ.csv"];
        check(&["inbox/yamato/*.csv", "inbox/yamato/?.csv"], &all);
        check(&["inbox/yamato/ガ.csv"], &["inbox/yamato/ガ.csv"]);
        check(&["./inbox/*/[bc].csv"], &["inbox/yamato/b.csv", "inbox/yamato/c.csv"]);
        check(&["inbox/**/d.csv"], &["inbox/yamato/old/d.csv"]);
        check(&["inbox/none.csv"], &[]);
    }

    #[test]
    fn what_is_passed_over_has_a_reason() {
        let seen = check(
            &["inbox/yamato/*.csv"],
            &["inbox/yamato/a.CSV", "inbox/yamato/b.csv", "inbox/yamato/c.csv", "inbox/yamato/ガ.csv"],
        );
        let why: BTreeMap<&str, &str> =
            seen.skipped.iter().map(|skipped| (skipped.name.as_str(), skipped.why.code())).collect();
        assert_eq!(why["inbox/yamato/~$a.csv"], "file-temporary");
        assert_eq!(why["inbox/yamato/.a.csv"], "file-hidden");
        assert_eq!(why["inbox/yamato/folder.csv"], "file-not-regular");
        #[cfg(unix)]
        {
            assert_eq!(why["inbox/yamato/link.csv"], "file-link");
            assert_eq!(why["inbox/yamato/pipe.csv"], "file-not-regular");
        }
    }

    #[test]
    fn what_no_pattern_fits_is_named_and_the_systems_own_is_not() {
        let shop = shop();
        for name in ["inbox/loose.csv", "inbox/yamato/thumbs.db", "inbox/yamato/b.lock"] {
            fs::write(shop.path().join(name), "").unwrap();
        }
        let left = not_taken(shop.path(), "inbox", &["inbox/yamato/*.csv".into()]).unwrap();
        let left: Vec<(&str, bool)> = left.iter().map(|one| (one.name.as_str(), one.temporary)).collect();
        let expect = [
            ("inbox/loose.csv", false),
            ("inbox/yamato/a.csv.part", true),
            ("inbox/yamato/note.txt", false),
            ("inbox/yamato/old/d.csv", false),
        ];
        assert_eq!(left, expect);
        let all = ["inbox/*", "inbox/**/*.csv", "inbox/yamato/*"].map(str::to_owned);
        assert_eq!(not_taken(shop.path(), "inbox", &all).unwrap(), []);
        assert_eq!(not_taken(shop.path(), "none", &all).unwrap(), []);
    }

    #[test]
    fn a_missing_folder_is_not_an_empty_one() {
        assert_eq!(check(&["inbox/sagawa/*.csv"], &[]).blind[0].why.code(), "folder-missing");
        assert_eq!(check(&["../other/*.csv"], &[]).blind[0].why.code(), "pattern-bad");
        assert_eq!(check(&["inbox/yamato"], &[]).blind[0].why.code(), "pattern-bad");
    }

    #[test]
    fn the_newest_run_is_known_by_its_folder() {
        let shop = tempfile::tempdir().unwrap();
        assert_eq!(newest_run(shop.path()), None);
        for name in ["20261123T213000-0001", "20261124T213000-00ff", "最新.html", "99999999"] {
            fs::create_dir(shop.path().join(name)).unwrap();
        }
        assert_eq!(newest_run(shop.path()).unwrap().as_str(), "20261124T213000-00ff");
    }

    fn watch(grow_until: u32) -> (Quiet, Duration) {
        let shop = tempfile::tempdir().unwrap();
        let path = shop.path().join("x.csv");
        fs::write(&path, "1").unwrap();
        let seen = scan(shop.path(), &["*.csv".into()]).unwrap();
        let start = seen.found[0].mtime;
        let passed = Cell::new(Duration::ZERO);
        let mut beats = 0;
        let quiet = wait_quiet(seen.found, Duration::from_secs(5), &|| start + passed.get(), &mut |span| {
            passed.set(passed.get() + span);
            beats += 1;
            if beats <= grow_until {
                let mut text = fs::read(&path).unwrap();
                text.push(b'1');
                fs::write(&path, text).unwrap();
                let file = fs::File::options().write(true).open(&path).unwrap();
                file.set_modified(start + passed.get()).unwrap();
            }
        });
        (quiet, passed.get())
    }

    #[test]
    fn a_growing_file_is_waited_for_and_then_left() {
        let (quiet, passed) = watch(0);
        assert_eq!((quiet.ready.len(), quiet.left.len()), (1, 0));
        assert!(passed <= Duration::from_secs(6), "{passed:?}");
        let (quiet, _) = watch(6);
        assert_eq!((quiet.ready.len(), quiet.ready[0].size), (1, 7));
        let (quiet, passed) = watch(u32::MAX);
        assert_eq!((quiet.ready.len(), quiet.left[0].why.code()), (0, "file-growing"));
        assert_eq!(passed, Duration::from_secs(10));
    }

    #[test]
    fn a_marker_of_the_same_stem_ends_the_wait() {
        let shop = tempfile::tempdir().unwrap();
        fs::write(shop.path().join("x.csv"), "1").unwrap();
        fs::write(shop.path().join("x.lock"), "").unwrap();
        let seen = scan(shop.path(), &["*.csv".into()]).unwrap();
        let start = seen.found[0].mtime;
        let quiet = wait_quiet(seen.found, Duration::from_secs(5), &|| start, &mut |_| panic!("waited"));
        assert_eq!(quiet.ready.len(), 1);
    }
}
