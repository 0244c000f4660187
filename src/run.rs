//! The whole trip: files come in and become wishes; what people approved since goes, unless those wishes stand
//! against it; the shop is asked what it knows; wishes and knowledge are compared; the differences become a
//! plan; the plan is approved, delivered, remembered and reported.
//!
//! The only place where `flow` meets `edge`. Every step takes what the one before it made; nothing
//! runs back up the stairs. A plan without a delivery is the same trip, stopped earlier.

use crate::edge::clock::Clock;
use crate::edge::ledger::Ledger;
use crate::edge::rms::{ShopRead, ShopWrite};
use crate::flow;
use crate::model::exit::Stop;
use crate::model::ids::{OrderNumber, RunId};
use crate::model::layout::Layout;
use crate::model::pipeline::{Pipeline, Shop};
use crate::model::plan::{Approved, Plan, Via};
use crate::model::report::Report;
use crate::model::step::Step;
use crate::model::words::{Lang, Why};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

mod approve;
mod close;
mod compare;
mod deliver;
mod export;
mod gather;
mod import;
mod look;
mod money;
mod night;
mod overtaken;
mod settle;

use gather::Wishes;

pub use approve::{Answered, sheet as approval_sheet};
pub use gather::read_patterns;
pub use night::Night;

/// What a trip is made with: everything that could differ between two shops, nights or tests.
pub struct Trip<'a> {
    /// The workspace's folder.
    pub workspace: &'a Path,
    pub pipeline: &'a Pipeline,
    /// The pipeline file as the person named it.
    pub pipeline_file: &'a str,
    pub shop: &'a Shop,
    pub layouts: &'a BTreeMap<String, Layout>,
    pub ledger: &'a dyn Ledger,
    pub clock: &'a dyn Clock,
    pub run: RunId,
    /// Key of the hashes that stand for what was seen of an order.
    pub picture_key: &'a [u8],
    /// Six digits that the shop's order numbers start with, if known.
    pub shop_digits: Option<String>,
    /// Only these orders, if set.
    pub only: Option<BTreeSet<OrderNumber>>,
    /// What every pipeline of the workspace reads, for every shop: a file in the inbox that none takes is named.
    pub others_read: &'a [String],
    /// How changes leave, if not as the pipeline says.
    pub via: Option<Via>,
    pub lang: Lang,
    /// Told what is being done, for a log or a progress bar.
    pub tell: &'a dyn Fn(Step),
}

/// Both seams of a shop.
pub trait Rms: ShopRead + ShopWrite {}
impl<T: ShopRead + ShopWrite> Rms for T {}

/// `denpyo run`: plan and apply in one, under the brake.
pub fn run(trip: &mut Trip, rms: &mut dyn Rms) -> Result<Report, Stop> {
    let mut night = Night::begin(trip, false)?;
    settle::settle(trip, rms, &mut night)?;
    let wishes = read(trip, rms, &mut night)?;
    approve::sheets(trip, rms, &mut night, &wishes)?;
    let plan = prepare(trip, rms, &mut night, wishes)?;
    let approved = plan.approve_free();
    deliver(trip, rms, &mut night, &approved)?;
    night.calls_made = rms.calls_made();
    close::run(trip, night, approved)
}

/// `denpyo plan`: the same trip, stopped before anything leaves or moves.
pub fn plan(trip: &mut Trip, rms: &mut dyn ShopRead, to: &Path) -> Result<(Plan, Report), Stop> {
    let mut night = Night::begin(trip, true)?;
    let wishes = read(trip, rms, &mut night)?;
    let plan = prepare(trip, rms, &mut night, wishes)?;
    close::plan(trip, night, plan, to)
}

/// `denpyo apply`: delivers what a person approved, after another look at every order. `unclear`: marks on the sheet
/// that are neither a yes nor a no.
pub fn apply(trip: &mut Trip, rms: &mut dyn Rms, approved: &Approved, unclear: &[Why]) -> Result<Report, Stop> {
    let mut night = Night::begin(trip, false)?;
    night.must_look_again = true;
    night.saved_plan = Some(approved.plan().run.clone());
    settle::settle(trip, rms, &mut night)?;
    approve::tell_unclear(&mut night, unclear);
    approve::tell_contradictions(&mut night, approved);
    deliver(trip, rms, &mut night, approved)?;
    night.calls_made = rms.calls_made();
    close::applied(trip, night, approved)
}

/// `denpyo settle`: asks for results and looks at what is open. Sends nothing.
pub fn settle_only(trip: &mut Trip, rms: &mut dyn Rms) -> Result<Report, Stop> {
    let mut night = Night::begin(trip, false)?;
    settle::settle(trip, rms, &mut night)?;
    night.calls_made = rms.calls_made();
    close::settled(trip, night)
}

/// `denpyo import --again`: reads these orders anew, lists what differs and moves their baselines. Sends nothing.
pub fn import_again(trip: &mut Trip, rms: &mut dyn ShopRead, orders: &BTreeSet<OrderNumber>) -> Result<Report, Stop> {
    let mut night = Night::begin(trip, false)?;
    import::again(trip, rms, &mut night, orders)?;
    close::settled(trip, night)
}

/// Files → wishes. Before any approval sheet is delivered: whoever approved it could not know what these files say.
fn read(trip: &mut Trip, rms: &mut dyn ShopRead, night: &mut Night) -> Result<Wishes, Stop> {
    let files = gather::files(trip, night)?;
    gather::wishes(trip, rms, night, files)
}

/// Wishes and RMS → plan. Reads only.
fn prepare(trip: &mut Trip, rms: &mut dyn ShopRead, night: &mut Night, mut wishes: Wishes) -> Result<Plan, Stop> {
    gather::carried(trip, night, &mut wishes)?;
    let known = look::look(trip, rms, night, &wishes)?;
    let drafts = compare::compare(trip, night, wishes, &known)?;
    drop(known);
    night.let_orders_go();
    Ok(flow::plan::plan(drafts, night.head(trip, rms), &trip.pipeline.deliver))
}

/// Approved changes → RMS or files, each remembered before it leaves and after it was heard.
fn deliver(trip: &mut Trip, rms: &mut dyn Rms, night: &mut Night, approved: &Approved) -> Result<(), Stop> {
    deliver::remember_held(trip, night, approved)?;
    match night.way_out(trip, approved.plan().via) {
        Via::Api => deliver::by_api(trip, rms, night, approved.go()),
        Via::Csv => export::by_csv(trip, night, approved.go()),
        Via::Review => Ok(()),
    }
}
