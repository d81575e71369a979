//! Running the host: what is in force, what waits, and every limit.

use maud::html;
use plugin_api::Title;

use super::frame::Frame;
use crate::console::ask::Ask;
use crate::console::door::{Policy, Routes};
use crate::console::finding::words;
use crate::console::house::House;
use crate::console::reply::{Refusal, Reply};
use crate::engine::input::instant;
use crate::lang::local;
use crate::limits;

pub(super) fn add(routes: &mut Routes) {
    routes.get("/host", Policy::Operator, show);
}

fn show(house: &House, ask: &Ask) -> Result<Reply, Refusal> {
    let running = house.in_force.get();
    let config = &running.config;
    let kept = house.look(|_, reader| reader.kept())?;
    let words = words(config, ask);
    let title = Title::new("系统", "Host");
    Ok(Frame::new(house, ask, &title).page(html! {
        h1 { (ask.lang.pick(&title)) }
        section.card {
            h2 { (ask.words("业务台", "Desks")) }
            div.scroll { table {
                thead { tr { th { (ask.words("业务台", "Desk")) } th { (ask.words("库", "Library")) } th { (ask.words("版本", "Version")) } } }
                tbody { @for desk in &config.desks {
                    tr { td { (ask.lang.pick(&desk.title)) } td { (desk.library) } td { (desk.manifest.version) } }
                } }
            } }
            p.quiet.small { (ask.words("配置 ", "config ")) (config.hash.get(..12).unwrap_or_default()) }
        }
        section.card {
            h2 { (ask.words("异常待处理", "Parked steps")) }
            @if kept.is_empty() { p.empty { (ask.words("没有。", "none")) } } @else {
                div.scroll { table {
                    thead { tr { th { "#" } th { (ask.words("业务台", "Desk")) } th { (ask.words("步骤", "Step")) } th { (ask.words("再试", "Next try")) } th { (ask.words("原因", "Why")) } } }
                    tbody { @for step in &kept {
                        tr {
                            td { (step.id) } td { (ask.lang.pick(&words.desk(&step.desk))) } td { (ask.lang.pick(&words.step(&step.desk, &step.name))) }
                            td { @match step.due_ms { Some(due_ms) => (local(instant(due_ms), &config.zone)), None => (ask.words("已停", "parked")) } }
                            td { (step.error) }
                        }
                    } }
                } }
            }
        }
        section.card {
            h2 { (ask.words("各项上限", "Limits")) }
            details { summary { (ask.words("全部", "all")) }
                dl.facts { @for (name, most) in limits::table() { dt { (ask.lang.pick(&name)) } dd { (most) } } } }
        }
    }))
}
