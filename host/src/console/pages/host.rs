//! Running the host: what is in force, what waits and can be tried again, first passwords, every limit.

use maud::{Markup, html};
use plugin_api::Title;

use super::frame::{Frame, hidden_token};
use crate::config::Config;
use crate::console::ask::Ask;
use crate::console::door::{Policy, Routes};
use crate::console::finding::words;
use crate::console::house::House;
use crate::console::passwords::make_password;
use crate::console::reply::{Refusal, Reply};
use crate::engine::input::{Answer, Ask as Asked, Input, instant};
use crate::lang::local;
use crate::limits::{self, INITIAL_PASSWORD_MS};
use crate::store::accounts::Password;
use crate::store::rows::DeliveryRow;

pub(super) fn add(routes: &mut Routes) {
    routes.get("/host", Policy::Operator, show);
    routes.post("/host/retry", Policy::Operator, retry);
    routes.post("/host/password", Policy::Operator, give_password);
}

fn show(house: &House, ask: &Ask) -> Result<Reply, Refusal> {
    let running = house.in_force.get();
    let config = &running.config;
    let kept = house.look(|_, reader| reader.deliveries())?;
    let title = Title::new("系统", "Host");
    Ok(Frame::new(house, ask, &title).page(html! {
        h1 { (ask.lang.pick(&title)) }
        @if let Some(why) = house.in_force.held_back() { p.bad.text role="alert" { (ask.lang.pick(&why)) } }
        section.card { h2 { (ask.words("异常待处理", "Steps that failed")) } (failed(config, ask, &kept)) }
        (desks(config, ask))
        section.card {
            h2 { (ask.words("登录账号", "Accounts")) }
            form.filters method="post" action="/host/password" {
                (hidden_token(ask))
                div.wide {
                    label for="person" { (ask.words("给谁设置初始密码", "A first password for")) }
                    input #person name="person" list="people" required autocomplete="off";
                    datalist #people { @for person in config.directory.everybody() { option value=(person.id) { (person.name) } } }
                }
                button { (ask.words("生成初始密码", "Make a first password")) }
            }
            p.quiet.small { (ask.words("对方原来的密码和会话立即失效。", "Their present password and sessions end at once.")) }
        }
        section.card {
            h2 { (ask.words("各项上限", "Limits")) }
            details { summary { (ask.words("全部", "all")) }
                dl.facts { @for (name, most) in limits::table() { dt { (ask.lang.pick(&name)) } dd { (most) } } } }
        }
    }))
}

fn desks(config: &Config, ask: &Ask) -> Markup {
    html! {
        section.card {
            h2 { (ask.words("业务台", "Desks")) }
            div.scroll { table {
                thead { tr { th { (ask.words("业务台", "Desk")) } th { (ask.words("库", "Library")) } th { (ask.words("版本", "Version")) } th { (ask.words("转往", "Leads to")) } } }
                tbody { @for desk in &config.desks {
                    tr {
                        td { (ask.lang.pick(&desk.title)) } td { (desk.library) } td { (desk.manifest.version) }
                        td { (leads_to(config, ask, &desk.name)) }
                    }
                } }
            } }
            p.quiet.small { (ask.words("配置 ", "config ")) (config.hash.get(..12).unwrap_or_default()) }
        }
    }
}

/// Desks that the routes of a desk's topics name.
fn leads_to(config: &Config, ask: &Ask, name: &str) -> String {
    let Some(from) = config.desk(name) else { return String::new() };
    let says = |topic: &str| config.desks[from.get()].manifest.say(topic).is_some();
    let routes = config.routes.iter().filter(|route| says(&route.on) && route.from.is_none_or(|only| only == from));
    let mut to: Vec<&str> = routes.map(|route| ask.lang.pick(&config.desks[route.to.get()].title)).collect();
    to.sort_unstable();
    to.dedup();
    to.join(ask.words("、", ", "))
}

fn failed(config: &Config, ask: &Ask, kept: &[DeliveryRow]) -> Markup {
    let words = words(config, ask);
    html! {
        @if kept.is_empty() { p.quiet { (ask.words("没有。", "None.")) } } @else {
            div.scroll { table {
                thead { tr {
                    th.number { "#" } th { (ask.words("业务台", "Desk")) } th { (ask.words("步骤", "Step")) }
                    th { (ask.words("再试", "Next try")) } th { (ask.words("原因", "Why")) } th {}
                } }
                tbody { @for step in kept {
                    tr {
                        td.number { (step.id) }
                        td { (ask.lang.pick(&words.desk(&step.desk))) }
                        td { (ask.lang.pick(&words.step(&step.desk, &step.name))) }
                        td { @match step.due_ms { Some(due_ms) => (local(instant(due_ms), &config.zone)), None => (ask.words("已停，等人处理", "parked")) } }
                        td { (step.error) }
                        td { form method="post" action="/host/retry" {
                            (hidden_token(ask))
                            input type="hidden" name="step" value=(step.id);
                            button { (ask.words("再试一次", "Try again")) }
                        } }
                    }
                } }
            } }
        }
    }
}

fn retry(house: &House, ask: &Ask) -> Result<Reply, Refusal> {
    let delivery = ask.field("step").and_then(|step| step.parse().ok());
    let delivery = delivery.ok_or_else(|| Refusal::new(422, "请指明步骤", "name the step"))?;
    let asked = Asked::Retry { delivery, by_hand: true };
    match house.put(Input { ask: asked, by: ask.visitor.person.clone(), key: None })? {
        Answer::Done(_) | Answer::Repeated(_) => Ok(Reply::see("/host")),
        Answer::Refused(objections) => {
            Err(Refusal { objections, ..Refusal::new(422, "没有再试", "it was not tried again") })
        }
        // It stands in the list, with why.
        Answer::Failed(_) => Ok(Reply::see("/host")),
        Answer::Unstored(words) => Err(Refusal { status: 507, ..words.into() }),
    }
}

fn give_password(house: &House, ask: &Ask) -> Result<Reply, Refusal> {
    let running = house.in_force.get();
    let named = ask.field("person").unwrap_or("").trim();
    let person = running.config.directory.resolve_person(named);
    let person = person.ok_or_else(|| Refusal::from(running.config.directory.no_person(named)))?;
    let busy = |_| Refusal::new(429, "请稍后再试", "try again in a moment").after(1);
    let word = make_password();
    let until_ms = house.wall.now_ms() + INITIAL_PASSWORD_MS;
    let phc = house.passwords.hash(&word).map_err(busy)?;
    house.accounts.set_password(&person.id, &Password { phc, is_initial: true, until_ms: Some(until_ms) })?;
    let by = ask.visitor.person.as_ref().map(plugin_api::PersonId::as_str);
    tracing::info!(person = person.id.as_str(), by, "A first password was given.");
    let title = Title::new("初始密码", "First password");
    Ok(Frame::new(house, ask, &title).narrow(html! {
        h1 { (person.name) (ask.words("的初始密码", "’s first password")) }
        div.card {
            p.code { (word) }
            p { (ask.words("只显示这一次，请当面或电话告知本人；登录后须换成自己的密码，有效到 ",
                "Shown only now: tell them in person. They choose another when they sign in; good until ")) (local(instant(until_ms), &running.config.zone)) "." }
        }
        p { a href="/host" { "← " (ask.words("系统", "Host")) } }
    }))
}
