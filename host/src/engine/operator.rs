//! What the host itself puts in: another try, a hand-over by hand.

use std::collections::VecDeque;
use std::sync::Arc;

use plugin_api::{InputKind, MatterId, Objection, PersonId, Status};

use super::Engine;
use super::chain::{Led, Work};
use super::draft::Draft;
use super::input::{Answer, Done};
use super::jobs::result_of;
use super::schedules::data_of;
use super::step::StepError;
use crate::actor::Actor;
use crate::store::StoreError;
use crate::store::rows::{DeliveryRow, DeliveryTurn, InputRow, SENT_MS};
use crate::store::seal::Seal;

impl Engine {
    /// One more try of a step that failed.
    pub(super) fn retry(
        &mut self,
        id: u64,
        by_hand: bool,
        by: Option<&PersonId>,
        now_ms: i64,
    ) -> Result<Answer, StoreError> {
        let Some(row) = self.deliveries.get(id).cloned() else {
            if let Some(answer) = self.retry_job(id, by, now_ms)? {
                return Ok(answer);
            }
            return Ok(refused("没有这个待处理步骤", "there is no such step"));
        };
        let Some(desk) = self.config.desk(&row.desk) else {
            let zh = format!("业务台“{}”已不在配置中；放回配置后会接着办理", row.desk);
            return Ok(refused(&zh, &format!("desk {:?} is not in the config; put it back, and it goes on", row.desk)));
        };
        if by_hand && row.due_ms == Some(SENT_MS) {
            return Ok(refused("这一步正在处理中，请稍后再试", "the step is in work; try again later"));
        }
        if let Some(first) = self.held_behind(&row) {
            let zh = format!("要等同一业务台、同一事项的步骤 {first} 先办；请先重试 {first}");
            return Ok(refused(
                &zh,
                &format!("it waits for step {first} of the same desk and matter; retry {first} first"),
            ));
        }
        let mut input = self.own_row(InputKind::Retry, if by_hand { "retry" } else { "again" }, now_ms);
        input.by = by.map(|by| by.as_str().into());
        input.matter = row.matter;
        let seq = input.seq;
        let body: Arc<str> = format!("{{\"delivery\":{id}}}").into();
        self.numbers.seq += 1;
        let Some(data) = self.body_of(row.source)? else {
            self.push_input(input, body);
            return Ok(self.park_erased(row));
        };
        let work = self.work_again(&row, desk, data, by_hand);
        if by_hand {
            self.forget_deaths(&work)?;
        }
        let mut led = Led::default();
        let stepped = self.step(&work, &mut led);
        self.push_input(input, body);
        self.take_retried(&row, &work, stepped, (seq, led))
    }

    /// What one more try has come to, as far as it has.
    fn take_retried(
        &mut self,
        row: &DeliveryRow,
        work: &Work,
        stepped: Result<Vec<Work>, StepError>,
        (seq, led): (u64, Led),
    ) -> Result<Answer, StoreError> {
        match stepped {
            Ok(_) if led.sent.is_some() => {
                self.sent.first = led.sent;
                Ok(Answer::Failed("in work".to_owned()))
            }
            Ok(works) => {
                let done = self.conclude(row, works, led)?;
                self.tell_waiting(row.id, Answer::Done(done.clone()));
                Ok(Answer::Done(Done { seq, ..done }))
            }
            Err(error) => {
                let answer = Answer::Failed(self.keep_failed(work, error)?.unwrap_or_default());
                self.release_next_owner(row);
                self.tell_waiting(row.id, answer.clone());
                Ok(answer)
            }
        }
    }

    /// A step that was kept is done now: what it led to is run, and told to whoever asks again.
    pub(super) fn conclude(&mut self, row: &DeliveryRow, works: Vec<Work>, mut led: Led) -> Result<Done, StoreError> {
        self.forget(row)?;
        self.follow(works.into(), &mut led)?;
        let done = Done::of(row.input, self.reached(row.matter.map(MatterId), &led.opened)?);
        // The input's own first step: somebody may ask again what it led to.
        if row.owner && row.source == row.input {
            self.answer_late(&done)?;
        }
        Ok(done)
    }

    pub(super) fn work_again(
        &self,
        row: &DeliveryRow,
        desk: crate::routes::DeskIx,
        data: Arc<str>,
        by_hand: bool,
    ) -> Work {
        Work {
            desk,
            name: Arc::clone(&row.name),
            data: match row.kind {
                InputKind::Clock if row.source == row.input => "".into(),
                InputKind::Job if row.source == row.input => result_of(&data),
                InputKind::Schedule if row.source == row.input => data_of(&data),
                _ => data,
            },
            source: row.source,
            input: row.input,
            kind: row.kind,
            by: row.by.as_deref().map(Actor::of_journal),
            matter: row.matter.map(MatterId),
            stay: row.stay,
            is_owner: row.owner,
            now_ms: row.at_ms,
            // Asked for by hand, the waits begin anew.
            tried: Some((row.id, if by_hand { 0 } else { row.attempt })),
        }
    }

    pub(super) fn forget(&mut self, row: &DeliveryRow) -> Result<(), StoreError> {
        self.deliveries.forget(row.id);
        self.batch.set.deliveries.push(DeliveryTurn::Drop(row.id));
        self.release_next_watch(row);
        self.release_next_owner(row);
        if row.owner {
            self.mark_busy(row.matter.map(MatterId), |busy| busy.saturating_sub(1))?;
        }
        Ok(())
    }

    /// Parks a step that can never be called again.
    fn park_erased(&mut self, mut row: DeliveryRow) -> Answer {
        row.due_ms = None;
        "its data was erased, so it cannot be tried again".clone_into(&mut row.error);
        let text = row.error.clone();
        self.deliveries.keep(row.clone());
        self.batch.keep_delivery(row.clone());
        self.release_next_owner(&row);
        Answer::Failed(text)
    }

    pub(super) fn body_of(&self, seq: u64) -> Result<Option<Arc<str>>, StoreError> {
        if let Some(row) = self.batch.set.bodies.iter().find(|row| row.seq == seq) {
            return Ok(Some(Arc::clone(&row.bytes)));
        }
        // A row without a body had no data to begin with.
        let reader = self.store.reader();
        Ok(match reader.body(seq)? {
            Some(body) => Some(body.into()),
            None if reader.is_bodiless(seq)? => Some("".into()),
            None => None,
        })
    }

    /// An operator hands a matter over; the new desk is told if it takes `moved`.
    pub(super) fn move_by_hand(
        &mut self,
        id: MatterId,
        desk: &str,
        by: Option<&PersonId>,
        now_ms: i64,
    ) -> Result<Answer, StoreError> {
        let Some(to) = self.config.desk(desk) else {
            return Ok(refused(&format!("没有名为“{desk}”的业务台"), &format!("there is no desk {desk:?}")));
        };
        let Some(head) = self.head(id)? else { return Ok(refused("没有这个事项", "there is no such matter")) };
        if head.status != Status::Open {
            return Ok(refused("事项已结案，不能移交", "the matter is closed; it stays where it is"));
        }
        if *head.desk == *desk {
            return Ok(refused("事项已在该业务台", "the matter lies there already"));
        }
        let mut row = self.own_row(InputKind::Operator, "move", now_ms);
        row.by = by.map(|by| by.as_str().into());
        row.desk = Some(desk.into());
        row.matter = Some(id.0);
        let work = Work {
            desk: to,
            name: "moved".into(),
            data: "".into(),
            source: row.seq,
            input: row.seq,
            kind: InputKind::Operator,
            by: by.map(Actor::from),
            matter: Some(id),
            stay: head.stay + 1,
            is_owner: true,
            now_ms,
            tried: None,
        };
        let config = Arc::clone(&self.config);
        let mut draft = Draft::new(&config, &work, Arc::clone(&self.desk_names[to.get()]), self.numbers.matter);
        match self.draft_hand_over(&mut draft, id, to) {
            Ok(()) => {}
            Err(StepError::Store(error)) => return Err(error),
            Err(error) => return Ok(refused("该业务台不办理这类事项", &format!("cannot hand over: {error:?}"))),
        }
        let seq = row.seq;
        self.push_input(row, "".into());
        self.numbers.seq += 1;
        self.absorb_hand_over(draft);
        self.journal_host_event(id, "moved", "".into(), work.cause());
        let mut led = Led::default();
        if config.desks[to.get()].manifest.take("moved").is_some() {
            self.follow(VecDeque::from([work]), &mut led)?;
        }
        Ok(Answer::Done(Done::of(seq, self.reached(Some(id), &[])?)))
    }

    pub(super) fn own_row(&self, kind: InputKind, name: &str, now_ms: i64) -> InputRow {
        InputRow {
            seq: self.numbers.seq,
            at_ms: now_ms,
            kind,
            by: None,
            desk: None,
            name: name.into(),
            matter: None,
            config: self.config_seq,
            commitment: None,
            original: None,
            booked: None,
            seal: Seal::NONE,
        }
    }
}

fn refused(zh: &str, en: &str) -> Answer {
    Answer::Refused(vec![Objection::new(zh, en)])
}
