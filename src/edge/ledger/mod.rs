//! The shop's memory: what was intended, sent and answered, which files and rows came to rest, what an
//! order looked like when it was adopted. One SQLite file for all shops, every entry addressed by shop.
//! What is written here is on the disk before the call returns; that, and the order of the states of an
//! intent, is all it vouches for. It decides nothing, keeps no body of a request and no buyer's data, and
//! does not know RMS. Another store can stand behind [`Ledger`].

#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    reason = "disk, clock and environment are the hands' own business"
)]

mod baseline;
mod downloads;
mod files;
mod intents;
mod rows;
mod runs;
mod schema;
mod story;

pub use baseline::{Baseline, Baselines, KeyMemory};
pub use downloads::{Download, Downloads};
pub use files::{FileMemory, Files};
pub use intents::{IntentMemory, Intents, QueuedRequest, Recovered, kept_key, veil};
pub use rows::{RowMemory, RowRest, Rows, WaitingRow};
pub use runs::{RunMemory, Runs};
pub use story::{Story, StoryLine};

use crate::edge::crash;
use crate::edge::files::{DiskError, make_folder, write_private};
use crate::model::day::Moment;
use crate::model::exit::{Exit, Stop};
use crate::model::ids::ShopName;
use crate::model::words::{Why, delivering};
use rusqlite::{Connection, ErrorCode, OpenFlags, Transaction, TransactionBehavior};
use serde::{Deserialize, Serialize};
use std::cell::Cell;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Everything that must be remembered. Split by noun; a store implements all of them.
pub trait Ledger: Runs + Files + Rows + Intents + Baselines + Downloads + Story {
    /// The faults the store finds in itself; empty = sound. Reads everything.
    ///
    /// # Errors
    /// Trouble with the store.
    fn integrity(&self) -> Result<Vec<String>, LedgerError>;

    /// Forgets what came to rest before that moment: runs, stories, settled files and rows, closed
    /// intents. What is open, waits, or is a baseline stays whatever its age. Gives the number of entries dropped.
    ///
    /// # Errors
    /// Trouble with the store.
    fn purge(&self, shop: &ShopName, before: Moment) -> Result<u64, LedgerError>;
}

/// What went wrong, as far as it matters to what happens next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Written by a newer version.
    Newer,
    /// Not ours, empty, zeroed or broken: nothing may be sent on its word.
    Unusable,
    /// Another program has it.
    Busy,
    /// Disk full, rights, I/O.
    Disk,
    /// The disk does not give what "durable" needs.
    Unsafe,
    /// An entry that this version cannot understand.
    Entry,
}

/// Trouble with the ledger, in words. Whatever it is: nothing is sent after it.
#[derive(Debug, thiserror::Error)]
#[error("{trouble:?}: {}", .why.code())]
pub struct LedgerError {
    pub trouble: Trouble,
    pub why: Box<Why>,
}

impl LedgerError {
    fn new(trouble: Trouble, why: Why) -> LedgerError {
        LedgerError { trouble, why: Box::new(why) }
    }

    fn entry(detail: impl ToString) -> LedgerError {
        LedgerError::new(Trouble::Entry, delivering::LEDGER_ENTRY.with([("detail", detail.to_string())]))
    }

    fn at(mut self, path: &Path) -> LedgerError {
        if self.why.values.get("path").is_some() {
            self.why.values.insert("path", path.display().to_string());
        }
        self
    }
}

impl From<DiskError> for LedgerError {
    fn from(error: DiskError) -> LedgerError {
        LedgerError::new(Trouble::Disk, error.why().clone())
    }
}

impl From<rusqlite::Error> for LedgerError {
    fn from(error: rusqlite::Error) -> LedgerError {
        let detail = ("detail", error.to_string());
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                let values = [("path", String::new()), detail];
                LedgerError::new(Trouble::Unusable, delivering::LEDGER_DAMAGED.with(values))
            }
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
                LedgerError::new(Trouble::Busy, delivering::LEDGER_BUSY.plain())
            }
            Some(
                ErrorCode::DiskFull
                | ErrorCode::SystemIoFailure
                | ErrorCode::ReadOnly
                | ErrorCode::CannotOpen
                | ErrorCode::PermissionDenied,
            ) => LedgerError::new(Trouble::Disk, delivering::LEDGER_IO.with([detail])),
            _ => LedgerError::new(Trouble::Entry, delivering::LEDGER_ENTRY.with([detail])),
        }
    }
}

impl From<LedgerError> for Stop {
    fn from(error: LedgerError) -> Stop {
        let exit = match error.trouble {
            Trouble::Busy => Exit::TryLater,
            Trouble::Disk => Exit::Io,
            Trouble::Newer | Trouble::Unusable | Trouble::Unsafe => Exit::CannotCreate,
            Trouble::Entry => Exit::Bug,
        };
        Stop::new(exit, *error.why)
    }
}

/// What opening found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// Newly made, or older than it once was: every order concerned must be read before anything is
    /// sent. [`Baselines::look_first`] says so per shop, until that shop's looking is done.
    pub fresh: bool,
    /// What to tell people about it.
    pub why: Option<Why>,
    /// The copy made before the ledger was brought to this version's form.
    pub backup: Option<PathBuf>,
}

/// The ledger in one SQLite file.
pub struct SqliteLedger {
    conn: Connection,
    path: PathBuf,
    epoch: Cell<i64>,
}

/// What the mark beside the ledger remembers of it, to notice that an older copy was put in its place.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Mark {
    id: String,
    opened: i64,
    inode: u64,
}

/// Opens the ledger, makes it if there is none, brings an older one to today's form (after a copy).
///
/// # Errors
/// A ledger that is newer, not ours, empty, damaged or not durable is refused and left as it is.
pub fn open(path: &Path, now: Moment) -> Result<(SqliteLedger, Opened), LedgerError> {
    open_with(path, now, schema::MIGRATIONS)
}

fn open_with(path: &Path, now: Moment, migrations: &[&str]) -> Result<(SqliteLedger, Opened), LedgerError> {
    let folder = path.parent().unwrap_or(Path::new("."));
    make_folder(folder)?;
    // Making, migrating and comparing with the mark must not run twice at once; held for milliseconds.
    let _turn = turn(path)?;
    let made = match fs::symlink_metadata(path) {
        Ok(_) => false,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            make(path, now, migrations)?;
            true
        }
        Err(error) => return Err(DiskError::touching(path, error).into()),
    };
    precheck(path)?;
    let opened = (|| {
        let conn = connect(path)?;
        let version: i64 = conn.pragma_query_value(None, "user_version", |row| row.get(0))?;
        let ours: i64 = conn.pragma_query_value(None, "application_id", |row| row.get(0))?;
        if ours != schema::APPLICATION_ID || version < 1 {
            return Err(foreign(path));
        }
        let known = migrations.len() as i64;
        if version > known {
            let values = [("path", String::new()), ("found", version.to_string()), ("known", known.to_string())];
            return Err(LedgerError::new(Trouble::Newer, delivering::LEDGER_NEWER.with(values)));
        }
        let said: String = conn.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
        if said != "ok" {
            let values = [("path", String::new()), ("detail", said)];
            return Err(LedgerError::new(Trouble::Unusable, delivering::LEDGER_DAMAGED.with(values)));
        }
        make_safe(&conn)?;
        let backup = (version < known).then(|| back_up(&conn, path, version)).transpose()?;
        schema::migrate(&conn, migrations)?;
        let ledger = SqliteLedger { conn, path: path.to_path_buf(), epoch: Cell::new(0) };
        let fresh = ledger.count_opening(made)?;
        Ok((ledger, fresh, backup))
    })();
    let (ledger, fresh, backup) = opened.map_err(|error: LedgerError| sharpen(path, error.at(path)))?;
    crash::point("ledger.opened");
    let why = match (made, fresh) {
        (true, _) => Some(delivering::LEDGER_FRESH.plain()),
        (false, true) => Some(delivering::LEDGER_RESTORED.plain()),
        (false, false) => None,
    };
    Ok((ledger, Opened { fresh, why, backup }))
}

/// `ledger.db` and a suffix, beside it.
fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// Half a minute for a turn that takes milliseconds, or a second when a big ledger is checked.
const TURN_TRIES: u32 = 1_500;
const TURN_STEP: Duration = Duration::from_millis(20);

fn turn(path: &Path) -> Result<File, LedgerError> {
    let path = beside(path, ".opening");
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600).custom_flags(libc::O_NOFOLLOW);
    }
    let file = options.open(&path).map_err(|error| DiskError::creating(&path, error))?;
    // Not without end: whoever has the turn may have been stopped in the middle of it.
    for _ in 0..TURN_TRIES {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) => std::thread::sleep(TURN_STEP),
            Err(TryLockError::Error(error)) => return Err(DiskError::touching(&path, error).into()),
        }
    }
    Err(LedgerError::new(Trouble::Busy, delivering::LEDGER_BUSY.plain()))
}

/// Makes the ledger whole under a passing name and only then gives it its own: an empty file under the
/// real name is always damage, never a beginning.
fn make(path: &Path, now: Moment, migrations: &[&str]) -> Result<(), LedgerError> {
    // A log left behind by a ledger that is gone would be played into the new one.
    for suffix in ["-wal", "-shm"] {
        let orphan = beside(path, suffix);
        if fs::symlink_metadata(&orphan).is_ok() {
            let aside = beside(&orphan, &format!(".orphan-{}", now.compact()));
            fs::rename(&orphan, &aside).map_err(|error| DiskError::touching(&orphan, error))?;
        }
    }
    let passing = beside(path, ".making");
    for suffix in ["", "-wal", "-shm", "-journal"] {
        let left = beside(&passing, suffix);
        match fs::remove_file(&left) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(DiskError::touching(&left, error).into());
            }
            _ => {}
        }
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(&passing).map_err(|error| DiskError::creating(&passing, error))?;
    {
        let conn = connect(&passing)?;
        conn.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
        make_safe(&conn)?;
        conn.pragma_update(None, "application_id", schema::APPLICATION_ID)?;
        schema::migrate(&conn, migrations)?;
        conn.execute(
            "INSERT INTO ledger(one, id, epoch, opened, made_at) VALUES (1, lower(hex(randomblob(8))), 1, 0, ?1)",
            [now.unix()],
        )?;
        conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
        conn.close().map_err(|(_, error)| error)?;
    }
    crash::point("ledger.making");
    let touching = |error| DiskError::touching(&passing, error);
    File::open(&passing).and_then(|file| file.sync_all()).map_err(touching)?;
    fs::rename(&passing, path).map_err(|error| DiskError::creating(path, error))?;
    crate::edge::files::sync_folder(path.parent().unwrap_or(Path::new(".")))?;
    crash::point("ledger.made");
    Ok(())
}

/// What must hold before SQLite sees the file: it would take an empty one for a new ledger. The file is
/// not opened here, since closing it again would drop the locks of another ledger handle in this process.
fn precheck(path: &Path) -> Result<(), LedgerError> {
    let touching = |error| LedgerError::from(DiskError::touching(path, error));
    let about = fs::symlink_metadata(path).map_err(touching)?;
    if !about.is_file() {
        return Err(foreign(path));
    }
    if about.len() == 0 {
        return Err(empty(path));
    }
    // Less than the smallest page: SQLite would read the missing part as zeros.
    if about.len() < 512 {
        let values = [("path", path.display().to_string()), ("detail", format!("{} bytes", about.len()))];
        return Err(sharpen(path, LedgerError::new(Trouble::Unusable, delivering::LEDGER_DAMAGED.with(values))));
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(path, fs::Permissions::from_mode(0o600)).map_err(touching)?;
    }
    Ok(())
}

/// Says more exactly why SQLite would not have the file: not ours, zeroed, or ours and broken.
fn sharpen(path: &Path, error: LedgerError) -> LedgerError {
    if error.why.code() != delivering::LEDGER_DAMAGED.code {
        return error;
    }
    let mut head = Vec::new();
    let read = crate::edge::files::open_plain(path).and_then(|file| file.take(100).read_to_end(&mut head));
    match read {
        Ok(_) if head.iter().all(|byte| *byte == 0) => empty(path),
        Ok(_) if !head.starts_with(b"SQLite format 3\0") => foreign(path),
        _ => error,
    }
}

fn empty(path: &Path) -> LedgerError {
    let why = delivering::LEDGER_EMPTY.with([("path", path.display().to_string())]);
    LedgerError::new(Trouble::Unusable, why)
}

fn foreign(path: &Path) -> LedgerError {
    LedgerError::new(Trouble::Unusable, delivering::LEDGER_FOREIGN.with([("path", path.display().to_string())]))
}

fn connect(path: &Path) -> Result<Connection, LedgerError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_NOFOLLOW;
    // SQLite's "no follow" is about the whole path; only the last part is ours to judge.
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let real = fs::canonicalize(folder).map_err(|error| DiskError::touching(folder, error))?;
    let conn = Connection::open_with_flags(real.join(path.file_name().unwrap_or_default()), flags)?;
    conn.busy_timeout(Duration::from_secs(30))?;
    conn.set_prepared_statement_cache_capacity(64);
    Ok(conn)
}

/// WAL with full syncing, read back: with less, a power cut loses acknowledged commits.
fn make_safe(conn: &Connection) -> Result<(), LedgerError> {
    let unsafe_because = |setting: &str, found: String| {
        let values = [("setting", setting.to_owned()), ("found", found)];
        Err(LedgerError::new(Trouble::Unsafe, delivering::LEDGER_UNSAFE.with(values)))
    };
    let mode: String = conn.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))?;
    if mode != "wal" {
        return unsafe_because("journal_mode = WAL", mode);
    }
    conn.pragma_update(None, "synchronous", "FULL")?;
    let level: i64 = conn.pragma_query_value(None, "synchronous", |row| row.get(0))?;
    if level != 2 {
        return unsafe_because("synchronous = FULL", level.to_string());
    }
    conn.pragma_update(None, "foreign_keys", true)?;
    conn.pragma_update(None, "trusted_schema", false)?;
    conn.pragma_update(None, "cell_size_check", true)?;
    // Only macOS has the difference; elsewhere it is ignored.
    conn.pragma_update(None, "fullfsync", true)?;
    Ok(())
}

/// A copy of the ledger as it is, before its form changes. Never over an older copy.
fn back_up(conn: &Connection, path: &Path, version: i64) -> Result<PathBuf, LedgerError> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let creating = |error| DiskError::creating(path, error);
    let mut copy = tempfile::Builder::new().prefix(".backup-").tempfile_in(folder).map_err(creating)?;
    conn.backup(rusqlite::MAIN_DB, copy.path(), None::<fn(rusqlite::backup::Progress)>)?;
    copy.as_file().sync_all().map_err(creating)?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    for tries in 1.. {
        let target = folder.join(crate::edge::files::free_name(&format!("{name}.v{version}.bak"), tries));
        match copy.persist_noclobber(&target) {
            Ok(_) => {
                crate::edge::files::sync_folder(folder)?;
                return Ok(target);
            }
            Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => copy = error.file,
            Err(error) => return Err(creating(error.error).into()),
        }
    }
    unreachable!("the row of names has no end")
}

impl SqliteLedger {
    /// Counts this opening in the ledger and in the mark beside it, and compares the two first.
    fn count_opening(&self, made: bool) -> Result<bool, LedgerError> {
        let marked: Option<Mark> =
            fs::read(beside(&self.path, ".mark")).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
        let inode = inode(&self.path)?;
        let (mark, epoch, fresh) = self.write(|tx| {
            let (id, opened, epoch): (String, i64, i64) =
                tx.query_row("SELECT id, opened, epoch FROM ledger WHERE one = 1", [], |row| {
                    Ok((row.get(0)?, row.get(1)?, row.get(2)?))
                })?;
            // A copy put back has another inode, or counts fewer openings than the mark does.
            let as_left =
                marked.as_ref().is_some_and(|mark| mark.id == id && mark.opened <= opened && mark.inode == inode);
            let restored = !made && !as_left;
            let (opened, epoch) = (opened + 1, epoch + i64::from(restored));
            tx.execute("UPDATE ledger SET opened = ?1, epoch = ?2 WHERE one = 1", [opened, epoch])?;
            Ok((Mark { id, opened, inode }, epoch, made || restored))
        })?;
        self.epoch.set(epoch);
        let bytes = serde_json::to_vec(&mark).map_err(LedgerError::entry)?;
        write_private(&beside(&self.path, ".mark"), &bytes)?;
        Ok(fresh)
    }

    /// Raised whenever the ledger was made or found restored; kept with each attempt.
    pub fn epoch(&self) -> i64 {
        self.epoch.get()
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// One transaction, on the disk when this returns `Ok`.
    fn write<T>(&self, work: impl FnOnce(&Transaction<'_>) -> Result<T, LedgerError>) -> Result<T, LedgerError> {
        let done = (|| {
            let tx = Transaction::new_unchecked(&self.conn, TransactionBehavior::Immediate)?;
            let out = work(&tx)?;
            tx.commit()?;
            Ok(out)
        })();
        done.map_err(|error: LedgerError| error.at(&self.path))
    }

    fn read<T>(&self, work: impl FnOnce(&Connection) -> Result<T, LedgerError>) -> Result<T, LedgerError> {
        work(&self.conn).map_err(|error| error.at(&self.path))
    }
}

impl Ledger for SqliteLedger {
    fn integrity(&self) -> Result<Vec<String>, LedgerError> {
        self.read(|conn| {
            let mut query = conn.prepare("PRAGMA integrity_check")?;
            let said = query.query_map([], |row| row.get::<_, String>(0))?.collect::<Result<Vec<_>, _>>()?;
            Ok(said.into_iter().filter(|line| line != "ok").collect())
        })
    }

    fn purge(&self, shop: &ShopName, before: Moment) -> Result<u64, LedgerError> {
        let dropped = self.write(|tx| {
            let mut dropped = 0;
            for sql in schema::PURGE {
                dropped += tx.execute(sql, (&shop.0, before.unix()))? as u64;
            }
            Ok(dropped)
        })?;
        self.read(|conn| {
            // One page goes back with each step, so the statement is walked to its end.
            let mut give_back = conn.prepare("PRAGMA incremental_vacuum")?;
            let mut rows = give_back.query([])?;
            while rows.next()?.is_some() {}
            Ok(())
        })?;
        Ok(dropped)
    }
}

#[cfg(unix)]
fn inode(path: &Path) -> Result<u64, LedgerError> {
    use std::os::unix::fs::MetadataExt as _;
    let about = fs::metadata(path).map_err(|error| DiskError::touching(path, error))?;
    Ok(about.ino())
}

#[cfg(not(unix))]
fn inode(_: &Path) -> Result<u64, LedgerError> {
    Ok(0)
}

fn moment(unix: i64) -> Moment {
    Moment::from_unix(unix)
}

#[cfg(test)]
mod tests;
