//! The front page: for staff what waits for them, for everybody else how to report and to follow.

use maud::{Markup, html};
use plugin_api::matter::Lamp;
use plugin_api::{Matter, Title};

use super::frame::Frame;
use super::list::draw_matters;
use crate::console::ask::Ask;
use crate::console::door::{Policy, Routes};
use crate::console::house::House;
use crate::console::reply::{Refusal, Reply};
use crate::index::{Order, Query};
use crate::limits::PAGE_MAX;
use crate::tables::drawn;

pub(super) fn add(routes: &mut Routes) {
    routes.get("/", Policy::Anyone, front);
    routes.get("/healthz", Policy::Anyone, |_, _| Ok(Reply::typed("text/plain; charset=utf-8", b"ok\n".to_vec())));
    routes.get("/readyz", Policy::Anyone, ready);
}

/// Ready when the store answers.
fn ready(house: &House, _: &Ask) -> Result<Reply, Refusal> {
    house.look(|_, reader| reader.counters())?;
    Ok(Reply::typed("text/plain; charset=utf-8", b"ready\n".to_vec()))
}

fn front(house: &House, ask: &Ask) -> Result<Reply, Refusal> {
    if ask.visitor.person.is_none() {
        return Ok(welcome(house, ask));
    }
    if ask.visitor.must_choose() {
        return Ok(Reply::see("/password"));
    }
    let running = house.in_force.get();
    let query = Query { waits_for_me: true, order: Order::Urgent, limit: PAGE_MAX, ..Query::default() };
    let matters = house.list(ask, &query)?.rows;
    let frame = Frame::new(house, ask, &Title::new("我的待办", "My desk"));
    Ok(frame.page(html! {
        h1 { (ask.words("我的待办", "My desk")) }
        (lamps(ask, &matters))
        @if matters.is_empty() {
            p.card.empty { (ask.words("现在没有等您办理的事项。", "Nothing waits for you just now.")) }
        } @else {
            (draw_matters(&running.config, ask, &matters))
        }
    }))
}

/// How many of each lamp, the worst first.
fn lamps(ask: &Ask, matters: &[Matter]) -> Markup {
    let count = |lamp: Option<Lamp>| matters.iter().filter(|matter| matter.lamp == lamp).count();
    html! {
        ul.tiles {
            li.tile { b { (matters.len()) } (ask.words("件待办", "waiting")) }
            @for lamp in [Lamp::Red, Lamp::Yellow, Lamp::Blue, Lamp::Green] {
                @let count = count(Some(lamp));
                @if count != 0 { li.tile { b { (count) } (lamp_mark(ask, lamp)) } }
            }
        }
    }
}

/// A lamp as a coloured mark with its word: colour alone tells some people nothing.
pub(super) fn lamp_mark(ask: &Ask, lamp: Lamp) -> Markup {
    let class = match lamp {
        Lamp::Green => "lamp green",
        Lamp::Blue => "lamp blue",
        Lamp::Yellow => "lamp yellow",
        Lamp::Red => "lamp red",
    };
    html! { span class=(class) { (drawn::lamp_name(ask.lang, lamp)) } }
}

fn welcome(house: &House, ask: &Ask) -> Reply {
    let frame = Frame::new(house, ask, &Title::new("首页", "Welcome"));
    let running = house.in_force.get();
    frame.narrow(html! {
        h1 { (ask.lang.pick(&running.config.name)) (ask.words(" · 红色物业", "")) }
        div.card {
            h2 { (ask.words("小区里有事要反映？", "Something to report?")) }
            p { (ask.words("不用注册。写清楚是什么事、在哪里，提交后会得到一个编号和查询码，随时可以查进度。",
                "No account needed. Say what it is and where; you get a number and a code to follow it.")) }
            p { a.button href="/report" { (ask.words("我要反映", "Report")) } }
        }
        div.card {
            h2 { (ask.words("已经反映过？", "Reported before?")) }
            p { a href="/progress" { (ask.words("用编号和查询码查进度", "Follow it by number and code")) } }
        }
    })
}
