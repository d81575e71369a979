//! What residents do without an account: report.
//!
//! Asks no more than the desk asks of anybody; what is for staff is not asked here.

use maud::html;
use plugin_api::manifest::Action;
use plugin_api::{Objection, Title};

use super::act::{Outcome, carried, put_act};
use super::form::{Form, filled};
use super::frame::{Frame, hidden_token};
use crate::config::{Config, DeskConfig};
use crate::console::ask::Ask;
use crate::console::door::{Policy, Routes};
use crate::console::finding::asker;
use crate::console::house::House;
use crate::console::reply::{Refusal, Reply};
use crate::console::tries::Counted;
use crate::engine::act::may_offer;
use crate::engine::input::{Act, Done, Target};

pub(super) fn add(routes: &mut Routes) {
    routes.get("/report", Policy::Anyone, show);
    routes.post("/report", Policy::Anyone, report);
}

/// The action by which matters are opened, if it is open to the asker.
fn opening<'c>(config: &'c Config, ask: &Ask) -> Result<(&'c DeskConfig, &'c Action), Refusal> {
    let spec = &config.desks[config.open.get()];
    let asker = asker(config, ask);
    let mut open = spec.manifest.action.iter().filter(|action| may_offer(spec, action, None, &asker));
    open.next().map(|action| (spec, action)).ok_or_else(Refusal::not_there)
}

fn show(house: &House, ask: &Ask) -> Result<Reply, Refusal> {
    page(house, ask, &[])
}

fn page(house: &House, ask: &Ask, objections: &[Objection]) -> Result<Reply, Refusal> {
    let running = house.in_force.get();
    let config = &running.config;
    let (spec, action) = opening(config, ask)?;
    let is_staff = ask.visitor.person.is_some();
    let fields = if is_staff { action.fields.clone() } else { action.fields.without_staff() };
    let given = if ask.method.is_safe() { &ask.query } else { &ask.form };
    let form = Form { config, ask, fields: &fields, given, objections };
    let title = if is_staff { action.title.clone() } else { Title::new("我要反映", "Report") };
    let frame = Frame::new(house, ask, &title);
    Ok(frame.narrow(html! {
        h1 { (ask.lang.pick(&title)) }
        form.card.stack method="post" action="/report" enctype=[form.enctype()] data-once {
            (carried(ask, &spec.name))
            (form.draw())
            button.primary { (ask.words("提交", "Send")) }
        }
        @if !is_staff {
            p.quiet.small { (ask.words("正文里的手机号和身份证号会自动隐去，联系方式只用于回复您。",
                "Phone and identity numbers in the text are hidden; how to reach you is used only to answer you.")) }
        }
    }))
}

fn report(house: &House, ask: &Ask) -> Result<Reply, Refusal> {
    let running = house.in_force.get();
    let (spec, action) = opening(&running.config, ask)?;
    let is_staff = ask.visitor.person.is_some();
    if !is_staff && let Err(seconds) = house.reports.count(&[Counted::from(ask.from)], house.wall.now_ms()) {
        let words = Refusal::new(
            429,
            format!("提交太频繁，请 {seconds} 秒后再试"),
            format!("too many reports from here; again in {seconds} seconds"),
        );
        return Err(words.after(seconds));
    }
    let fields = if is_staff { action.fields.clone() } else { action.fields.without_staff() };
    let form = filled(&fields, &ask.form);
    let act = Act { target: Target::Desk(spec.name.clone()), action: action.name.clone(), form };
    match put_act(house, ask, act)? {
        Outcome::Refused(objections) => Ok(page(house, ask, &objections)?.status(422)),
        Outcome::Done(done) if is_staff => Ok(Reply::see(&match done.matters.first() {
            Some(opened) => format!("/matters/{}?done={}", opened.number, action.name),
            None => "/".to_owned(),
        })),
        Outcome::Done(done) => Ok(thanks(house, ask, &done)),
    }
}

fn thanks(house: &House, ask: &Ask, done: &Done) -> Reply {
    let frame = Frame::new(house, ask, &Title::new("已收到", "Received"));
    frame.narrow(html! {
        h1 { (ask.words("已收到您反映的问题", "We have received your report")) }
        div.card {
            @for matter in done.matters.iter().filter(|matter| matter.opened) {
                p { (ask.words("编号", "Number")) }
                p.code { (matter.number) }
                @if let Some(code) = &matter.code {
                    p { (ask.words("查询码", "Code")) }
                    p.code { (code) }
                    form method="post" action="/progress" {
                        (hidden_token(ask))
                        input type="hidden" name="number" value=(matter.number);
                        input type="hidden" name="code" value=(code);
                        button.primary { (ask.words("查看进度", "Follow it")) }
                    }
                }
            }
            p { (ask.words("请记下或截图保存：凭编号和查询码可以查进度、评价。查询码只显示这一次。",
                "Note them down: number and code let you follow it and rate it. The code is shown only now.")) }
        }
        p { a href="/" { (ask.words("回首页", "To the front page")) } }
    })
}
