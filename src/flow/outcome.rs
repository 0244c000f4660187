//! What an answer means for each change that was in the call. Pure. The rule behind all of it: a change
//! is accepted only if a whole, well-formed answer says so of its order, refused only if such an answer
//! says that, and everything else leaves it open. A 200 alone is no success, a time-out no failure.

use crate::model::batch::{Addressed, Batch, Heard, Op};
use crate::model::message::{AsyncResult, GatewayRefusal, Message, Tone};
use crate::model::receipt::{Answer, Refusal, RequestId};
use crate::model::words::{Why, asking};
use std::collections::{BTreeMap, BTreeSet};

#[cfg(test)]
mod tests;

/// Why nothing more should be sent in this run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// 503 without JSON. A throttled call can look the same; both mean "later", and a read can tell them apart.
    Maintenance,
    /// 429, or 503 with JSON.
    Throttled,
    KeyRefused,
    /// Only this operation is closed to the key; others may go on.
    NotPermitted(Op),
}

/// The judgement of one call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Judged {
    /// By the change's key; every change of the call has exactly one.
    pub answers: BTreeMap<String, Answer>,
    /// The queue's handle, if the call was taken into the queue.
    pub request: Option<RequestId>,
    pub stop: Option<Stop>,
    /// Changes of a refused asynchronous call that were not to blame. Nothing of them was queued (their answer is
    /// `NotSent`): they go again in the same run.
    pub again: Vec<String>,
    /// The refusal named nobody: `again` must go order by order, or the same call would be refused for ever.
    pub apart: bool,
    /// The gateway's own words, where it refused.
    pub gateway: Option<GatewayRefusal>,
}

impl Judged {
    /// The words for `stop`.
    pub fn why(&self) -> Option<Why> {
        let said =
            self.gateway.clone().unwrap_or(GatewayRefusal { code: "HTTP 401".to_owned(), message: String::new() });
        Some(match self.stop? {
            Stop::Maintenance => asking::MAINTENANCE.plain(),
            Stop::Throttled => asking::THROTTLED.plain(),
            Stop::KeyRefused => asking::KEY_REFUSED.with([("code", said.code), ("message", said.message)]),
            Stop::NotPermitted(op) => asking::NOT_PERMITTED.with([
                ("op", op.path().to_owned()),
                ("code", said.code),
                ("message", said.message),
            ]),
        })
    }
}

/// The words for an answer that is not good news.
pub fn why(answer: &Answer) -> Option<Why> {
    match answer {
        Answer::Accepted { .. } | Answer::Queued(_) => None,
        Answer::Refused(Refusal { code, message }) => {
            Some(asking::CHANGE_REFUSED.with([("code", code.clone()), ("message", message.clone())]))
        }
        Answer::NotSent(detail) => Some(asking::CHANGE_NOT_SENT.with([("detail", detail.clone())])),
        Answer::Unheard(detail) => Some(asking::CHANGE_UNHEARD.with([("detail", detail.clone())])),
    }
}

/// Judges what came back of a call.
pub fn judge(batch: &Batch, heard: &Heard) -> Judged {
    let (status, body) = match heard {
        Heard::NotSent(detail) => return all(batch, &Answer::NotSent(detail.clone())),
        Heard::Silence(detail) => return all(batch, &Answer::Unheard(detail.clone())),
        Heard::Reply { status, body, .. } => (*status, body.as_ref()),
    };
    let gateway = body.and_then(GatewayRefusal::find);
    let messages = body.and_then(Message::list);
    let open = || all(batch, &Answer::Unheard(format!("HTTP {status}")));
    let stopped = |judged: Judged, stop| Judged { stop: Some(stop), gateway: gateway.clone(), ..judged };
    match (status, &gateway, messages) {
        (429, ..) => stopped(open(), Stop::Throttled),
        (503, ..) => stopped(open(), if body.is_some() { Stop::Throttled } else { Stop::Maintenance }),
        // Two envelopes in one answer contradict each other.
        (200 | 400..=499, Some(_), Some(_)) => open(),
        (200 | 400..=499, Some(refusal), None) if refusal.is_about_the_key() || status == 401 => {
            stopped(before_the_door(batch, refusal), Stop::KeyRefused)
        }
        (200 | 400..=499, Some(refusal), None) if refusal.is_about_rights() => {
            stopped(before_the_door(batch, refusal), Stop::NotPermitted(batch.op))
        }
        // The media type: our own fault, and trying again will not mend it.
        (200 | 400..=499, Some(refusal), None) if refusal.code == "ES04-03" => {
            let GatewayRefusal { code, message } = refusal.clone();
            all(batch, &Answer::Refused(Refusal { code, message }))
        }
        (401, None, None) => stopped(all(batch, &Answer::NotSent("HTTP 401".to_owned())), Stop::KeyRefused),
        (401, None, Some(_)) => stopped(open(), Stop::KeyRefused),
        (408, ..) => open(),
        (200 | 400..=499, None, Some(messages)) => said(batch, status, &messages),
        _ => open(),
    }
}

/// Judges an asynchronous result for the changes that were queued under its id. Empty while it is pending.
pub fn judge_async(addressed: &[Addressed], result: &AsyncResult) -> BTreeMap<String, Answer> {
    let AsyncResult::Done(entries) = result else { return BTreeMap::new() };
    let mut answers = BTreeMap::new();
    for told in by_order(addressed) {
        let order = told[0].order.as_str();
        let mut messages = entries.iter().filter(|entry| entry.order.as_deref() == Some(order)).peekable();
        if messages.peek().is_none() {
            answers.extend(same(&told, &Answer::Unheard("no result for this order".to_owned())));
            continue;
        }
        let messages: Vec<&Message> = messages.flat_map(|entry| &entry.messages).collect();
        // Inside an order's entry a message may name the order again, but never another one.
        let (ours, others): (Vec<&Message>, Vec<&Message>) =
            messages.into_iter().partition(|message| message.order.as_deref().is_none_or(|named| named == order));
        if others.is_empty() {
            answers.extend(rows(&told, &ours, true, 200));
        } else {
            answers.extend(same(&told, &Answer::Unheard("the result names another order".to_owned())));
        }
    }
    answers
}

/// A refusal before the order service was reached: nothing happened.
fn before_the_door(batch: &Batch, refusal: &GatewayRefusal) -> Judged {
    all(batch, &Answer::NotSent(format!("{} {}", refusal.code, refusal.message).trim_end().to_owned()))
}

/// The order service spoke.
fn said(batch: &Batch, status: u16, messages: &[Message]) -> Judged {
    // Good news under an error status, without any error: whatever this is, it is not an answer.
    if status != 200 && !messages.iter().any(Message::is_error) {
        return all(batch, &Answer::Unheard(format!("HTTP {status}")));
    }
    let answers = match batch.op {
        Op::UpdateOrderShippingAsync => return queued(batch, messages),
        Op::ConfirmOrder | Op::UpdateOrderSubStatus => many_orders(batch, status, messages),
        Op::UpdateOrderShipping => {
            let told = by_order(&batch.addressed);
            let judged = told.iter().map(|told| {
                let ours: Vec<&Message> = messages
                    .iter()
                    .filter(|message| message.order.as_deref().is_none_or(|named| named == told[0].order.as_str()))
                    .collect();
                rows(told, &ours, false, status)
            });
            judged.flatten().collect()
        }
        Op::UpdateOrderMemo
        | Op::UpdateOrderSender
        | Op::UpdateOrderSenderAfterShipping
        | Op::CancelOrder
        | Op::CancelOrderAfterShipping => one_order(batch, messages, status),
    };
    Judged { answers, ..Judged::default() }
}

/// A call of many orders: a message each, and silence means nothing.
fn many_orders(batch: &Batch, status: u16, messages: &[Message]) -> BTreeMap<String, Answer> {
    let nobody_named = messages.iter().all(|message| message.order.is_none());
    let only_errors = !messages.is_empty() && messages.iter().all(Message::is_error);
    // Refused as a whole: a check of form, an error status, or a call of one order that can only mean that one.
    let as_a_whole = nobody_named
        && only_errors
        && (status != 200 || messages.iter().all(Message::is_form_check) || batch.addressed.len() == 1);
    let answer = |told: &Addressed| {
        let ours: Vec<&Message> =
            messages.iter().filter(|message| message.order.as_deref() == Some(told.order.as_str())).collect();
        match verdict(batch.op, &ours) {
            Some(answer) => answer,
            None if as_a_whole => refused(messages.iter()),
            None => Answer::Unheard("the answer does not name this order".to_owned()),
        }
    };
    batch.addressed.iter().map(|told| (told.change.clone(), answer(told))).collect()
}

/// A call of one order: messages without a number are about it too, but good news must name it.
fn one_order(batch: &Batch, messages: &[Message], status: u16) -> BTreeMap<String, Answer> {
    let answer = |told: &Addressed| {
        let order = told.order.as_str();
        let ours: Vec<&Message> =
            messages.iter().filter(|message| message.order.as_deref().is_none_or(|named| named == order)).collect();
        let named = ours.iter().any(|message| message.is_good() && message.order.is_some());
        match verdict(batch.op, &ours) {
            Some(Answer::Accepted { .. }) if !named || status != 200 => {
                Answer::Unheard("the answer does not name this order".to_owned())
            }
            Some(answer) => answer,
            None => Answer::Unheard("the answer does not name this order".to_owned()),
        }
    };
    batch.addressed.iter().map(|told| (told.change.clone(), answer(told))).collect()
}

/// The rows of one order, by `dataNumber`. `ours` holds the messages that are about this order or name none;
/// `named` says that the answer as such names the order.
fn rows(told: &[&Addressed], ours: &[&Message], named: bool, status: u16) -> BTreeMap<String, Answer> {
    let of_row = |told: &Addressed| -> Vec<&Message> {
        ours.iter()
            .filter(|message| message.data_number.is_some() && message.data_number == told.data_number)
            .copied()
            .collect()
    };
    let of_order: Vec<&Message> = ours.iter().filter(|message| message.data_number.is_none()).copied().collect();
    let order_errors: Vec<&Message> = of_order.iter().filter(|message| !message.is_good()).copied().collect();
    let every_row_answered = told.iter().all(|told| !of_row(told).is_empty());
    let some_row_good = told.iter().any(|told| of_row(told).iter().any(|message| message.is_good()));
    let answer = |told_row: &Addressed| {
        let own = of_row(told_row);
        let names_us =
            named || every_row_answered || own.iter().any(|message| message.is_good() && message.order.is_some());
        let heard: Vec<&Message> = if own.is_empty() {
            if order_errors.is_empty() {
                // Good news for the order as such speaks of a row only if there is just the one.
                let alone = told.len() == 1 && of_order.iter().any(|message| named || message.order.is_some());
                if alone { of_order.clone() } else { Vec::new() }
            } else if some_row_good {
                Vec::new()
            } else {
                order_errors.clone()
            }
        } else {
            own.iter().chain(&order_errors).copied().collect()
        };
        let lone = own.is_empty() && !heard.is_empty();
        match verdict(Op::UpdateOrderShipping, &heard) {
            // Under an error status nothing of a one-order call is stored; a row said to be written then is a riddle.
            Some(Answer::Accepted { .. }) if status != 200 || !(names_us || lone) => {
                Answer::Unheard("the answer does not name this order".to_owned())
            }
            Some(answer) => answer,
            None => Answer::Unheard("the answer does not speak of this row".to_owned()),
        }
    };
    told.iter().map(|told| (told.change.clone(), answer(told))).collect()
}

/// The answer of the queue's door. With an id, all of it is queued; with errors and no id, none of it.
fn queued(batch: &Batch, messages: &[Message]) -> Judged {
    let ids: BTreeSet<&RequestId> = messages.iter().filter_map(|message| message.request.as_ref()).collect();
    if let Some(request) = ids.first() {
        if ids.len() > 1 {
            return all(batch, &Answer::Unheard("more than one requestId".to_owned()));
        }
        let request = (*request).clone();
        return Judged { request: Some(request.clone()), ..all(batch, &Answer::Queued(request)) };
    }
    let errors: Vec<&Message> = messages.iter().filter(|message| message.is_error()).collect();
    if errors.is_empty() || messages.iter().any(|message| !message.is_error()) {
        // Accepted, it seems, but the id is lost: only the orders themselves can tell.
        return all(batch, &Answer::Unheard("no requestId in the answer".to_owned()));
    }
    let orders = by_order(&batch.addressed);
    let blame = |told: &[&Addressed]| -> Vec<&Message> {
        errors.iter().copied().filter(|error| error.order.as_deref() == Some(told[0].order.as_str())).collect()
    };
    let anyone_named = orders.iter().any(|told| !blame(told).is_empty());
    if orders.len() == 1 {
        return all(batch, &refused(errors.iter().copied()));
    }
    let mut judged = Judged { apart: !anyone_named, ..Judged::default() };
    for told in &orders {
        let blamed = blame(told);
        if blamed.is_empty() {
            judged.answers.extend(same(told, &Answer::NotSent("the call was refused for another order".to_owned())));
            judged.again.extend(told.iter().map(|told| told.change.clone()));
        } else {
            judged.answers.extend(same(told, &refused(blamed.into_iter())));
        }
    }
    judged
}

/// What some messages about one thing say together; `None` if there are none.
fn verdict(op: Op, messages: &[&Message]) -> Option<Answer> {
    let first = messages.first()?;
    if messages.iter().any(|message| message.tone == Tone::Unclear) {
        return Some(Answer::Unheard(
            format!("a message that says nothing: {}", first.code).trim_end_matches(": ").to_owned(),
        ));
    }
    let (errors, good): (Vec<&Message>, Vec<&Message>) =
        messages.iter().copied().partition(|message| message.is_error());
    // It has left 注文確認待ち already, by an earlier call of ours or by a person: what was wanted is so.
    let moved_on = |message: &&Message| op == Op::ConfirmOrder && message.is("CONFIRM_ORDER_ERROR_103");
    Some(if errors.iter().all(moved_on) {
        Answer::Accepted { row: good.iter().find_map(|message| message.row) }
    } else if good.is_empty() {
        refused(errors.into_iter())
    } else {
        Answer::Unheard("the answer says both yes and no".to_owned())
    })
}

fn refused<'a>(errors: impl Iterator<Item = &'a Message>) -> Answer {
    let mut code = String::new();
    let mut texts: Vec<&str> = Vec::new();
    for error in errors {
        if code.is_empty() {
            code.clone_from(&error.code);
        }
        if !texts.contains(&error.text.as_str()) {
            texts.push(&error.text);
        }
    }
    Answer::Refused(Refusal { code, message: texts.join(" ") })
}

fn all(batch: &Batch, answer: &Answer) -> Judged {
    let answers = batch.addressed.iter().map(|told| (told.change.clone(), answer.clone())).collect();
    Judged { answers, ..Judged::default() }
}

fn same(told: &[&Addressed], answer: &Answer) -> BTreeMap<String, Answer> {
    told.iter().map(|told| (told.change.clone(), answer.clone())).collect()
}

/// The changes of each order together, in the order of the call.
fn by_order(addressed: &[Addressed]) -> Vec<Vec<&Addressed>> {
    let mut orders: Vec<Vec<&Addressed>> = Vec::new();
    for told in addressed {
        match orders.iter_mut().find(|known| known[0].order == told.order) {
            Some(known) => known.push(told),
            None => orders.push(vec![told]),
        }
    }
    orders
}
