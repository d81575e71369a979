//! A person's action or a table's row: addressed, checked, permitted, and then run.

mod files;
mod keys;
mod anew;
mod hosted;
mod who;

use std::sync::Arc;

use plugin_api::field::parse_form;
use plugin_api::manifest::Action;
use plugin_api::{InputKind, MatterId, Objection, PersonId, PlaceId, Status};
use serde_json::{Map, Value};

use super::Engine;
use super::border::{files_of, find_matter, mask_form, mask_objections, replace_contacts};
use super::chain::Start;
use super::input::{Act, Answer, Ask, Done, Input, Origin, Target};
use crate::actor::Actor;
use crate::config::DeskConfig;
use crate::config::known::Known;
use crate::limits::FORM_BYTES_MAX;
use crate::matter::Head;
use crate::permission::{Asker, not_there};
use crate::routes::DeskIx;
use crate::store::StoreError;
use crate::store::files::FileRow;
use crate::store::rows::{ContactRow, InputRow, OriginalRow};
use crate::store::seal::{Seal, commitment};
use crate::suggestion::titled_suggestion;
pub(crate) use hosted::may_offer_own;
use keys::{KeyScope, Keyed};
use who::{actor_of, asker_of, standing};

/// An action that may be run: everything about it is decided.
struct Ready {
    desk: DeskIx,
    matter: Option<Head>,
    action: String,
    form: Arc<str>,
    original: Option<(OriginalRow, [u8; 32])>,
    contacts: Vec<ContactRow>,
    files: Vec<FileRow>,
    key: Option<Keyed>,
    by: Option<Actor>,
}

/// Why an action is answered without being run.
enum Early {
    Answer(Answer),
    Store(StoreError),
}

impl From<StoreError> for Early {
    fn from(error: StoreError) -> Early {
        Early::Store(error)
    }
}

impl From<Objection> for Early {
    fn from(objection: Objection) -> Early {
        Early::Answer(Answer::Refused(vec![objection]))
    }
}

impl Engine {
    /// Runs an action to its end.
    pub(super) fn act(&mut self, input: &Input, act: &Act, now_ms: i64) -> Result<Answer, StoreError> {
        let answered = match self.hosts_action(act) {
            Ok(Some(action)) => self.act_as_host(input, act, action, now_ms),
            Ok(None) => self.act_at_desk(input, act, now_ms),
            Err(early) => Err(early),
        };
        match answered {
            Ok(answer) => Ok(answer),
            Err(Early::Answer(Answer::Refused(mut objections))) => {
                // They quote what was typed, and it may be anything (I10).
                mask_objections(&mut objections);
                Ok(Answer::Refused(objections))
            }
            Err(Early::Answer(answer)) => Ok(answer),
            Err(Early::Store(error)) => Err(error),
        }
    }

    fn act_at_desk(&mut self, input: &Input, act: &Act, now_ms: i64) -> Result<Answer, Early> {
        let ready = self.prepare(input, act, now_ms)?;
        let seq = self.numbers.seq;
        let kind = kind_of(&input.ask);
        let row = InputRow {
            seq,
            at_ms: now_ms,
            kind,
            by: ready.by.as_ref().map(|by| by.as_str().into()),
            desk: Some(Arc::clone(&self.desk_names[ready.desk.get()])),
            name: ready.action.as_str().into(),
            matter: ready.matter.as_ref().map(|head| head.id.0),
            config: self.config_seq,
            commitment: None,
            original: ready.original.as_ref().map(|(_, commitment)| *commitment),
            booked: None,
            seal: Seal::NONE,
        };
        let start = Start {
            row,
            body: Arc::clone(&ready.form),
            data: ready.form,
            step_ms: now_ms,
            desk: ready.desk,
            stay: ready.matter.as_ref().map_or(0, |head| head.stay),
            can_refuse: true,
        };
        let answer = self.run_chain(start)?;
        let matter = ready.matter.as_ref().map(|head| head.id);
        self.keep_files(seq, matter, &answer, ready.files);
        match &answer {
            Answer::Done(done) => self.keep_action(&answer, done, ready.original, ready.contacts, ready.key),
            // It is journaled and will be tried again: asking once more must not do it twice, and
            // who is to be answered must be known when it succeeds.
            Answer::Failed(_) => {
                let taken = Done::of(seq, self.reached(matter, &[])?);
                self.keep_action(&answer, &taken, ready.original, ready.contacts, ready.key);
            }
            Answer::Refused(_) | Answer::Repeated(_) | Answer::Unstored(_) => {}
        }
        Ok(answer)
    }

    fn keep_action(
        &mut self,
        answer: &Answer,
        done: &Done,
        original: Option<(OriginalRow, [u8; 32])>,
        contacts: Vec<ContactRow>,
        key: Option<Keyed>,
    ) {
        self.batch.set.originals.extend(original.map(|(row, _)| row));
        for contact in contacts {
            self.batch.contacts.insert(contact.digest, PersonId::new(&*contact.person));
            self.batch.set.contacts.push(contact);
        }
        if let Some(keyed) = key {
            self.keep_key(keyed, answer, done);
        }
    }

    fn check_person(&self, input: &Input) -> Result<(), Objection> {
        let directory = &self.config.directory;
        match (&input.by, &input.ask) {
            (Some(by), Ask::Act(_) | Ask::Row(_)) if directory.person(by).is_none() => {
                Err(Objection { field: None, row: None, text: directory.no_person(by.as_str()) })
            }
            _ => Ok(()),
        }
    }

    fn prepare(&mut self, input: &Input, act: &Act, now_ms: i64) -> Result<Ready, Early> {
        // Before anything about where the matter lies now: what was done before may have moved it on.
        let key = self.check_key(input, act, KeyScope::Matters, &act.form)?;
        let config = Arc::clone(&self.config);
        self.check_person(input)?;
        let (desk, matter) = self.address(input, act, now_ms)?;
        let spec = &config.desks[desk.get()];
        let action = spec
            .manifest
            .action(&act.action)
            .ok_or_else(|| no_action(&spec.manifest.action, &act.action, &spec.title))?;
        check_on(spec, action, matter.as_ref())?;
        if matches!(input.ask, Ask::Row(_)) && !action.rows {
            return Err(Objection::new("这项操作不能批量导入", "this action takes no rows").into());
        }
        if let Ask::Anew(..) = input.ask {
            self.check_anew(input, act, (spec, action), matter.as_ref(), now_ms)?;
        }
        if let Ask::Again(..) | Ask::Anew(..) = input.ask {
            let files = files_of(&action.fields, &act.form);
            let form = Value::Object(act.form.clone()).to_string().into();
            return Ok(Ready {
                files,
                desk,
                matter,
                action: act.action.clone(),
                form,
                original: None,
                contacts: Vec::new(),
                key: None,
                by: actor_of(input, act),
            });
        }
        let day = config.day_of(now_ms);
        let find_matter = |number: &str| find_matter(number, &self.batch, &self.store);
        let find_file = |text: &str| self.find_file(text, input, now_ms);
        let known = Known { config: &config, day, find_matter: &find_matter, find_file: &find_file };
        let mut form =
            parse_form(&action.fields, &act.form, &known).map_err(|all| Early::Answer(Answer::Refused(all)))?;
        let place = self.place_of(action, &form, matter.as_ref())?;
        let actor = actor_of(input, act);
        let asker = asker_of(&config.directory, actor.as_ref(), input.by.as_ref(), day);
        let stands_for = asker.check_action(spec, action, matter.as_ref(), place.as_ref())?;
        let by = standing(actor, stands_for.as_ref());
        let key = key.or(self.check_key(input, act, KeyScope::Desk(desk), &form)?);
        let files = files_of(&action.fields, &form);
        let original = mask_form(&action.fields, &mut form).map(|text| self.keep_original(text));
        let contacts =
            replace_contacts(&action.fields, &mut form, self.numbers.seq, &self.secret, &self.batch, &self.store)?;
        let form: Arc<str> = Value::Object(form).to_string().into();
        if FORM_BYTES_MAX < form.len() {
            let text =
                Objection::new("表单内容过大", format!("the form has {} bytes, at most {FORM_BYTES_MAX}", form.len()));
            return Err(text.into());
        }
        Ok(Ready { desk, matter, action: act.action.clone(), form, original, contacts, files, key, by })
    }

    /// What was typed before it was masked, and what binds it to the row of its input.
    fn keep_original(&mut self, text: String) -> (OriginalRow, [u8; 32]) {
        let salt = self.salts.next();
        let commitment = commitment(&salt, text.as_bytes());
        (OriginalRow { seq: self.numbers.seq, salt, text }, commitment)
    }

    /// The same answer for a matter that is not there and one that is not the asker's (I11): neither
    /// where it lies nor its stage nor its actions are told to somebody who neither sees it nor may act
    /// on it.
    fn check_seen(
        &self,
        input: &Input,
        act: &Act,
        desk: Option<DeskIx>,
        head: &Head,
        now_ms: i64,
    ) -> Result<(), Objection> {
        let Ask::Act(_) = &input.ask else { return Ok(()) };
        let on = self.config.day_of(now_ms);
        let actor = actor_of(input, act);
        let asker = asker_of(&self.config.directory, actor.as_ref(), input.by.as_ref(), on);
        let may = |spec: &DeskConfig| {
            let action = spec.manifest.action(&act.action);
            action.is_some_and(|action| asker.is_among(spec, &action.who, Some(head), Some(&head.place)))
        };
        let is_theirs = asker.sees(head) || desk.is_some_and(|desk| may(&self.config.desks[desk.get()]));
        match act.target {
            _ if is_theirs => Ok(()),
            // That it is there they know: their code is right.
            Target::ByCode(..) => {
                Err(Objection::new("凭查询码不能办理这一项", "this is not open to who comes with a query code"))
            }
            _ => Err(not_there()),
        }
    }

    /// A code opens its own matter, and that to who has no account.
    fn check_code(&self, input: &Input, act: &Act, head: &Head) -> Result<(), Objection> {
        let Target::ByCode(_, code) = &act.target else { return Ok(()) };
        if input.by.is_some() {
            return Err(Objection::new(
                "查询码是给没有账户的人用的；已登录的，请直接办理",
                "a query code is for people without an account; act as the person you are",
            ));
        }
        if self.codes().fits(&head.number, code) { Ok(()) } else { Err(not_there()) }
    }

    fn address(&mut self, input: &Input, act: &Act, now_ms: i64) -> Result<(DeskIx, Option<Head>), Early> {
        let (id, seen_at) = match &act.target {
            Target::Desk(name) => {
                let desk = self.config.desk(name);
                let desk = desk.ok_or_else(|| {
                    Objection::new(format!("没有名为“{name}”的业务台"), format!("there is no desk {name:?}"))
                })?;
                return Ok((desk, None));
            }
            Target::Matter(id) => (*id, None),
            Target::MatterAt(id, desk) => (*id, Some(desk)),
            Target::ByCode(id, _) => (*id, None),
        };
        let head = self.head(id)?.ok_or_else(not_there)?;
        self.check_code(input, act, &head)?;
        let desk = self.config.desk(&head.desk);
        self.check_seen(input, act, desk, &head, now_ms)?;
        let title = |name: &str| match self.config.desk(name) {
            Some(desk) => self.config.desks[desk.get()].title.clone(),
            None => plugin_api::Title::new(name, name),
        };
        if seen_at.is_some_and(|desk| *desk != *head.desk) {
            let at = title(&head.desk);
            let text = Objection::new(
                format!("事项已转到“{}”，不在原处", at.zh),
                format!("the matter has gone on; it lies on {:?} now", at.en),
            );
            return Err(text.into());
        }
        let desk = desk.ok_or_else(|| {
            Objection::new(
                format!("事项所在的业务台“{}”已不在配置中，请联系管理员", head.desk),
                format!("the matter lies on desk {:?}, which the config no longer has; tell the operator", head.desk),
            )
        })?;
        Ok((desk, Some(head)))
    }

    /// Where a role must hold: the place of the `at` field, or of the matter it names, else of the
    /// matter acted on.
    fn place_of(
        &mut self,
        action: &Action,
        form: &Map<String, Value>,
        matter: Option<&Head>,
    ) -> Result<Option<PlaceId>, Early> {
        let Some(at) = &action.at else { return Ok(matter.map(|head| head.place.clone())) };
        match form.get(at) {
            Some(Value::String(place)) => Ok(Some(PlaceId::from(place.as_str()))),
            Some(Value::Number(id)) => {
                let head = self.head(MatterId(id.as_u64().unwrap_or(0)))?;
                Ok(head.map(|head| head.place))
            }
            _ => Ok(None),
        }
    }
}

fn kind_of(ask: &Ask) -> InputKind {
    match ask {
        Ask::Row(_) | Ask::Again(_, Origin::Row) | Ask::Anew(_, Origin::Row) => InputKind::Row,
        _ => InputKind::Act,
    }
}

fn no_action(known: &[Action], name: &str, desk: &plugin_api::Title) -> Objection {
    let hint = titled_suggestion(name, known.iter().map(|action| (action.name.as_str(), Some(&action.title))));
    Objection::new(
        format!("“{}”没有操作“{name}”；{}", desk.zh, hint.zh),
        format!("{:?} has no action {name:?}; {}", desk.en, hint.en),
    )
}

/// Whether an action is open to somebody on a matter as it lies, or at the desk: what a page offers. The
/// engine asks the same again when it is done.
pub(crate) fn may_offer(spec: &DeskConfig, action: &Action, matter: Option<&Head>, asker: &Asker<'_>) -> bool {
    let place = matter.filter(|_| action.at.is_none()).map(|head| &head.place);
    check_on(spec, action, matter).is_ok() && asker.check_action(spec, action, matter, place).is_ok()
}

fn check_on(spec: &DeskConfig, action: &Action, matter: Option<&Head>) -> Result<(), Objection> {
    let Some(head) = matter else {
        if action.on == "desk" {
            return Ok(());
        }
        return Err(Objection::new("这项操作要指明事项", "this action is on a matter; name it"));
    };
    if action.on != *head.kind {
        return Err(Objection::new(
            format!("“{}”不适用于这类事项", action.title.zh),
            format!("{:?} is not for this kind of matter", action.title.en),
        ));
    }
    if head.status != Status::Open {
        return Err(Objection::new("事项已结案", "the matter is closed"));
    }
    if head.host.busy != 0 {
        return Err(Objection::new(
            "事项正在处理中，请稍后再试；若长时间如此，请管理员查看“异常待处理”",
            "the matter is in work, try again later; if it stays so, the operator should look at `hongling parked`",
        ));
    }
    if !action.stages.is_empty() && !action.stages.iter().any(|stage| **stage == *head.stage) {
        let stages = spec.manifest.kind(&head.kind).map_or(&[][..], |kind| &kind.stages);
        let title = stages.iter().find(|stage| *stage.name == *head.stage).map(|stage| &stage.title);
        let (zh, en) = title.map_or((&*head.stage, &*head.stage), |title| (&title.zh, &title.en));
        return Err(Objection::new(
            format!("当前环节（{zh}）不能办理“{}”，可能已由他人办理", action.title.zh),
            format!("{:?} is not open in stage {en:?}; somebody may have been faster", action.title.en),
        ));
    }
    Ok(())
}
