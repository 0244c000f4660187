//! One call to the mall as it will go out, and what came back, both as plain data: how a body is
//! built and how an answer is judged are `flow`'s business, carrying it is `edge`'s.

use super::ids::OrderNumber;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The write operations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Op {
    ConfirmOrder,
    UpdateOrderShipping,
    UpdateOrderShippingAsync,
    UpdateOrderSubStatus,
    UpdateOrderMemo,
    UpdateOrderSender,
    UpdateOrderSenderAfterShipping,
    CancelOrder,
    CancelOrderAfterShipping,
}

impl Op {
    /// The last part of the path.
    pub fn path(self) -> &'static str {
        match self {
            Op::ConfirmOrder => "confirmOrder",
            Op::UpdateOrderShipping => "updateOrderShipping",
            Op::UpdateOrderShippingAsync => "updateOrderShippingAsync",
            Op::UpdateOrderSubStatus => "updateOrderSubStatus",
            Op::UpdateOrderMemo => "updateOrderMemo",
            Op::UpdateOrderSender => "updateOrderSender",
            Op::UpdateOrderSenderAfterShipping => "updateOrderSenderAfterShipping",
            Op::CancelOrder => "cancelOrder",
            Op::CancelOrderAfterShipping => "cancelOrderAfterShipping",
        }
    }
}

/// Which change a message of the reply speaks of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Addressed {
    /// The change's key.
    pub change: String,
    pub order: OrderNumber,
    /// `dataNumber` of the row in the request (shipping calls): from 1, counted across all destinations of its order.
    pub data_number: Option<u32>,
}

/// One call, complete.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Batch {
    pub op: Op,
    pub addressed: Vec<Addressed>,
    pub body: Value,
}

/// What came back over the wire.
#[derive(Clone, Debug, PartialEq)]
pub enum Heard {
    /// An answer with a status; `body` is `None` if it was not whole, well-formed JSON.
    Reply { status: u16, body: Option<Value>, call: Option<String> },
    /// The connection was refused: nothing left this machine.
    NotSent(String),
    /// Anything else: time-out, reset, half an answer.
    Silence(String),
}
