//! Desks made from a seed: what they do depends on the seed and on what they are asked, and on nothing
//! else, so they are as pure as a real one.
//!
//! Whatever a step does it leaves a token behind, three times: in its note on the matter, as a record,
//! and, if it owns the matter, in an event; and now and then in a notice. That is how the checks know
//! that it was run once and whole. Many book something as well, under the token, and some undo what the
//! same desk booked before; what they wanted stands in the record.

use hongling::engine::call::{Asked, Caller, Outcome};
use plugin_api::host::Question;
use plugin_api::ledger::{Account, Transfer};
use plugin_api::{Budget, Effects, MatterId, Objection, Opening, PlaceId, Post, Recipients, Status, Step};
use serde_json::{Value, json};

use super::dice::Dice;

/// What is booked: out of nowhere into a box, or out of a box, if it holds as much.
struct Money {
    amount: i64,
    debit: Account,
    credit: Account,
}

impl Money {
    /// What goes with a token: the same whenever it is asked, so that a later step knows what an earlier
    /// one booked.
    fn of(token: &str) -> Option<Money> {
        let mut dice = Dice::of(0, &["money", token]);
        let is_earned = match dice.below(100) {
            0..30 => true,
            30..42 => false,
            _ => return None,
        };
        let (made, name) = (Account::new("made"), *dice.pick(&["a", "b"])?);
        let amount = 1 + i64::try_from(dice.below(40)).ok()?;
        let kept = Account::new("box").of_text(name);
        let (debit, credit) = if is_earned { (made, kept) } else { (kept, made) };
        Some(Money { amount, debit, credit })
    }

    fn undone(self) -> Money {
        Money { amount: self.amount, debit: self.credit, credit: self.debit }
    }

    /// The transfer, and the same in plain words for the record.
    fn book(&self, effects: Effects, key: &str, undoes: Option<&str>, step: &Step<Value>) -> (Effects, Value) {
        let Money { amount, debit, credit } = self;
        let mut transfer = Transfer::new(key, *amount, step.today, debit.clone(), credit.clone());
        transfer.reverses = undoes.map(str::to_owned);
        let words = format!("{key} {debit} {credit} {amount} {}", undoes.unwrap_or("-"));
        (effects.transfer(transfer), words.into())
    }
}

/// The desk that only watches.
pub const WATCHER: &str = "watcher";

/// A desk of the seed.
pub struct Scripted {
    /// The seed.
    pub seed: u64,
    /// What it does wrong on purpose: a control of the checks.
    pub slip: Slip,
}

/// What a desk does that the checks must find.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slip {
    /// Nothing.
    None,
    /// Now and then a record without the note that belongs to it: half a step.
    HalfAStep,
    /// What it does depends on how often it was called: not pure.
    Moody,
}

struct Called {
    name: String,
    data: Value,
}

fn parse(request: &str) -> (Called, Step<Value>) {
    let mut request: Value = serde_json::from_str(request).unwrap();
    let step = serde_json::from_value(request["step"].take()).unwrap();
    let input = &mut request["input"];
    (Called { name: input["name"].as_str().unwrap().to_owned(), data: input["data"].take() }, step)
}

impl Caller for Scripted {
    fn call(&self, _: u32, request: &str, ask: Asked<'_>, out: &mut Vec<u8>) -> Outcome {
        let (input, step) = parse(request);
        // A journal that does not come out again, as one of moody desks, tells of matters that are not there.
        if input.name != "start" && step.matter.is_none() {
            return Outcome::Failed("the matter is not there".into());
        }
        let mut dice = Dice::of(self.seed, &[request]);
        if self.slip == Slip::Moody {
            static CALLS: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);
            dice = Dice::new(dice.next() ^ CALLS.fetch_add(1, std::sync::atomic::Ordering::Relaxed));
        }
        match dice.below(100) {
            0..8 => return Outcome::Failed("has a bad day".into()),
            8..12 => return Outcome::Refused(vec![Objection::new("不行", "no")]),
            12..14 => {
                out.extend_from_slice(b"[{\"say\":{\"topic\":\"no");
                return Outcome::Ok;
            }
            14..15 => return Outcome::NotOffered,
            _ => {}
        }
        let mut token = format!("{:016x}", dice.next());
        if dice.is(20)
            && let Some(matter) = &step.matter
        {
            let question = serde_json::to_string(&Question::Matter { id: matter.id }).unwrap();
            let Ok(answer) = ask(&question) else { return Outcome::Failed("was not answered".into()) };
            token = format!("{:016x}", Dice::of(self.seed, &[&token, &answer]).next());
        }
        let effects = Act { input: &input, step: &step, token: &token, slip: self.slip }.effects(&mut dice);
        serde_json::to_writer(out, &effects.into_list()).unwrap();
        Outcome::Ok
    }
}

/// One step that succeeds, if the host lets it.
struct Act<'a> {
    input: &'a Called,
    step: &'a Step<Value>,
    token: &'a str,
    slip: Slip,
}

impl Act<'_> {
    fn effects(&self, dice: &mut Dice) -> Effects {
        let (step, token) = (self.step, self.token);
        let mut effects = Effects::new();
        let is_start = self.input.name == "start";
        if is_start {
            effects = effects.open(step.new_id(0), opening(token));
        }
        let is_owner = is_start || step.matter.as_ref().is_some_and(|matter| matter.desk == step.desk);
        let mut bell = Value::Null;
        if is_owner {
            effects = effects.label("mark", token).say("noted", &json!({ "how": token }));
            (effects, bell) = self.decide(effects, dice);
        }
        let tells = dice.is(15);
        if tells {
            effects = effects.send(Recipients::Post(Post::Person("somebody".into())), "told", &json!({ "how": token }));
        }
        let words = |name: &str| step.note[name].as_array().filter(|_| !is_start).cloned().unwrap_or_default();
        let (mut saw, mut undone) = (words("saw"), words("undone"));
        let mut booked = Vec::new();
        effects = self.book(effects, dice, &saw, (&mut undone, &mut booked));
        let half = self.slip == Slip::HalfAStep && dice.is(10);
        if !half {
            saw.push(token.into());
            effects = effects.note(&json!({ "saw": saw, "undone": undone }));
        }
        let matter = if is_start { step.new_id(0) } else { step.matter.as_ref().unwrap().id };
        let record = json!({
            "matter": matter.0, "from": self.input.data["how"], "name": self.input.name, "owner": is_owner, "bell": bell,
            "tells": tells,
            "booked": booked,
        });
        effects = effects.put("seen", token, &record);
        if dice.is(3) {
            return wrong(effects, dice, step);
        }
        if is_owner && !is_start && dice.is(6) {
            effects = effects.open(step.new_id(0), opening(token));
        }
        effects
    }

    /// Books what goes with the step, and now and then undoes what went with an earlier one of this desk
    /// on this matter, once.
    fn book(
        &self,
        mut effects: Effects,
        dice: &mut Dice,
        saw: &[Value],
        (undone, booked): (&mut Vec<Value>, &mut Vec<Value>),
    ) -> Effects {
        if let Some(money) = Money::of(self.token) {
            let (with, words) = money.book(effects, self.token, None, self.step);
            effects = with;
            booked.push(words);
        }
        let is_left = |token: &&Value| !undone.contains(token) && token.as_str().and_then(Money::of).is_some();
        let left: Vec<&Value> = saw.iter().filter(is_left).collect();
        if dice.is(25)
            && let Some(old) = dice.pick(&left).and_then(|token| token.as_str())
            && let Some(money) = Money::of(old)
        {
            let (with, words) = money.undone().book(effects, &format!("{old}-"), Some(old), self.step);
            effects = with;
            booked.push(words);
            undone.push(old.into());
        }
        effects
    }

    /// What an owner does with its matter, and with the bell: when it will ring, that it is stopped, or
    /// nothing.
    fn decide(&self, mut effects: Effects, dice: &mut Dice) -> (Effects, Value) {
        let mut bell = Value::Null;
        if dice.is(25) {
            effects = effects.stage("done");
        }
        if dice.is(35) {
            let minutes = 1 + u32::try_from(dice.below(600)).unwrap();
            effects = effects.start("bell", Budget::Minutes(minutes));
            bell = (self.step.now.as_millisecond() + i64::from(minutes) * 60_000).into();
        } else if dice.is(10) {
            effects = effects.stop("bell");
            bell = "stopped".into();
        }
        if dice.is(40) {
            effects = effects.say("handed", &json!({ "how": format!("{}h", self.token) }));
        }
        if dice.is(10) {
            effects = effects.say("again", &json!({ "how": format!("{}a", self.token) }));
        }
        let id = self.step.matter.as_ref().map_or(0, |matter| matter.id.0);
        if 1 < id && dice.is(8) {
            let other = MatterId(1 + dice.below(id));
            effects = effects.tell(other, "handed", &json!({ "how": format!("{}t", self.token) }));
        }
        let is_open = self.step.matter.as_ref().is_some_and(|matter| matter.status == Status::Open);
        if is_open && dice.is(7) {
            effects = effects.close("done with");
            bell = "stopped".into();
        }
        (effects, bell)
    }
}

/// What the host must refuse, and with it all the rest of the step.
fn wrong(effects: Effects, dice: &mut Dice, step: &Step<Value>) -> Effects {
    match dice.below(2) {
        // It owns nothing, so whatever it takes is another's.
        0 if step.desk == WATCHER => effects.on(MatterId(1 + dice.below(step.next_id))).label("mark", "stolen"),
        0 => effects.say("gossip", &json!({})),
        _ => effects.stage("nowhere"),
    }
}

fn opening(token: &str) -> Opening {
    let place = Some(PlaceId::from("daguan"));
    Opening { kind: "trial".into(), title: token.to_owned(), place, ..Opening::default() }
}
