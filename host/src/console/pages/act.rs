//! An action: its form, and what came of it.
//!
//! Always holds: the same form sent twice is one input, by the key it carries.

use maud::{Markup, html};
use plugin_api::manifest::Action;
use plugin_api::{Objection, Title};

use super::form::{Form, filled};
use super::frame::{Frame, hidden_token};
use crate::config::{Config, DeskConfig};
use crate::console::ask::Ask;
use crate::console::door::{Policy, Routes};
use crate::console::finding::{Found, asker, matter};
use crate::console::house::House;
use crate::console::passwords::make_token;
use crate::console::reply::{Refusal, Reply};
use crate::engine::act::{may_offer, may_offer_own};
use crate::engine::input::{Act, Answer, Ask as Asked, Done, Input, Target};
use crate::host_action;
use crate::matter::Head;

/// Field of the key that makes a form sent twice one input.
pub(super) const KEY: &str = "_key";
/// Behind the question mark of a page: what was just done.
pub(super) const DONE: &str = "done";

pub(super) fn add(routes: &mut Routes) {
    routes.get("/matters/{number}/act/{action}", Policy::Person, show_on_matter);
    routes.post("/matters/{number}/act/{action}", Policy::Person, act_on_matter);
    routes.get("/desks/{desk}/act/{action}", Policy::Person, show_on_desk);
    routes.post("/desks/{desk}/act/{action}", Policy::Person, act_on_desk);
}

/// What an action is about, and how its page is called.
pub(in crate::console) struct About<'a> {
    desk: Title,
    /// Where the form is filled in: the name of the desk.
    at: String,
    pub action: &'a Action,
    /// The action as the engine is told: the host's own begin with a mark.
    pub name: String,
    /// Where the form is sent, and where one goes back to.
    path: String,
    back: String,
    of: Option<String>,
}

/// The actions on a matter that are open to the asker now: its desk's.
pub(in crate::console) fn offered<'c>(config: &'c Config, ask: &Ask, head: &Head) -> Vec<&'c Action> {
    let Some(desk) = config.desk(&head.desk) else { return Vec::new() };
    let spec = &config.desks[desk.get()];
    let asker = asker(config, ask);
    spec.manifest.action.iter().filter(|action| may_offer(spec, action, Some(head), &asker)).collect()
}

/// And the host's own, which are the same for all matters.
pub(super) fn offered_by_host(config: &Config, ask: &Ask, head: &Head) -> Vec<&'static Action> {
    let asker = asker(config, ask);
    let follows = ask.visitor.person.as_ref().is_some_and(|person| head.host.followers.contains(person));
    let has_sense = |action: &&Action| action.name != if follows { "follow" } else { "unfollow" };
    let own = host_action::manifest().action.iter();
    own.filter(has_sense).filter(|action| may_offer_own(action, head, &asker)).collect()
}

/// The actions of a desk, about no single matter, that are open to the asker.
pub(in crate::console) fn offered_at<'c>(config: &Config, ask: &Ask, spec: &'c DeskConfig) -> Vec<&'c Action> {
    let asker = asker(config, ask);
    spec.manifest.action.iter().filter(|action| may_offer(spec, action, None, &asker)).collect()
}

fn show_on_matter(house: &House, ask: &Ask) -> Result<Reply, Refusal> {
    let running = house.in_force.get();
    let found = find(house, ask)?;
    let about = about_matter(&running.config, ask, &found)?;
    Ok(page(house, &running.config, ask, &about, &[]))
}

/// The matter of the path, if it is the asker's to see.
pub(in crate::console) fn find(house: &House, ask: &Ask) -> Result<Found, Refusal> {
    house.look(|config, reader| matter(config, ask, reader, ask.part("number")))?.ok_or_else(Refusal::not_there)
}

/// The action of the path, on this matter.
pub(in crate::console) fn about_matter<'c>(config: &'c Config, ask: &Ask, found: &Found) -> Result<About<'c>, Refusal> {
    let number = &found.head.number;
    let asked = ask.part("action");
    let spec = config.desk(&found.head.desk).map(|desk| &config.desks[desk.get()]);
    let (desk, action) = match spec {
        _ if host_action::is_marked(asked) => (host_action::manifest().title.clone(), host_action::find(asked)),
        Some(spec) => (spec.title.clone(), spec.manifest.action(asked).filter(|action| action.on != "desk")),
        None => (Title::default(), None),
    };
    let action = action.ok_or_else(Refusal::not_there)?;
    let back = format!("/matters/{number}");
    let of = Some(format!("{number}　{}", found.matter.title));
    let (at, name) = (found.head.desk.to_string(), asked.to_owned());
    Ok(About { desk, at, action, path: format!("{back}/act/{asked}"), name, back, of })
}

fn act_on_matter(house: &House, ask: &Ask) -> Result<Reply, Refusal> {
    let running = house.in_force.get();
    let found = find(house, ask)?;
    let about = about_matter(&running.config, ask, &found)?;
    // Where the form was filled in, not where it lies now: the person saw that desk.
    let seen_at = ask.field("_desk").unwrap_or(&found.head.desk).to_owned();
    let target = match host_action::is_marked(&about.name) {
        true => Target::Matter(found.head.id),
        false => Target::MatterAt(found.head.id, seen_at),
    };
    put(house, &running.config, ask, &about, target, |_| about.back.clone())
}

/// The action of the path, at its desk, if it is open to the asker.
pub(in crate::console) fn about_desk<'c>(config: &'c Config, ask: &Ask) -> Result<About<'c>, Refusal> {
    let name = ask.part("desk");
    let desk = config.desk(name).ok_or_else(Refusal::not_there)?;
    let spec = &config.desks[desk.get()];
    let action = spec.manifest.action(ask.part("action")).filter(|action| action.on == "desk");
    let action = action.filter(|action| may_offer(spec, action, None, &asker(config, ask)));
    let action = action.ok_or_else(Refusal::not_there)?;
    let back = format!("/desks/{name}");
    let (desk, name) = (spec.title.clone(), action.name.clone());
    Ok(About { desk, at: spec.name.clone(), action, path: format!("{back}/act/{name}"), name, back, of: None })
}

fn show_on_desk(house: &House, ask: &Ask) -> Result<Reply, Refusal> {
    let running = house.in_force.get();
    let about = about_desk(&running.config, ask)?;
    Ok(page(house, &running.config, ask, &about, &[]))
}

fn act_on_desk(house: &House, ask: &Ask) -> Result<Reply, Refusal> {
    let running = house.in_force.get();
    let about = about_desk(&running.config, ask)?;
    let target = Target::Desk(ask.part("desk").to_owned());
    put(house, &running.config, ask, &about, target, |done| match done.matters.iter().find(|matter| matter.opened) {
        Some(opened) => format!("/matters/{}", opened.number),
        None => about.back.clone(),
    })
}

fn put(
    house: &House,
    config: &Config,
    ask: &Ask,
    about: &About<'_>,
    target: Target,
    then: impl FnOnce(&Done) -> String,
) -> Result<Reply, Refusal> {
    let form = filled(&about.action.fields, &ask.form);
    let act = Act { target, action: about.name.clone(), form };
    match put_act(house, ask, act)? {
        Outcome::Done(done) if !done.shown.is_empty() => Ok(originals(house, ask, about, &done)),
        Outcome::Done(done) => {
            let name: String = form_urlencoded::byte_serialize(about.name.as_bytes()).collect();
            Ok(Reply::see(&format!("{}?{DONE}={name}", then(&done))))
        }
        Outcome::Refused(objections) => Ok(page(house, config, ask, about, &objections).status(422)),
    }
}

/// What was shown, which is an event of the matter: never again without another.
fn originals(house: &House, ask: &Ask, about: &About<'_>, done: &Done) -> Reply {
    Frame::new(house, ask, &about.action.title).narrow(html! {
        p { a href=(about.back) { "← " (about.of.as_deref().unwrap_or("")) } }
        h1 { (ask.lang.pick(&about.action.title)) }
        p.quiet { (ask.words("这次查看已记入办理过程。", "That you looked is in the matter's way.")) }
        dl.facts.card { @for original in &done.shown { dt { (original.of) } dd.text { (original.text) } } }
    })
}

/// What came of an act.
pub(in crate::console) enum Outcome {
    /// It is done.
    Done(Done),
    /// Something must be mended first.
    Refused(Vec<Objection>),
}

/// Puts an act in, as the asker's, by the key that its form carries.
pub(super) fn put_act(house: &House, ask: &Ask, act: Act) -> Result<Outcome, Refusal> {
    put_keyed(house, ask, act, ask.field(KEY).map(|key| format!("form-{key}")))
}

/// The same by a key that came otherwise.
pub(in crate::console) fn put_keyed(
    house: &House,
    ask: &Ask,
    act: Act,
    key: Option<String>,
) -> Result<Outcome, Refusal> {
    match house.put(Input { ask: Asked::Act(act), by: ask.visitor.person.clone(), key }).map_err(stopping)? {
        Answer::Done(done) | Answer::Repeated(done) => {
            house.settle(done.seq);
            Ok(Outcome::Done(done))
        }
        Answer::Refused(objections) => Ok(Outcome::Refused(objections)),
        Answer::Failed(_) => Err(Refusal::new(
            500,
            "这一步没有办成，系统已保留并会自动重试；若一直没有结果，请联系管理员",
            "this step failed; it is kept and will be tried again. Tell the operator if nothing comes of it",
        )),
        Answer::Unstored(words) => Err(Refusal { status: 507, words, objections: Vec::new(), retry_after_s: Some(10) }),
    }
}

fn stopping(words: Title) -> Refusal {
    Refusal { status: 503, words, objections: Vec::new(), retry_after_s: Some(5) }
}

fn page(house: &House, config: &Config, ask: &Ask, about: &About<'_>, objections: &[Objection]) -> Reply {
    let frame = Frame::new(house, ask, &about.action.title);
    let form = Form { config, ask, fields: &about.action.fields, given: prefilled(ask), objections };
    frame.narrow(html! {
        p { a href=(about.back) { "← " (about.of.as_deref().unwrap_or(ask.lang.pick(&about.desk))) } }
        h1 { (ask.lang.pick(&about.action.title)) }
        form.card.stack method="post" action=(about.path) enctype=[form.enctype()] data-once {
            (carried(ask, &about.at))
            (form.draw())
            button.primary { (ask.lang.pick(&about.action.title)) }
        }
    })
}

/// What a page fills in before: what was sent, else what its address says.
fn prefilled(ask: &Ask) -> &[(String, String)] {
    if ask.method.is_safe() { &ask.query } else { &ask.form }
}

/// What a form carries unseen: its proof, its key, and where the matter lay.
pub(super) fn carried(ask: &Ask, desk: &str) -> Markup {
    let key = ask.field(KEY).map_or_else(make_token, str::to_owned);
    html! {
        (hidden_token(ask))
        input type="hidden" name=(KEY) value=(key);
        input type="hidden" name="_desk" value=(ask.field("_desk").unwrap_or(desk));
    }
}

/// Says what was just done, on the page one comes back to.
pub(super) fn done_note(config: &Config, ask: &Ask) -> Markup {
    let done = ask.query(DONE).and_then(|name| {
        let of_desks = || config.desks.iter().find_map(|desk| desk.manifest.action(name));
        let found = if host_action::is_marked(name) { host_action::find(name) } else { of_desks() };
        found.map(|action| ask.lang.pick(&action.title))
    });
    html! { @if let Some(done) = done { p.good role="status" { (ask.words("已办理：", "Done: ")) (done) } } }
}
