//! The bench: one desk, its double, and the calls of a case, run one after the other.

use serde_json::{Map, Value, json};

use super::Double;
use super::allow;
use super::apply::{Source, apply};
use super::books::NotBooked;
use super::lookup::Said;
use super::outlet::Outlet;
use super::script::{Call, Stanza, Who, parse_stanzas};
use super::seat::Seat;
use super::setup::{describe, parse_as};
use super::show::{effect_line, fault_lines, objection_line, title_words, view_lines};
use crate::field::{FieldKind, Fields, parse_form};
use crate::host::Asking;
use crate::manifest::{Action, SubjectKind};
use crate::view::Subject;
use crate::{ClockState, Effect, Fault, InputKind, Job, Manifest, Matter, MatterId, Objection, Status, ViewRequest};

/// What a stanza that calls the desk begins with.
const WORDS: [&str; 11] =
    ["act", "row", "topic", "watch", "schedule", "clock", "view", "job", "work", "receipt", "deliver"];

/// One desk under test.
pub(super) struct Bench<'a> {
    manifest: &'a Manifest,
    seat: &'a mut dyn Seat,
    double: Double,
    settings: Map<String, Value>,
    is_open: bool,
    calls: u64,
    outlet: Outlet,
}

/// What a step is called with.
struct Input<'a> {
    name: String,
    data: Map<String, Value>,
    kind: InputKind,
    who: Who<'a>,
    on: Option<MatterId>,
}

impl<'a> Bench<'a> {
    pub(super) fn new(manifest: &'a Manifest, seat: &'a mut dyn Seat) -> Bench<'a> {
        let double = Double::new(manifest.name.clone());
        Bench { manifest, seat, double, settings: Map::new(), is_open: false, calls: 0, outlet: Outlet::default() }
    }

    /// Runs a block of input and gives the output, or what is wrong with the input.
    pub(super) fn run(&mut self, block: &str) -> Result<String, String> {
        let mut output = String::new();
        for stanza in parse_stanzas(block)? {
            let lines = self.run_stanza(&stanza).map_err(|error| format!("line {}: {error}", stanza.line))?;
            for line in lines {
                output.push_str(&line);
                output.push('\n');
            }
        }
        Ok(output)
    }

    fn run_stanza(&mut self, stanza: &Stanza<'_>) -> Result<Vec<String>, String> {
        if stanza.verb == "setting" {
            let (name, value) = stanza.rest.split_once(' ').ok_or("write `setting NAME VALUE`")?;
            self.settings.insert(name.to_owned(), value.trim().into());
            self.is_open = false;
            return Ok(Vec::new());
        }
        if stanza.verb == "outside" {
            self.outlet.expect(stanza)?;
            return Ok(Vec::new());
        }
        if describe(stanza, self.manifest, &mut self.double)? {
            // A desk is opened anew whenever its district changes.
            self.is_open &= !matches!(stanza.verb, "list" | "zone");
            return Ok(Vec::new());
        }
        if !WORDS.contains(&stanza.verb) {
            return Err(format!("unknown word {:?}", stanza.verb));
        }
        let call = Call::parse(stanza)?;
        let mut lines = vec![format!("{} {}", stanza.verb, call.shown)];
        let answer = match self.open() {
            Err(lines) => lines,
            Ok(()) if stanza.verb == "view" => self.view(call)?,
            Ok(()) if stanza.verb == "work" => self.work(call)?,
            Ok(()) if stanza.verb == "deliver" => self.outlet.deliver(&call, &self.double, self.seat)?,
            Ok(()) => self.step(stanza.verb, call)?,
        };
        lines.extend(answer.into_iter().map(|line| format!("  {line}")));
        lines.extend(self.double.take_logged().into_iter().map(|line| format!("  log {line}")));
        Ok(lines)
    }

    /// Opens the desk if it is not open with the settings and tables as they now are.
    fn open(&mut self) -> Result<(), Vec<String>> {
        if self.is_open {
            return Ok(());
        }
        let settings = parse_form(&self.manifest.setting, &self.settings, &self.double).map_err(|objections| {
            objections.iter().map(|found| format!("open {}", objection_line(found))).collect::<Vec<_>>()
        })?;
        let opening = json!({ "settings": settings, "district": self.double.district() });
        self.seat
            .open(&opening.to_string())
            .map_err(|fault| fault_lines(&fault).into_iter().map(|line| format!("open {line}")).collect::<Vec<_>>())?;
        self.is_open = true;
        Ok(())
    }

    fn step(&mut self, verb: &str, call: Call<'_>) -> Result<Vec<String>, String> {
        let on = self.find_on(call.on)?;
        let input = match verb {
            "act" | "row" => self.form_input(verb, call, on),
            "receipt" => {
                let spec = self.manifest.notice(call.name).filter(|notice| notice.receipt);
                spec.ok_or_else(|| format!("no [[notice]] {:?} with a receipt", call.name))?;
                let kind = InputKind::Receipt;
                Ok(Input {
                    name: format!("receipt.{}", call.name),
                    data: receipt_data(&call),
                    kind,
                    who: Who::default(),
                    on,
                })
            }
            "clock" => {
                let name = format!("clock.{}", call.name);
                if !self.manifest.clock_calls().any(|known| known == name) {
                    return Err(format!("no [[clock]] {:?}", call.name));
                }
                if let Some(clock) = on.and_then(|on| self.double.clocks.get_mut(&(on, call.name.to_owned()))) {
                    clock.state = ClockState::Out;
                }
                Ok(Input { name, data: Map::new(), kind: InputKind::Clock, who: Who::default(), on })
            }
            "job" => {
                self.manifest.job(call.name).ok_or_else(|| format!("no [[job]] {:?}", call.name))?;
                let name = format!("job.{}", call.name);
                Ok(Input { name, data: call.data, kind: InputKind::Job, who: Who::default(), on: call.on.and(on) })
            }
            _ => self.topic_input(verb, call, on)?,
        };
        let outcome = input.and_then(|input| {
            let effects = self.handle(&input)?;
            Ok(self.apply(&effects, &Source { name: &input.name, own: input.on, who: input.who }))
        });
        Ok(outcome.unwrap_or_else(|fault| fault_lines(&fault)))
    }

    fn form_input<'c>(&mut self, verb: &str, call: Call<'c>, on: Option<MatterId>) -> Result<Input<'c>, Fault> {
        let manifest = self.manifest;
        let action = manifest
            .action(call.name)
            .ok_or_else(|| Fault::failed(format!("the manifest declares no [[action]] {:?}", call.name)))?;
        let on = if action.on == "desk" { None } else { on };
        self.check_lies(action, on)?;
        let mut data = parse_form(&action.fields, &call.data, &self.double).map_err(Fault::Refused)?;
        self.hide_contacts(&action.fields, &mut data);
        let kind = if verb == "row" { InputKind::Row } else { InputKind::Act };
        Ok(Input { name: call.name.to_owned(), data, kind, who: call.who, on })
    }

    /// What the host refuses before it calls the desk.
    fn check_lies(&self, action: &Action, on: Option<MatterId>) -> Result<(), Fault> {
        let Some(matter) = on.and_then(|on| self.double.matters.get(&on)) else {
            return if action.on == "desk" { Ok(()) } else { Err(Fault::failed("the case holds no such matter")) };
        };
        let refused = |text: String| Err(Fault::Refused(vec![Objection::new(text.clone(), text)]));
        if matter.desk != self.double.desk {
            return refused(format!("(host) matter {} lies on {}", matter.id, matter.desk));
        }
        if matter.kind != action.on {
            return refused(format!("(host) {:?} is on {:?}, not on {:?}", action.name, action.on, matter.kind));
        }
        if matter.status != Status::Open {
            return refused(format!("(host) matter {} is closed", matter.id));
        }
        if !action.stages.is_empty() && !action.stages.contains(&matter.stage) {
            return refused(format!("(host) {:?} is not open in the stage {:?}", action.name, matter.stage));
        }
        Ok(())
    }

    /// A contact becomes a person at the border: no desk sees it (I10).
    fn hide_contacts(&mut self, fields: &Fields, data: &mut Map<String, Value>) {
        for (name, _) in fields.iter().filter(|(_, field)| field.kind == FieldKind::Contact) {
            match data.get_mut(name) {
                Some(Value::String(contact)) => *contact = self.double.reporter(contact),
                Some(Value::Array(contacts)) => {
                    for contact in contacts {
                        *contact = self.double.reporter(contact.as_str().unwrap_or_default()).into();
                    }
                }
                _ => {}
            }
        }
    }

    fn topic_input<'c>(
        &mut self,
        verb: &str,
        call: Call<'c>,
        on: Option<MatterId>,
    ) -> Result<Result<Input<'c>, Fault>, String> {
        let take = self.manifest.take(call.name).ok_or_else(|| format!("no [[take]] {:?}", call.name))?;
        if take.is_on_desk() != (verb == "schedule") {
            let about = if take.is_on_desk() { "the desk: write `schedule`" } else { "a matter: write `topic`" };
            return Err(format!("{:?} is about {about}", call.name));
        }
        let (needed, further) = call.data.into_iter().partition(|(name, _)| take.data.get(name).is_some());
        let mut data = match parse_form(&take.data, &needed, &Said(&self.double)) {
            Ok(data) => data,
            Err(objections) => return Ok(Err(Fault::Refused(objections))),
        };
        data.extend::<Map<String, Value>>(further);
        if verb == "topic"
            && let Some(matter) = on.and_then(|on| self.double.matters.get_mut(&on))
            && matter.desk != self.double.desk
        {
            hand_over(matter, self.manifest);
        }
        let (kind, on) = if verb == "schedule" { (InputKind::Schedule, None) } else { (InputKind::Act, on) };
        Ok(Ok(Input { name: call.name.to_owned(), data, kind, who: call.who, on }))
    }

    fn handle(&mut self, input: &Input<'_>) -> Result<Vec<Effect>, Fault> {
        self.calls += 1;
        let note = input.on.and_then(|on| self.double.notes.get(&on));
        let call = json!({
            "input": { "name": input.name, "data": input.data },
            "step": {
                "now": self.double.now,
                "today": self.double.today(),
                "input": {
                    "seq": self.calls, "kind": input.kind, "by": input.who.by, "proof": input.who.with,
                    "stands_for": input.who.stands_for, "second": input.who.second,
                },
                "desk": self.double.desk,
                "matter": input.on.and_then(|on| self.double.matters.get(&on)).map(|matter| self.as_read(matter, &input.name)),
                "note": note,
                "clocks": input.on.map_or_else(Vec::new, |on| self.double.clocks_of(on)),
                "next_id": self.double.next_id(),
            },
        });
        self.seat.handle(&call.to_string(), &Asking(&self.double))
    }

    /// A matter as the step of this name gets it.
    fn as_read(&self, matter: &Matter, name: &str) -> Matter {
        let mut matter = matter.clone();
        if !self.manifest.wants_words(name) {
            matter.title.clear();
            matter.text.clear();
            (matter.address, matter.position, matter.reported_at, matter.source) = (None, None, None, None);
        }
        matter
    }

    /// Applies all effects, or none if the host would not take one of them (I3).
    fn apply(&mut self, effects: &[Effect], source: &Source<'_>) -> Vec<String> {
        let mut after = self.double.clone();
        let mut is_allowed = true;
        let mut lines = Vec::new();
        for effect in effects {
            let line = effect_line(effect, source.own);
            if let Effect::Transfer(transfer) = effect
                && let Err(NotBooked::Refused(objection)) = after.check_booking(transfer, self.manifest)
            {
                return vec![objection_line(&objection)];
            }
            match allow::check(effect, source, self.manifest, &after) {
                Ok(()) => {
                    apply(effect, source, self.manifest, &mut after);
                    lines.push(line);
                }
                Err(why) => {
                    is_allowed = false;
                    lines.push(format!("NOT ALLOWED {line} ({why})"));
                }
            }
        }
        if is_allowed {
            self.double = after;
        }
        if lines.is_empty() {
            lines.push("nothing".to_owned());
        }
        lines
    }

    fn view(&self, call: Call<'_>) -> Result<Vec<String>, String> {
        let spec = self.manifest.view(call.name).ok_or_else(|| format!("no [[view]] {:?}", call.name))?;
        let params = match parse_form(&spec.params, &call.data, &self.double) {
            Ok(params) => params,
            Err(objections) => return Ok(fault_lines(&Fault::Refused(objections))),
        };
        let of = match (spec.of, call.of) {
            (None, None) => None,
            (Some(SubjectKind::Matter), of) => self.find_on(of)?.map(Subject::Matter),
            (Some(SubjectKind::Place), Some(of)) => Some(Subject::Place(of.into())),
            (Some(SubjectKind::Person), Some(of)) => Some(Subject::Person(of.into())),
            (Some(SubjectKind::Unit), Some(of)) => Some(Subject::Unit(of.into())),
            (kind, of) => return Err(format!("the view is of {kind:?}, the case says {of:?}")),
        };
        let (now, today) = (self.double.now, self.double.today());
        let request =
            ViewRequest { name: call.name.to_owned(), params, of, by: call.who.by.map(Into::into), now, today };
        let mut lines = vec![title_words(&spec.title)];
        match self.seat.view(&request, &Asking(&self.double)) {
            Ok(view) => lines.extend(view_lines(&view, &self.double.zone)),
            Err(fault) => lines.extend(fault_lines(&fault)),
        }
        Ok(lines)
    }

    /// Runs a job; what it comes to is the desk's only when the case says so with `job`.
    fn work(&self, call: Call<'_>) -> Result<Vec<String>, String> {
        let spec = self.manifest.job(call.name).ok_or_else(|| format!("no [[job]] {:?}", call.name))?;
        let params = match parse_form(&spec.params, &call.data, &Said(&self.double)) {
            Ok(params) => params,
            Err(objections) => return Ok(fault_lines(&Fault::Refused(objections))),
        };
        let (now, today, desk) = (self.double.now, self.double.today(), self.double.desk.clone());
        let matter = if call.on.is_some() { self.find_on(call.on)? } else { None };
        let job = Job { id: 1, name: call.name.to_owned(), params, matter, now, today, desk, attempt: 1 };
        Ok(match self.seat.work(&job, &Asking(&self.double)) {
            Ok(result) => vec![result.to_string()],
            Err(fault) => fault_lines(&fault),
        })
    }

    fn find_on(&self, given: Option<&str>) -> Result<Option<MatterId>, String> {
        let Some(given) = given else {
            return Ok(self.double.matters.keys().next().copied());
        };
        let id = MatterId(parse_as(given, "matter")?);
        if self.double.matters.contains_key(&id) { Ok(Some(id)) } else { Err(format!("there is no matter {id}")) }
    }
}

/// A receipt as the host makes it, unless the case says otherwise: delivered.
fn receipt_data(call: &Call<'_>) -> Map<String, Value> {
    let person = call.to.unwrap_or("somebody");
    let mut data = json!({ "notice": 1, "person": person, "outlet": "outlet", "delivered": true });
    for (name, value) in &call.data {
        data[name] = value.clone();
    }
    data.as_object().cloned().unwrap_or_default()
}

/// What the host does before a routed topic reaches its new owner.
fn hand_over(matter: &mut Matter, manifest: &Manifest) {
    matter.desk.clone_from(&manifest.name);
    matter.stay += 1;
    matter.holders.clear();
    matter.stage =
        manifest.kind(&matter.kind).and_then(|kind| kind.entry()).map(|stage| stage.name.clone()).unwrap_or_default();
}
