//! Sent steps as they are handed out: all one needs, apart from the engine.

use std::sync::Arc;

use super::{Answered, Came, Out};
use crate::config::Config;
use crate::engine::Engine;
use crate::engine::answers::Asking;
use crate::engine::call::{Caller, Outcome};
use crate::engine::input::{Ask, Input};
use crate::permission::Sight;
use crate::routes::DeskIx;
use crate::store::rows::DeliveryRow;
use crate::store::{Reader, StoreError};

/// A step to be called.
pub struct Order {
    /// The row it is kept as.
    pub delivery: u64,
    /// The step as the contract has it.
    pub request: String,
    attempt: u32,
    order: u64,
    name: Arc<str>,
    desk_name: Arc<str>,
    matter: Option<u64>,
    next_id: u64,
    now_ms: i64,
    config: Arc<Config>,
    /// The desk.
    pub desk: DeskIx,
    /// What runs it.
    pub caller: Arc<dyn Caller>,
}

impl std::fmt::Debug for Order {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Order({})", self.delivery)
    }
}

impl Order {
    /// Answers a question of the step.
    ///
    /// # Errors
    /// Why it is not answered, for the desk.
    pub fn answer(&self, question: &str, reader: Reader<'_>) -> Result<String, String> {
        let asking = Asking { config: &self.config, desk: self.desk, now_ms: self.now_ms, sight: Sight::Everything };
        let question = serde_json::from_str(question).map_err(|error| format!("unreadable question: {error}"))?;
        asking.answer(&question, reader)
    }

    /// What it came to, as an input.
    pub fn came(&self, outcome: Outcome, out: &[u8]) -> Input {
        let came = match outcome {
            Outcome::Ok => match std::str::from_utf8(out) {
                Ok(effects) => Came::Effects(effects.into()),
                Err(error) => Came::Failed(format!("the desk's answer is not a list of effects: {error}")),
            },
            Outcome::Refused(objections) => Came::Refused(objections),
            Outcome::Failed(text) => Came::Failed(text),
            Outcome::NotOffered => Came::Failed("the desk takes no steps".to_owned()),
            Outcome::Died(text) => Came::Died(text, None),
        };
        let Order { delivery, attempt, order, next_id, matter, .. } = *self;
        let (desk, name) = (Arc::clone(&self.desk_name), Arc::clone(&self.name));
        let answered = Answered { delivery, attempt, order, desk, name, matter, next_id, came };
        Input { ask: Ask::Answered(answered), by: None, key: None }
    }
}

impl Engine {
    /// Steps to be called now: all that were sent, as far as their desks take so many ahead. To be asked
    /// for after a commit.
    pub fn next_orders(&mut self) -> Vec<Order> {
        if self.sent.is_replay || self.is_stopped() || self.batch.is_begun || self.held_ms() != 0 {
            return Vec::new();
        }
        let mut orders = Vec::new();
        for id in self.deliveries.sent() {
            if self.sent.out.contains_key(&id) {
                continue;
            }
            let row = self.deliveries.get(id);
            let Some((row, desk)) = row.and_then(|row| Some((row, self.config.desk(&row.desk)?))) else { continue };
            let out = Out { desk, has_matter: row.matter.is_some(), order: self.sent.last_order + 1 };
            if !self.sent.has_room(out) {
                continue;
            }
            match self.order(&row.clone(), desk, out.order) {
                Ok(order) => {
                    self.sent.last_order = out.order;
                    self.sent.out.insert(id, out);
                    orders.push(order);
                }
                Err(error) => tracing::error!(%error, id, "A step to be sent does not read back; it waits."),
            }
        }
        orders
    }

    fn order(&mut self, row: &DeliveryRow, desk: DeskIx, order: u64) -> Result<Order, StoreError> {
        let data = self.body_of(row.source)?.unwrap_or_default();
        let work = self.work_again(row, desk, data, false);
        self.build_request(&work)?;
        // Nothing was begun: what was read for it is no batch.
        self.batch.forget_read();
        Ok(Order {
            delivery: row.id,
            request: self.buffers.request.clone(),
            attempt: row.attempt,
            order,
            name: Arc::clone(&row.name),
            desk_name: Arc::clone(&row.desk),
            matter: row.matter,
            next_id: self.numbers.matter,
            now_ms: row.at_ms,
            config: Arc::clone(&self.config),
            desk,
            caller: Arc::clone(&self.callers[desk.get()]),
        })
    }
}
