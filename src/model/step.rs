//! What a trip is doing at the moment, told as it goes: a bar on a terminal, a line in a log.

use super::change::Kind;
use super::words::Lang;

/// The long stretches of a trip.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Files from the inbox; counted in files.
    Files,
    /// Orders read from RMS; counted in orders.
    Orders,
    /// Changes told to RMS; counted in changes of one kind.
    Send(Kind),
    /// Results of queued batches; counted in batches.
    Results,
}

/// How far a stage has come. The first one told of a stage has `done` = 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    pub stage: Stage,
    pub done: usize,
    pub total: usize,
}

impl Stage {
    /// Its name for people.
    pub fn name(self, lang: Lang) -> String {
        match (self, lang) {
            (Stage::Files, Lang::Ja) => "ファイルの読み取り".to_owned(),
            (Stage::Files, Lang::En) => "Reading files".to_owned(),
            (Stage::Orders, Lang::Ja) => "RMSの受注の読み取り".to_owned(),
            (Stage::Orders, Lang::En) => "Reading orders from RMS".to_owned(),
            (Stage::Send(kind), Lang::Ja) => format!("RMSへの送信（{}）", kind.ja()),
            (Stage::Send(kind), Lang::En) => format!("Sending to RMS ({})", kind.word()),
            (Stage::Results, Lang::Ja) => "RMSの処理結果の確認".to_owned(),
            (Stage::Results, Lang::En) => "Asking RMS for results".to_owned(),
        }
    }

    /// What it counts.
    pub fn unit(self, lang: Lang) -> &'static str {
        match (self, lang) {
            (Stage::Results, Lang::Ja) => "回分",
            (_, Lang::Ja) => "件",
            (Stage::Files, Lang::En) => "files",
            (Stage::Orders, Lang::En) => "orders",
            (Stage::Send(_), Lang::En) => "changes",
            (Stage::Results, Lang::En) => "batches",
        }
    }
}
