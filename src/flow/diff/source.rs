//! One of the two files: how it is encoded, where its rows begin, which columns it has. Knows nothing of the other.

use super::{How, KeyColumn, ReadAt, Side, Trouble};
use crate::flow::decode;
use crate::flow::header::normalise_name;
use crate::flow::read::{Refusal, delimiter, halves, lossy, no_text};
use crate::flow::split::{self, count_lines};
use crate::model::rejection::FileRefusal;
use crate::model::sheet::Encoding;
use crate::model::words::reading;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::io;

/// Bytes looked at for the header, and at a time for the first text that is not ASCII.
const HEAD_BYTES: usize = 1 << 20;

/// A file ready to be cut.
pub(super) struct Source<'a> {
    pub side: Side,
    bytes: Store<'a>,
    /// Bytes that count: without a DOS end-of-file mark.
    pub size: u64,
    /// Where the first row begins, and the line ends before it.
    pub begin: u64,
    pub begin_lines: u64,
    pub delimiter: u8,
    pub encoding: Encoding,
    pub names: Vec<String>,
    /// The key's columns, from 0.
    pub key: Vec<usize>,
    pub file: String,
}

enum Store<'a> {
    Given(&'a dyn ReadAt),
    /// UTF-16 cannot be cut as it is; it is turned into UTF-8 in memory.
    Recoded(Vec<u8>),
}

impl Source<'_> {
    /// Fills `into` from `at`; fewer bytes only at the end.
    pub fn read(&self, at: u64, into: &mut [u8]) -> Result<usize, Trouble> {
        let want = usize::try_from(self.size.saturating_sub(at)).map_or(into.len(), |left| left.min(into.len()));
        let mut done = 0;
        while done < want {
            let place = at + done as u64;
            let count = match &self.bytes {
                Store::Given(bytes) => bytes.read_at(place, &mut into[done..want]),
                Store::Recoded(bytes) => bytes.read_at(place, &mut into[done..want]),
            }
            .map_err(|error| Trouble::Io(self.side, error))?;
            if count == 0 {
                let cut = io::Error::new(io::ErrorKind::UnexpectedEof, "the file became shorter while it was read");
                return Err(Trouble::Io(self.side, cut));
            }
            done += count;
        }
        Ok(done)
    }

    /// A key's column that stands twice would be taken by chance.
    fn key_once(&self) -> Result<(), Trouble> {
        for key in &self.key {
            let name = normalise_name(&self.names[*key]);
            let same: Vec<usize> =
                (0..self.names.len()).filter(|place| normalise_name(&self.names[*place]) == name).collect();
            if same.len() > 1 {
                let line = u32::try_from(self.begin_lines).unwrap_or(u32::MAX).max(1);
                return Err(Trouble::Refused(Refusal { file: &self.file }.twice(&self.names, &same, line)));
            }
        }
        Ok(())
    }

    /// Encodings whose bytes can be held against each other as they are.
    pub fn encoding_class(&self) -> u8 {
        match self.encoding {
            Encoding::Ascii => 0,
            Encoding::Utf8 | Encoding::Utf8Bom | Encoding::Utf16Le | Encoding::Utf16Be => 1,
            Encoding::Cp932 => 2,
        }
    }
}

/// Looks at the beginning of a file: encoding, delimiter, header, key.
pub(super) fn open<'a>(side: Side, given: &'a dyn ReadAt, how: &How) -> Result<Source<'a>, Trouble> {
    let file = how.files[side as usize].clone();
    let refusal = Refusal { file: &file };
    let mut source = Source {
        side,
        size: given.size(),
        bytes: Store::Given(given),
        begin: 0,
        begin_lines: 0,
        delimiter: b',',
        encoding: Encoding::Ascii,
        names: Vec::new(),
        key: Vec::new(),
        file: file.clone(),
    };
    let mut head = vec![0u8; HEAD_BYTES];
    let count = source.read(0, &mut head)?;
    head.truncate(count);
    if let Some(why) = no_text(&head) {
        return Err(Trouble::Refused(refusal.whole(why)));
    }
    let setting = how.encoding.as_deref();
    let refuse = |trouble| Trouble::Refused(refusal.undecodable(trouble, setting.unwrap_or("auto")));
    source.encoding = encoding(&source, &head, setting).map_err(|trouble| match trouble {
        Judged::Undecodable(trouble) => refuse(trouble),
        Judged::Trouble(trouble) => trouble,
    })?;
    if matches!(source.encoding, Encoding::Utf16Le | Encoding::Utf16Be) {
        let mut whole = vec![0u8; usize::try_from(source.size).unwrap_or(usize::MAX)];
        source.read(0, &mut whole)?;
        let text = decode::utf16(&whole, source.encoding).map_err(refuse)?.into_bytes();
        head = text[..text.len().min(HEAD_BYTES)].to_vec();
        source.size = text.len() as u64;
        source.bytes = Store::Recoded(text);
    }
    let mut last = [0u8];
    if source.size > 0 && source.read(source.size - 1, &mut last)? == 1 && last == [0x1a] {
        source.size -= 1;
        head.truncate(usize::try_from(source.size).unwrap_or(usize::MAX));
    }
    let text_begin = decode::bom_length(&head);
    source.delimiter = delimiter(&head[text_begin..], how.delimiter);
    if halves(source.delimiter, source.encoding) {
        return Err(Trouble::Refused(refusal.whole(reading::DELIMITER_HALVES.plain())));
    }
    source.begin = text_begin as u64;
    let mut found = split::first_record(&head, text_begin, source.delimiter);
    // What ends with the block may go on behind it.
    while found.as_ref().is_none_or(|(_, next)| *next >= head.len()) && (head.len() as u64) < source.size {
        let longer = u64::min(head.len() as u64 * 2, source.size);
        head.resize(usize::try_from(longer).unwrap_or(usize::MAX), 0);
        source.read(0, &mut head)?;
        found = split::first_record(&head, text_begin, source.delimiter);
    }
    let Some((first, next)) = found else {
        // Empty, or broken: the cut will say how.
        source.begin = source.begin.min(source.size);
        return Ok(source);
    };
    let cells = split::cells(&head[first], source.delimiter);
    let cells: Vec<String> = cells.iter().map(|cell| lossy(cell, source.encoding).trim().to_owned()).collect();
    if keys(how).any(|key| places(&cells, key).is_some()) {
        source.begin = next as u64;
        source.begin_lines = count_lines(&head[..next]);
        source.names = cells;
        return Ok(source);
    }
    let mut names = how.headerless.clone();
    let known = names.len();
    names.truncate(cells.len());
    names.extend((known..cells.len()).map(|place| format!("列{}", place + 1)));
    // A header that lacks the key is no row.
    if known == 0 || speaks_of(&cells, &how.headerless) {
        return Err(lacking(&source.file, &cells, &cells, how));
    }
    if !keys(how).any(|key| places(&names, key).is_some()) {
        return Err(lacking(&source.file, &names, &cells, how));
    }
    source.names = names;
    Ok(source)
}

/// The keys that would do, the best first.
fn keys(how: &How) -> impl Iterator<Item = &Vec<KeyColumn>> {
    std::iter::once(&how.key).chain(&how.fallbacks)
}

fn place(names: &[String], wanted: &KeyColumn) -> Option<usize> {
    std::iter::once(&wanted.name).chain(&wanted.aliases).find_map(|name| {
        let name = normalise_name(name);
        names.iter().position(|known| normalise_name(known) == name)
    })
}

/// Where all columns of a key stand.
fn places(names: &[String], key: &[KeyColumn]) -> Option<Vec<usize>> {
    key.iter().map(|wanted| place(names, wanted)).collect()
}

/// Names of columns that no row of data holds side by side.
const HEADER_NAMES: usize = 2;

/// Whether a record without the key is a header all the same.
fn speaks_of(cells: &[String], known: &[String]) -> bool {
    let known: BTreeSet<String> = known.iter().map(|name| normalise_name(name)).collect();
    cells.iter().filter(|cell| known.contains(&normalise_name(cell))).count() >= HEADER_NAMES
}

/// The refusal of a file for what even the least demanding key needs; `shown` is what stands in the file.
fn lacking(file: &str, names: &[String], shown: &[String], how: &How) -> Trouble {
    let key = how.fallbacks.last().unwrap_or(&how.key);
    let absent = key.iter().find(|wanted| place(names, wanted).is_none()).or(key.first());
    let wanted: Vec<&str> = absent
        .map(|key| std::iter::once(&key.name).chain(&key.aliases).map(String::as_str).collect())
        .unwrap_or_default();
    Trouble::Refused(Refusal { file }.missing(&wanted, shown, Some(1)))
}

/// What tells the rows of both files apart.
pub(super) struct Key {
    pub names: Vec<String>,
    /// A column of the best key that a file lacks.
    pub without: Option<String>,
}

/// Takes the best key that both files have. A file without any record has every column.
pub(super) fn settle_key<'a>(old: &mut Source<'a>, new: &mut Source<'a>, how: &How) -> Result<Key, Trouble> {
    let places_in = |source: &Source<'_>, key: &[KeyColumn]| {
        if source.names.is_empty() { Some(Vec::new()) } else { places(&source.names, key) }
    };
    for key in keys(how) {
        if let (Some(in_old), Some(in_new)) = (places_in(old, key), places_in(new, key)) {
            let lacks = |wanted: &&KeyColumn| {
                [&*old, &*new]
                    .into_iter()
                    .any(|source| !source.names.is_empty() && place(&source.names, wanted).is_none())
            };
            let without = how.key.iter().find(lacks).map(|wanted| wanted.name.clone());
            (old.key, new.key) = (in_old, in_new);
            old.key_once()?;
            new.key_once()?;
            return Ok(Key { names: key.iter().map(|wanted| wanted.name.clone()).collect(), without });
        }
    }
    let poor = if keys(how).last().is_some_and(|key| places_in(old, key).is_none()) { old } else { new };
    Err(lacking(&poor.file, &poor.names, &poor.names, how))
}

enum Judged {
    Undecodable(decode::Undecodable),
    Trouble(Trouble),
}

/// Judged by the first block with anything in it that is not ASCII. The rest is not read for it: what
/// does not decode later fails in its cell.
fn encoding(source: &Source<'_>, head: &[u8], setting: Option<&str>) -> Result<Encoding, Judged> {
    let mut block = Cow::Borrowed(head);
    let (mut at, mut lines) = (0u64, 0u64);
    let mut length = HEAD_BYTES;
    loop {
        let last = at + block.len() as u64 >= source.size;
        if let Some(cut) = if last { Some(block.len()) } else { between_characters(&block) } {
            let part = &block[..cut];
            let encoding =
                decode::judge(part, setting).map_err(|trouble| Judged::Undecodable(trouble.behind(at, lines)))?;
            at += part.len() as u64;
            lines += count_lines(part);
            if encoding != Encoding::Ascii || part.is_empty() || at >= source.size {
                return Ok(encoding);
            }
            length = HEAD_BYTES;
        } else {
            length *= 2;
        }
        let block = block.to_mut();
        block.resize(length, 0);
        let count = source.read(at, block).map_err(Judged::Trouble)?;
        block.truncate(count);
    }
}

/// A place near the end of a block where no character and no line end is cut in two, whatever the encoding: bytes
/// below `@` are never the second half of one. None if a longer block has to tell.
fn between_characters(block: &[u8]) -> Option<usize> {
    let whole = |byte: &u8| *byte < b'@' && *byte != b'\r';
    let cut = block.iter().rposition(whole).map(|last| last + 1);
    cut.or_else(|| (block.is_ascii() && !block.ends_with(b"\r")).then_some(block.len()))
}

/// The columns that both files have, paired by their names; names that stand several times are paired in order.
pub(super) struct Columns {
    /// Old place, new place, in the old file's order.
    pub shared: Vec<(usize, usize)>,
    pub only_old: Vec<usize>,
    pub only_new: Vec<usize>,
}

impl Columns {
    pub fn of(old: &Source<'_>, new: &Source<'_>) -> Columns {
        let mut places: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (place, name) in new.names.iter().enumerate().rev() {
            places.entry(normalise_name(name)).or_default().push(place);
        }
        // The keys are paired as keys, whatever each file calls them.
        let mut shared = Vec::new();
        let mut only_old = Vec::new();
        let mut taken = vec![false; new.names.len()];
        for (_, new_place) in old.key.iter().zip(&new.key) {
            taken[*new_place] = true;
        }
        for (place, name) in old.names.iter().enumerate() {
            if let Some(key) = old.key.iter().position(|key| *key == place) {
                shared.extend(new.key.get(key).map(|new_place| (place, *new_place)));
                continue;
            }
            let known = places.get_mut(&normalise_name(name));
            let twin = known.and_then(|known| std::iter::from_fn(|| known.pop()).find(|place| !taken[*place]));
            match twin {
                Some(twin) => {
                    taken[twin] = true;
                    shared.push((place, twin));
                }
                None => only_old.push(place),
            }
        }
        let only_new = (0..new.names.len()).filter(|place| !taken[*place]).collect();
        Columns { shared, only_old, only_new }
    }

    /// Files that both have more than the key and yet share nothing of it are not of one kind, or one header was
    /// read in the wrong encoding: that no cell differs would say nothing.
    pub fn some_beside_the_key(&self, old: &Source<'_>, new: &Source<'_>) -> Result<(), Trouble> {
        let nothing = self.shared.iter().all(|(place, _)| old.key.contains(place));
        if !nothing || self.only_old.is_empty() || self.only_new.is_empty() {
            return Ok(());
        }
        let names = |places: &[usize], source: &Source<'_>| {
            places.iter().map(|place| source.names[*place].as_str()).collect::<Vec<_>>().join(", ")
        };
        let values = [("old", names(&self.only_old, old)), ("new", names(&self.only_new, new))];
        let why = reading::DIFF_NOTHING_SHARED.with(values);
        Err(Trouble::Refused(FileRefusal { file: new.file.clone(), line: Some(1), column: None, value: None, why }))
    }

    /// Those of them that were asked for; a name that a file lacks is refused rather than passed over.
    pub fn only(mut self, wanted: &[String], old: &Source<'_>, new: &Source<'_>) -> Result<Columns, Trouble> {
        if wanted.is_empty() {
            return Ok(self);
        }
        for source in [old, new] {
            let known = |name: &String| source.names.iter().any(|known| normalise_name(known) == normalise_name(name));
            if let Some(name) = wanted.iter().find(|name| !known(name)).filter(|_| !source.names.is_empty()) {
                let refusal = Refusal { file: &source.file };
                return Err(Trouble::Refused(refusal.missing(&[name], &source.names, Some(1))));
            }
        }
        let wanted: BTreeSet<String> = wanted.iter().map(|name| normalise_name(name)).collect();
        self.shared.retain(|(place, _)| wanted.contains(&normalise_name(&old.names[*place])));
        Ok(self)
    }

    pub fn in_old(&self) -> Vec<usize> {
        self.shared.iter().map(|(old, _)| *old).collect()
    }

    pub fn in_new(&self) -> Vec<usize> {
        self.shared.iter().map(|(_, new)| *new).collect()
    }
}
