//! The workspace on disk: finding it, reading the files people write in it, making a new one.
//! It hands texts over as they are; what they mean is settled elsewhere.

// The disk is this file's business.
#![allow(clippy::disallowed_methods)]

use crate::model::words::{Why, setting};
use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read as _, Write as _};
use std::path::{Component, Path, PathBuf};

/// Settings are written by hand; a bigger file is the wrong one.
const SETTING_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// The file that makes a folder a workspace.
pub const SHOPS_FILE: &str = "denpyo.toml";

/// A text of the workspace with the name a person knows it by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingFile {
    /// Relative to the workspace with `/`, or as given if it lies elsewhere.
    pub name: String,
    pub text: String,
}

/// A folder with a `denpyo.toml`.
#[derive(Clone, Debug)]
pub struct Workspace {
    root: PathBuf,
    shops: SettingFile,
}

/// Opens the workspace in `dir` (where `-C` points, or here).
///
/// # Errors
/// There is no `denpyo.toml`, or it cannot be read as UTF-8.
pub fn open(dir: &Path) -> Result<Workspace, Why> {
    if !dir.join(SHOPS_FILE).is_file() {
        return Err(setting::WORKSPACE_MISSING.with([("dir", dir.display().to_string())]));
    }
    // Absolute, so that it stays right whatever happens to the working folder; links are left as the shop made them.
    let root = std::path::absolute(dir).map_err(|cause| unreadable(&dir.display().to_string(), &cause))?;
    let shops = SettingFile { name: SHOPS_FILE.to_owned(), text: read(&root.join(SHOPS_FILE), SHOPS_FILE)? };
    Ok(Workspace { root, shops })
}

impl Workspace {
    /// The workspace's folder, absolute.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// `denpyo.toml`.
    pub fn shops(&self) -> &SettingFile {
        &self.shops
    }

    /// A pipeline file as named on the command line: a path from the workspace, or the bare name of one in `pipelines/`.
    ///
    /// # Errors
    /// There is no such file, or it cannot be read as UTF-8.
    pub fn pipeline(&self, given: &Path) -> Result<SettingFile, Vec<Why>> {
        // Of a name that leads nowhere, what the person typed is shown, not what was tried.
        let path = self.place(given).unwrap_or_else(|| self.root.join(given));
        let name = self.name_of(&path);
        let text = read(&path, &name).map_err(|why| vec![why])?;
        Ok(SettingFile { name, text })
    }

    /// Whether such a name leads to a file.
    pub fn has_pipeline(&self, given: &Path) -> bool {
        self.place(given).is_some()
    }

    fn place(&self, given: &Path) -> Option<PathBuf> {
        let below = self.root.join("pipelines").join(given);
        let bare = given.components().count() == 1;
        let places = [self.root.join(given)].into_iter().chain(bare.then(|| below.clone()));
        places.chain(bare.then(|| below.with_extension("toml"))).find(|path| path.exists())
    }

    /// The names that a pipeline can be called by, as far as they can be read.
    pub fn pipeline_names(&self) -> Vec<String> {
        self.folder("pipelines").map(|files| files.into_keys().collect()).unwrap_or_default()
    }

    /// All files `pipelines/*.toml`, in order of name.
    ///
    /// # Errors
    /// Each file that cannot be read, with its reason.
    pub fn pipelines(&self) -> Result<Vec<SettingFile>, Vec<Why>> {
        self.folder("pipelines").map(|files| files.into_values().collect())
    }

    /// The shop's own layouts, `layouts/*.toml`: stem → file.
    ///
    /// # Errors
    /// Each file that cannot be read, with its reason.
    pub fn layouts(&self) -> Result<BTreeMap<String, SettingFile>, Vec<Why>> {
        self.folder("layouts")
    }

    fn folder(&self, folder: &str) -> Result<BTreeMap<String, SettingFile>, Vec<Why>> {
        let mut files = BTreeMap::new();
        let mut faults = Vec::new();
        let entries = match fs::read_dir(self.root.join(folder)) {
            Ok(entries) => entries,
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(files),
            Err(cause) => return Err(vec![unreadable(folder, &cause)]),
        };
        for entry in entries {
            let path = match entry {
                Ok(entry) => entry.path(),
                Err(cause) => {
                    faults.push(unreadable(folder, &cause));
                    continue;
                }
            };
            let Some(stem) = path.file_stem().and_then(|stem| stem.to_str()) else { continue };
            // Editors leave `.name.toml.swp` and `._name.toml` beside the file.
            if path.extension().is_none_or(|extension| extension != "toml") || stem.starts_with('.') || !path.is_file()
            {
                continue;
            }
            let name = self.name_of(&path);
            match read(&path, &name) {
                Ok(text) => {
                    files.insert(stem.to_owned(), SettingFile { name, text });
                }
                Err(why) => faults.push(why),
            }
        }
        if faults.is_empty() { Ok(files) } else { Err(faults) }
    }

    fn name_of(&self, path: &Path) -> String {
        let Ok(below) = path.strip_prefix(&self.root) else { return path.display().to_string() };
        let parts: Vec<_> = below
            .components()
            .filter(|part| !matches!(part, Component::CurDir))
            .map(|part| part.as_os_str().to_string_lossy())
            .collect();
        parts.join("/")
    }
}

fn unreadable(name: &str, cause: &io::Error) -> Why {
    setting::SETTING_FILE_UNREADABLE.with([("file", name.to_owned()), ("cause", cause.kind().to_string())])
}

fn read(path: &Path, name: &str) -> Result<String, Why> {
    let file = fs::File::open(path).map_err(|cause| unreadable(name, &cause))?;
    let mut bytes = Vec::new();
    file.take(SETTING_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(|cause| unreadable(name, &cause))?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length > SETTING_BYTES_MAX) {
        let limit = SETTING_BYTES_MAX.to_string();
        return Err(setting::SETTING_FILE_TOO_BIG.with([("file", name.to_owned()), ("limit", limit)]));
    }
    String::from_utf8(bytes).map_err(|error| {
        let good = error.utf8_error().valid_up_to();
        let line = error.as_bytes().iter().take(good).filter(|byte| **byte == b'\n').count() + 1;
        setting::SETTING_FILE_NOT_UTF8.with([("file", name.to_owned()), ("line", line.to_string())])
    })
}

/// A small file of the shop's own beside the pipeline (a key list, a table to look things up in).
///
/// # Errors
/// It cannot be read, or is larger than 64 MiB.
pub fn read_side_file(path: &Path) -> io::Result<Vec<u8>> {
    let file = fs::File::open(path)?;
    let mut bytes = Vec::new();
    file.take(SIDE_FILE_BYTES_MAX + 1).read_to_end(&mut bytes)?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length > SIDE_FILE_BYTES_MAX) {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, "larger than 64 MiB"));
    }
    Ok(bytes)
}

/// A table to look things up in is held in memory whole.
const SIDE_FILE_BYTES_MAX: u64 = 64 << 20;

/// Folders of a new workspace.
pub const FOLDERS: [&str; 14] = [
    "pipelines",
    "layouts",
    "inbox",
    "inbox/yamato",
    "inbox/sagawa",
    "inbox/corrections",
    "inbox/cancellations",
    "inbox/approved",
    "outbox",
    "review",
    "errors",
    "archive",
    "reports",
    "state",
];

/// Files of a new workspace.
pub const TEMPLATES: [(&str, &str); 4] = [
    (SHOPS_FILE, include_str!("templates/denpyo.toml")),
    ("pipelines/nightly.toml", include_str!("templates/nightly.toml")),
    ("layouts/README.md", include_str!("templates/layouts.md")),
    (".gitignore", include_str!("templates/gitignore")),
];

/// Makes an empty workspace in `dir`, which need not exist; gives the paths made, relative to it.
///
/// Nothing that is there is touched: one of the files standing already stops it before anything is made.
///
/// # Errors
/// A file is there already, or a folder or file cannot be made.
pub fn init(dir: &Path) -> Result<Vec<String>, Why> {
    for (name, _) in TEMPLATES {
        // A shop's own `.gitignore` is no reason to refuse; it is simply left alone below.
        if name != ".gitignore" && dir.join(name).exists() {
            let shown = dir.join(name).display().to_string();
            return Err(setting::WORKSPACE_THERE.with([("file", shown)]));
        }
    }
    let unwritable = |name: &str, cause: &io::Error| {
        let file = dir.join(name).display().to_string();
        setting::WORKSPACE_UNWRITABLE.with([("file", file), ("cause", cause.kind().to_string())])
    };
    let mut made = Vec::new();
    for name in FOLDERS {
        let path = dir.join(name);
        if !path.is_dir() {
            fs::create_dir_all(&path).map_err(|cause| unwritable(name, &cause))?;
            made.push(format!("{name}/"));
        }
        if name == "state" {
            close_to_others(&path).map_err(|cause| unwritable(name, &cause))?;
        }
    }
    for (name, text) in TEMPLATES {
        let path = dir.join(name);
        match fs::File::create_new(&path) {
            Ok(mut file) => {
                file.write_all(text.as_bytes())
                    .and_then(|()| file.sync_all())
                    .map_err(|cause| unwritable(name, &cause))?;
                made.push(name.to_owned());
            }
            Err(cause) if cause.kind() == io::ErrorKind::AlreadyExists && name == ".gitignore" => {}
            Err(cause) => return Err(unwritable(name, &cause)),
        }
    }
    Ok(made)
}

/// The ledger and the work copies are nobody else's business.
#[cfg(unix)]
fn close_to_others(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(0o700))
}

#[cfg(not(unix))]
fn close_to_others(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A name as given on the command line, and the name of the file found or the code of the fault.
    fn check(workspace: &Workspace, given: &str, expect: Result<&str, &str>) {
        let found = workspace.pipeline(Path::new(given));
        let found = found
            .as_ref()
            .map(|file| file.name.as_str())
            .map_err(|faults| faults.first().map(Why::code).unwrap_or_default());
        assert_eq!(found, expect, "{given}");
    }

    #[test]
    fn what_init_makes_can_be_opened() {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path().join("my-shop");
        let made = init(&dir).unwrap();
        assert!(made.contains(&"pipelines/nightly.toml".to_owned()));
        assert!(dir.join("inbox/yamato").is_dir());
        let workspace = open(&dir).unwrap();
        check(&workspace, "pipelines/nightly.toml", Ok("pipelines/nightly.toml"));
        check(&workspace, "./pipelines/nightly.toml", Ok("pipelines/nightly.toml"));
        check(&workspace, "nightly", Ok("pipelines/nightly.toml"));
        check(&workspace, "nightly.toml", Ok("pipelines/nightly.toml"));
        check(&workspace, "weekly", Err("setting-file-unreadable"));
        assert_eq!(workspace.pipelines().unwrap().len(), 1);
        assert!(workspace.layouts().unwrap().is_empty());
    }

    #[test]
    fn init_touches_nothing_that_is_there() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(SHOPS_FILE), "mine").unwrap();
        assert_eq!(init(folder.path()).err().map(|why| why.code()), Some("workspace-there"));
        assert_eq!(fs::read_to_string(folder.path().join(SHOPS_FILE)).unwrap(), "mine");
        assert!(!folder.path().join("inbox").exists());
    }

    #[test]
    fn a_folder_without_shops_is_no_workspace_and_shift_jis_is_said() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(open(folder.path()).err().map(|why| why.code()), Some("workspace-missing"));
        fs::write(folder.path().join(SHOPS_FILE), b"# \n# \x93\x58\n").unwrap();
        let why = open(folder.path()).err().unwrap();
        assert_eq!((why.code(), why.values.get("line").map(String::as_str)), ("setting-file-not-utf8", Some("2")));
    }
}
