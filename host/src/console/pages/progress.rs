//! A matter as its reporter follows it, by number and query code: what is public of it, and what is open
//! to its reporter. The code travels in forms, never in an address.

use maud::{Markup, html};
use plugin_api::field::Fields;
use plugin_api::manifest::Action;
use plugin_api::{Objection, Proof, Status, Title};

use super::act::{Outcome, carried, put_act};
use super::form::{Form, filled};
use super::frame::{Frame, hidden_token};
use crate::config::Config;
use crate::console::ask::Ask;
use crate::console::door::{Policy, Routes};
use crate::console::finding::{Found, whole, words};
use crate::console::house::House;
use crate::console::reply::{Refusal, Reply};
use crate::console::tries::Counted;
use crate::engine::act::{may_offer, may_offer_own};
use crate::engine::input::{Act, Target, instant};
use crate::engine::look::{codes, read_head};
use crate::host_action;
use crate::lang::local;
use crate::permission::Asker;
use crate::words::status;

pub(super) fn add(routes: &mut Routes) {
    routes.get("/progress", Policy::Anyone, show);
    routes.post("/progress", Policy::Anyone, follow);
    routes.post("/progress/act/{action}", Policy::Anyone, act);
}

fn show(house: &House, ask: &Ask) -> Result<Reply, Refusal> {
    Ok(asking(house, ask, None))
}

fn asking(house: &House, ask: &Ask, wrong: Option<&Title>) -> Reply {
    let title = Title::new("查进度", "Progress");
    let number = ask.query("number").or(ask.field("number")).unwrap_or("");
    Frame::new(house, ask, &title).narrow(html! {
        h1 { (ask.lang.pick(&title)) }
        @if let Some(wrong) = wrong { p.bad role="alert" { (ask.lang.pick(wrong)) } }
        form.card.stack method="post" action="/progress" {
            (hidden_token(ask))
            label for="number" { (ask.words("编号", "Number")) }
            input #number name="number" required maxlength="40" value=(number) placeholder="SQ2026-000001" autocapitalize="characters";
            label for="code" { (ask.words("查询码", "Code")) }
            input #code name="code" required maxlength="40" autocomplete="off" autocapitalize="characters" placeholder="7K3M-Q0ZD-81XA";
            button.primary { (ask.words("查看", "Show")) }
        }
    })
}

/// The matter of a number, if the code is its own. Nothing tells a wrong number from a wrong code.
fn find(house: &House, ask: &Ask) -> Result<Option<Found>, Refusal> {
    if let Err(seconds) = house.codes.count(&[Counted::from(ask.from)], house.wall.now_ms()) {
        let words = Refusal::new(
            429,
            format!("查询太频繁，请 {seconds} 秒后再试"),
            format!("too many tries; again in {seconds} seconds"),
        );
        return Err(words.after(seconds));
    }
    let (number, code) = (ask.field("number").unwrap_or("").trim(), ask.field("code").unwrap_or(""));
    house.look(|config, reader| {
        let fits = codes(reader)?.is_some_and(|codes| codes.fits(number, code));
        let Some(id) = reader.find(number)?.filter(|_| fits) else { return Ok(None) };
        let Some(head) = read_head(reader, id)? else { return Ok(None) };
        whole(config, ask, reader, head).map(Some)
    })
}

fn wrong_code() -> Title {
    Title::new("编号和查询码对不上，请核对后再试", "that number and code do not go together; check them and try again")
}

fn follow(house: &House, ask: &Ask) -> Result<Reply, Refusal> {
    let running = house.in_force.get();
    match find(house, ask)? {
        None => Ok(asking(house, ask, Some(&wrong_code())).status(422)),
        Some(found) => Ok(page(house, &running.config, ask, &found, None)),
    }
}

/// What is open to who comes with the code, with its name as the engine is told: the desk's, and the host's own.
fn offered<'c>(config: &'c Config, ask: &Ask, found: &Found) -> Vec<(String, &'c Action)> {
    let asker = Asker::with(&config.directory, Proof::Code, config.day_of(ask.now_ms));
    let head = &found.head;
    let spec = config.desk(&head.desk).map(|desk| &config.desks[desk.get()]);
    let of_desk = spec.into_iter().flat_map(|spec| {
        let open = spec.manifest.action.iter().filter(|action| may_offer(spec, action, Some(head), &asker));
        open.map(|action| (action.name.clone(), action))
    });
    let own = host_action::manifest().action.iter().filter(|action| may_offer_own(action, head, &asker));
    of_desk.chain(own.map(|action| (host_action::marked(action), action))).collect()
}

/// What is asked of somebody without an account: the reporter reads what they write.
fn fields_of(action: &Action) -> Fields {
    action.fields.without_staff()
}

/// Objections to a form, and which action's.
type Refused<'a> = Option<(&'a str, &'a [Objection])>;

fn page(house: &House, config: &Config, ask: &Ask, found: &Found, refused: Refused<'_>) -> Reply {
    let matter = &found.matter;
    let title = Title::new("办理进度", "Progress");
    let words = words(config, ask);
    let stage = match matter.status {
        Status::Open => words.public_stage(&matter.desk, &matter.kind, &matter.stage),
        over => Some(status(over)),
    };
    let outcome =
        matter.outcome.as_ref().map(|outcome| words.outcome(crate::words::last_words(matter, &found.events), outcome));
    Frame::new(house, ask, &title).narrow(html! {
        p.quiet { (matter.number) }
        h1 { (matter.title) }
        dl.facts.card {
            @if let Some(stage) = stage { dt { (ask.words("进展", "Now")) } dd { (ask.lang.pick(&stage)) } }
            @if let Some(outcome) = outcome { dt { (ask.words("结果", "Outcome")) } dd { (ask.lang.pick(&outcome)) } }
            dt { (ask.words("地点", "Place")) } dd { (ask.lang.pick(&words.place_within(&matter.place))) }
            dt { (ask.words("登记", "Received")) } dd { (local(matter.opened, &config.zone)) }
        }
        section.card { h2 { (ask.words("办理过程", "Way so far")) } (way(config, ask, found)) }
        @for (name, action) in offered(config, ask, found) {
            @let objections = refused.filter(|(refused, _)| *refused == name).map_or(&[][..], |(_, objections)| objections);
            @let fields = fields_of(action);
            @let form = Form { config, ask, fields: &fields, given: &ask.form, objections };
            form.card.stack method="post" action={ "/progress/act/" (name) } enctype=[form.enctype()] data-once {
                h2 { (ask.lang.pick(&action.title)) }
                (carried(ask, &found.head.desk))
                input type="hidden" name="number" value=(matter.number);
                input type="hidden" name="code" value=(ask.field("code").unwrap_or(""));
                (form.draw())
                button.primary { (ask.lang.pick(&action.title)) }
            }
        }
    })
}

/// What residents may read of the way: what the desks' manifests call public.
fn way(config: &Config, ask: &Ask, found: &Found) -> Markup {
    let words = words(config, ask);
    html! {
        ol.way {
            @for event in &found.events {
                @if let Some(said) = words.public(event) {
                    li {
                        time { (local(instant(event.at_ms), &config.zone)) }
                        b { (ask.lang.pick(&words.topic(event))) }
                        @if !said.is_empty() {
                            p.small {
                                @for (at, (name, value)) in said.iter().enumerate() {
                                    @if at != 0 { (ask.words("；", "; ")) }
                                    span.quiet { (ask.lang.pick(name)) (ask.words("：", ": ")) } (ask.lang.pick(value))
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn act(house: &House, ask: &Ask) -> Result<Reply, Refusal> {
    let running = house.in_force.get();
    let config = &running.config;
    let Some(found) = find(house, ask)? else { return Ok(asking(house, ask, Some(&wrong_code())).status(422)) };
    let open = offered(config, ask, &found).into_iter().find(|(name, _)| name == ask.part("action"));
    let (name, action) = open.ok_or_else(Refusal::not_there)?;
    let target = Target::ByCode(found.head.id, ask.field("code").unwrap_or("").to_owned());
    let form = filled(&fields_of(action), &ask.form);
    match put_act(house, ask, Act { target, action: name.clone(), form })? {
        Outcome::Refused(objections) => Ok(page(house, config, ask, &found, Some((&name, &objections))).status(422)),
        Outcome::Done(_) => follow(house, ask),
    }
}
