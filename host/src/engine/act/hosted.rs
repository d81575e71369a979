//! An action of the host's own on a matter: permitted, checked, done, said.
//!
//! It needs no desk: it is done where the matter's desk is gone from the config, and where a step of it
//! waits. The desk is told if it takes what is said of it; watches hear of it as of any event.

use std::sync::Arc;

use jiff::civil::Date;
use plugin_api::field::parse_form;
use plugin_api::manifest::Action;
use plugin_api::{MatterId, Objection, PersonId, Status};
use serde_json::{Map, Value};

use super::keys::KeyScope;
use super::{Act, Early, Engine, Input, actor_of, asker_of, kind_of, standing};
use crate::actor::Actor;
use crate::config::known::Known;
use crate::engine::batch::Dirty;
use crate::engine::border::{files_of, find_matter, mask_form};
use crate::engine::chain::{Led, Work};
use crate::engine::draft::{Draft, Said, Way};
use crate::engine::handover::route;
use crate::engine::input::{Answer, Ask, Done, Original, Target};
use crate::engine::step::{FromBatch, StepError};
use crate::host_action::{self, Changed, Changing, change};
use crate::limits::FORM_BYTES_MAX;
use crate::matter::{Body, Head};
use crate::permission::{Asker, not_there};
use crate::store::rows::InputRow;
use crate::store::{StoreError, seal::Seal};

/// Whether an action of the host's own is open to somebody on a matter: what a page offers. The engine asks
/// the same again when it is done.
pub(crate) fn may_offer_own(action: &Action, head: &Head, asker: &Asker<'_>) -> bool {
    is_in_time(action, head) && asker.check_host_action(action, head).is_ok()
}

/// Some need an open matter.
fn is_in_time(action: &Action, head: &Head) -> bool {
    action.stages.is_empty() || head.status == Status::Open
}

impl Engine {
    /// The host's own action that is meant: by its mark, or by its bare name where the desk has none of
    /// that name.
    pub(super) fn hosts_action(&mut self, act: &Act) -> Result<Option<&'static Action>, Early> {
        let found = host_action::find(&act.action);
        if host_action::is_marked(&act.action) {
            return match found {
                Some(action) => Ok(Some(action)),
                None => Err(super::no_action(&host_action::manifest().action, &act.action, &host_title()).into()),
            };
        }
        let (Some(action), Some(id)) = (found, act.target.matter()) else { return Ok(None) };
        let desk = self.head(id)?.and_then(|head| self.config.desk(&head.desk));
        let is_desks = desk.is_some_and(|desk| self.config.desks[desk.get()].manifest.action(&act.action).is_some());
        Ok((!is_desks).then_some(action))
    }

    /// Does it.
    pub(super) fn act_as_host(
        &mut self,
        input: &Input,
        act: &Act,
        action: &'static Action,
        now_ms: i64,
    ) -> Result<Answer, Early> {
        let key = self.check_key(input, act, KeyScope::Matters, &act.form)?;
        self.check_person(input)?;
        let Some(id) = act.target.matter() else {
            return Err(Objection::new("这项操作要指明事项", "this action is on a matter; name it").into());
        };
        let head = self.head(id)?.ok_or_else(not_there)?;
        self.check_code(input, act, &head)?;
        let by = self.check_host_action(input, act, (action, &head), now_ms)?;
        let is_again = matches!(input.ask, Ask::Again(..) | Ask::Anew(..));
        let mut form = if is_again { act.form.clone() } else { self.host_form(input, act, action, now_ms)? };
        let masked = if is_again { None } else { mask_form(&action.fields, &mut form) };
        let original = masked.map(|text| self.keep_original(text));
        let seq = self.numbers.seq;
        let work = self.host_work(input, by, (action, &head), now_ms);
        // The row keeps its number even if the steps give out more; a refusal gives it back.
        self.numbers.seq = seq + 1;
        let mut led = Led::default();
        let works = match self.change_as_host((action, &form), &work) {
            Ok(works) => works,
            Err(early) => {
                self.numbers.seq = seq;
                return Err(early);
            }
        };
        let row = InputRow {
            by: work.by.as_ref().map(|by| by.as_str().into()),
            name: Arc::clone(&work.name),
            matter: Some(id.0),
            original: original.as_ref().map(|(_, commitment)| *commitment),
            ..self.host_row(seq, &work)
        };
        let files = files_of(&action.fields, &form);
        self.push_input(row, Value::Object(form).to_string().into());
        self.follow(works.into(), &mut led)?;
        let mut done = Done::of(seq, self.reached(Some(id), &led.opened)?);
        let answer = Answer::Done(done.clone());
        self.keep_files(seq, Some(id), &answer, files);
        self.keep_action(&answer, &done, original, Vec::new(), key);
        if action.name == "show-original" && matches!(input.ask, Ask::Act(_)) {
            done.shown = self.originals_of(&head)?;
        }
        Ok(Answer::Done(done))
    }

    fn host_row(&self, seq: u64, work: &Work) -> InputRow {
        InputRow { seq, seal: Seal::NONE, ..self.own_row(work.kind, &work.name, work.now_ms) }
    }

    /// The same answer for a matter that is not there and one that is not the asker's (I11).
    fn check_host_action(
        &mut self,
        input: &Input,
        act: &Act,
        (action, head): (&Action, &Head),
        now_ms: i64,
    ) -> Result<Option<Actor>, Early> {
        let actor = actor_of(input, act);
        if let Ask::Again(..) = input.ask {
            return Ok(actor);
        }
        let config = Arc::clone(&self.config);
        let by = actor.as_ref().and_then(Actor::person);
        let asker = asker_of(&config.directory, actor.as_ref(), by.as_ref(), config.day_of(now_ms));
        let stands_for = match asker.check_host_action(action, head) {
            Ok(stands_for) => stands_for,
            Err(denied) => {
                let is_known = asker.sees(head) || actor.is_some_and(|actor| actor.proof().is_some());
                return Err(if is_known { denied.into() } else { not_there().into() });
            }
        };
        if !is_in_time(action, head) {
            return Err(Objection::new("事项已结案", "the matter is closed").into());
        }
        if action.name == "link" {
            self.check_linked(act, &asker)?;
        }
        // Under another config the journal's own words stand.
        Ok(if let Ask::Anew(..) = input.ask { actor } else { standing(actor, stands_for.as_ref()) })
    }

    /// A matter that is tied to this one must be the asker's to see as well; whether it is there is not
    /// told apart from that.
    fn check_linked(&mut self, act: &Act, asker: &Asker<'_>) -> Result<(), Early> {
        let id = match act.form.get("to") {
            Some(Value::Number(id)) => id.as_u64().map(MatterId),
            Some(Value::String(number)) => find_matter(number, &self.batch, &self.store),
            _ => None,
        };
        let head = match id {
            Some(id) => self.head(id)?,
            // That it is required is said by the form.
            None if act.form.get("to").is_none_or(Value::is_null) => return Ok(()),
            None => None,
        };
        if head.is_some_and(|head| asker.sees(&head)) { Ok(()) } else { Err(not_there().field("to").into()) }
    }

    fn host_form(
        &mut self,
        input: &Input,
        act: &Act,
        action: &Action,
        now_ms: i64,
    ) -> Result<Map<String, Value>, Early> {
        let config = Arc::clone(&self.config);
        let find_matter = |number: &str| find_matter(number, &self.batch, &self.store);
        let find_file = |text: &str| self.find_file(text, input, now_ms);
        let day = config.day_of(now_ms);
        let known = Known { config: &config, day, find_matter: &find_matter, find_file: &find_file };
        let parsed = parse_form(&action.fields, &act.form, &known);
        let mut form = parsed.map_err(|all| Early::Answer(Answer::Refused(all)))?;
        // What the reporter writes to the office they may read.
        if action.fields.get("public").is_some() && actor_of(input, act).is_some_and(|by| by.proof().is_some()) {
            form.insert("public".to_owned(), true.into());
        }
        if FORM_BYTES_MAX < Value::Object(form.clone()).to_string().len() {
            return Err(Objection::new("表单内容过大", format!("the form has over {FORM_BYTES_MAX} bytes")).into());
        }
        Ok(form)
    }

    fn host_work(&self, input: &Input, by: Option<Actor>, (action, head): (&Action, &Head), now_ms: i64) -> Work {
        Work {
            // A desk that is gone is not told; who is asked for it changes nothing.
            desk: self.config.desk(&head.desk).unwrap_or(self.config.open),
            name: host_action::marked(action).into(),
            data: "".into(),
            source: self.numbers.seq,
            input: self.numbers.seq,
            kind: kind_of(&input.ask),
            by,
            matter: Some(head.id),
            stay: head.stay,
            is_owner: true,
            now_ms,
            tried: None,
        }
    }

    fn change_as_host(
        &mut self,
        (action, form): (&Action, &Map<String, Value>),
        work: &Work,
    ) -> Result<Vec<Work>, Early> {
        let id = work.matter.expect("an action of the host's is on a matter");
        let config = Arc::clone(&self.config);
        let day = config.day_of(work.now_ms);
        let mut draft = Draft::new(&config, work, Arc::clone(&self.desk_names[work.desk.get()]), self.numbers.matter);
        let mut from = FromBatch { batch: &mut self.batch, store: &self.store, clocks: &self.clocks };
        let words = from.words_of(id).map_err(early)?;
        let mut body: Body = serde_json::from_str(&words).map_err(|error| damaged(id, &error))?;
        let working = draft.working(id, &mut from).map_err(early)?;
        let by = work.by.as_ref().and_then(Actor::person);
        let may_take = |person: &PersonId, post: &plugin_api::Post| is_of(&config, person, post, day);
        let changing = Changing { head: &mut working.head, body: &mut body };
        let Changed { said, words } = change(&action.name, form, by.as_ref(), changing, &may_take)?;
        working.dirty = working.dirty.max(if words { Dirty::Body } else { Dirty::Head });
        if words {
            working.words = Some(body.to_json().into());
        }
        if let Some((topic, data)) = said {
            let data = if data.is_null() { "".into() } else { data.to_string().into() };
            draft.said.push(Said { matter: id, topic: topic.into(), data, way: Way::Acted });
        }
        let routed = route(&mut draft, &mut from).map_err(early)?;
        self.absorb(draft, routed, work).map_err(early)
    }

    /// What the host hid of a matter: texts before they were masked, and how its reporters are reached.
    fn originals_of(&mut self, head: &Head) -> Result<Vec<Original>, StoreError> {
        self.batch.flush(&mut self.store, &mut self.committed)?;
        let reader = self.store.reader();
        let mut shown = Vec::new();
        for (input, text) in reader.originals_on(head.id)? {
            let fields: Map<String, Value> =
                serde_json::from_str(&text).map_err(|error| StoreError::Damaged(format!("input {input}: {error}")))?;
            shown.extend(fields.into_iter().map(|(of, value)| {
                let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                Original { input, of, text }
            }));
        }
        for reporter in &head.reporters {
            let contact = reader.contact_of(reporter.as_str())?;
            shown.extend(contact.map(|text| Original { input: 0, of: reporter.to_string(), text }));
        }
        Ok(shown)
    }
}

impl Target {
    /// The matter it is about.
    pub(super) fn matter(&self) -> Option<MatterId> {
        match self {
            Target::Desk(_) => None,
            Target::Matter(id) | Target::MatterAt(id, _) | Target::ByCode(id, _) => Some(*id),
        }
    }
}

fn is_of(config: &crate::config::Config, person: &PersonId, post: &plugin_api::Post, day: Date) -> bool {
    Asker::new(&config.directory, Some(person), day).is_of(post)
}

fn host_title() -> plugin_api::Title {
    host_action::manifest().title.clone()
}

fn damaged(id: MatterId, error: &serde_json::Error) -> Early {
    Early::Store(StoreError::Damaged(format!("matter {id}: {error}")))
}

fn early(error: StepError) -> Early {
    match error {
        StepError::Store(error) => Early::Store(error),
        StepError::Refused(objections) => Early::Answer(Answer::Refused(objections)),
        StepError::Failed(text) | StepError::Died(_, text) => Early::Answer(Answer::Failed(text)),
    }
}
