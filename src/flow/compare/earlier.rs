//! What earlier nights did to an order's parcels and tonight must not undo: numbers that stand in an upload file a
//! person may still upload, and numbers that a change of ours took away. Knows nothing of tonight's other rows.

use crate::model::change::{Change, What};
use crate::model::ids::{BasketId, RowId, RunId};
use crate::model::order::{Order, Package};
use crate::model::pipeline::ShipStage;
use crate::model::shipment::{RowWrite, ShipChange, Shipment, tracking_key};
use crate::model::wish::{ShipAction, ShipWish};
use crate::model::words::{Why, comparing as words};

/// A shipping change that a person has in an upload file.
pub struct Exported {
    /// The run that wrote the file.
    pub run: RunId,
    /// `None` if another version wrote what this one cannot read.
    pub ship: Option<ShipChange>,
}

impl Exported {
    /// The row of RMS that it writes over.
    pub fn row(&self) -> Option<RowId> {
        self.ship.as_ref()?.write.row()
    }

    fn shipment(&self) -> Option<&Shipment> {
        self.ship.as_ref()?.write.shipment()
    }

    /// Both name the same number, or both are parcels without one by the same carrier.
    pub fn same_number(&self, wish: &ShipWish) -> bool {
        let Some(theirs) = self.shipment() else { return false };
        match (&theirs.number, &wish.number) {
            (Some(theirs), Some(ours)) => theirs.key() == ours.key(),
            (None, None) => theirs.carrier == wish.carrier,
            _ => false,
        }
    }

    /// Whether a change must not go, by whatever road, while a person may still upload this one.
    pub fn is_in_the_way(&self, change: &Change, wish: &ShipWish, stage: &ShipStage, order: &Order) -> bool {
        let (Some(theirs), What::Ship(ours)) = (&self.ship, &change.what) else { return true };
        if has_arrived(theirs, order) {
            return false;
        }
        let same_row = ours.write.row().is_some() && ours.write.row() == theirs.write.row();
        let new = matches!(ours.write, RowWrite::Fill(..) | RowWrite::Add(_));
        let second = new && ours.basket == theirs.basket && self.shipment().is_some() && !stage.means_one_more(wish);
        self.same_number(wish) || same_row || second
    }

    /// Nothing of the change is missing from the file: the row needs no second telling.
    pub fn says_the_same(&self, change: &Change, wish: &ShipWish, stage: &ShipStage) -> bool {
        let (Some(theirs), What::Ship(ours)) = (&self.ship, &change.what) else { return false };
        self.same_number(wish)
            && theirs.basket == ours.basket
            && wish.action != ShipAction::Delete
            && self.shipment().is_some_and(|theirs| {
                theirs.carrier == wish.carrier && (theirs.date == wish.date || stage.is_by_run_date())
            })
    }

    /// What is said of a row of tonight that waits for the file.
    pub fn why(&self, wish: &ShipWish) -> Why {
        let known = self.shipment().map(|theirs| {
            let number = theirs.number.as_ref().map(ToString::to_string).unwrap_or_default();
            format!("{} {number} {}", theirs.carrier.code(), theirs.date)
        });
        words::EXPORTED_OTHERWISE.with([
            ("run", self.run.to_string()),
            ("known", known.unwrap_or_default()),
            ("number", format!("{} {} {}", wish.carrier.code(), wish.number_shown(), wish.date)),
        ])
    }
}

/// The number that an exported change adds stands in RMS by now, in whatever form: somebody registered it.
pub fn has_arrived(exported: &ShipChange, order: &Order) -> bool {
    let ShipChange { basket, write: RowWrite::Fill(_, theirs) | RowWrite::Add(theirs), .. } = exported else {
        return false;
    };
    let Some(number) = &theirs.number else { return false };
    let key = number.key();
    order.destination(*basket).is_some_and(|package| package.shipping_model_list.iter().any(|row| row.carries(&key)))
}

/// A number that a change of ours took away.
pub struct Replaced {
    /// The run that told it.
    pub run: RunId,
    pub basket: BasketId,
    /// The comparable number.
    pub number: String,
    /// What stands there instead; empty if the row was deleted.
    pub by: String,
}

impl Replaced {
    /// What a confirmed change took away, if that was a number.
    pub fn of(run: &RunId, ship: &ShipChange) -> Option<Replaced> {
        let number = tracking_key(ship.was.as_ref()?.number.as_deref()?.trim());
        let written = ship.write.shipment().map(|shipment| shipment.number.as_ref());
        let by = match written {
            None => String::new(),
            Some(new) if new.is_some_and(|new| new.key() == number) => return None,
            Some(new) => new.map_or_else(|| "-".to_owned(), ToString::to_string),
        };
        (!number.is_empty()).then(|| Replaced { run: run.clone(), basket: ship.basket, number, by })
    }
}

/// Why a number that we took away does not come back by itself, from an older file.
pub(super) fn comes_back(change: &Change, wish: &ShipWish, package: &Package, taken: &[Replaced]) -> Option<Why> {
    let What::Ship(ship) = &change.what else { return None };
    let number = ship.write.shipment()?.number.as_ref()?;
    let key = number.key();
    if wish.action != ShipAction::Decide || package.shipping_model_list.iter().any(|row| row.carries(&key)) {
        return None;
    }
    let gone = taken.iter().rev().find(|gone| gone.basket == ship.basket && gone.number == key)?;
    let (number, run) = (("number", number.to_string()), ("run", gone.run.to_string()));
    Some(match gone.by.as_str() {
        "" => words::NUMBER_REMOVED.with([number, run]),
        by => words::NUMBER_REPLACED.with([number, run, ("by", by.to_owned())]),
    })
}
