//! Bringing a table in: choose it, see what would come of it, put it in, mend what is wrong.

use maud::{Markup, html};
use serde_json::Value;

use super::frame::{Frame, hidden_token};
use crate::console::api::imports::{Run, bring, find_import};
use crate::console::ask::{Ask, Takes};
use crate::console::door::{Policy, Routes};
use crate::console::house::House;
use crate::console::reply::{Refusal, Reply};
use http::Method;

/// Rows of a preview, and of what is wrong, on one page.
const SHOWN_MAX: usize = 50;

pub(super) fn add(routes: &mut Routes) {
    routes.get("/desks/{desk}/imports/{import}", Policy::Person, show);
    routes.add(Method::POST, "/desks/{desk}/imports/{import}", Policy::Person, Takes::Table, take);
}

fn show(house: &House, ask: &Ask) -> Result<Reply, Refusal> {
    page(house, ask, &html! {})
}

fn take(house: &House, ask: &Ask) -> Result<Reply, Refusal> {
    let running = house.in_force.get();
    let found = find_import(&running, ask)?;
    let run = if ask.field("run") == Some("whole") { Run::Whole } else { Run::Dry };
    let told = if ask.table.is_empty() {
        Err(Refusal::new(422, "请先选择文件", "choose a file first"))
    } else {
        bring(house, ask, &running, found, run)
    };
    match told {
        Ok(facts) => page(house, ask, &result(ask, &facts, run)),
        Err(refusal) => {
            let words = html! { p.bad role="alert" { (ask.lang.pick(&refusal.words)) } };
            Ok(refusal.timed(page(house, ask, &words)?.status(refusal.status)))
        }
    }
}

fn page(house: &House, ask: &Ask, result: &Markup) -> Result<Reply, Refusal> {
    let running = house.in_force.get();
    let (spec, import) = find_import(&running, ask)?;
    let action = spec.manifest.action(&import.action).ok_or_else(Refusal::not_there)?;
    let path = format!("/desks/{}/imports/{}", spec.name, import.name);
    Ok(Frame::new(house, ask, &action.title).page(html! {
        p { a href={ "/desks/" (spec.name) } { "← " (ask.lang.pick(&spec.title)) } }
        h1 { (ask.words("导入表格：", "Import: ")) (ask.lang.pick(&action.title)) " · " (import.name) }
        form.card.stack method="post" action=(path) enctype="multipart/form-data"
            hx-post=(path) hx-encoding="multipart/form-data" hx-target="#result" hx-select="#result" hx-swap="outerHTML" {
            (hidden_token(ask))
            label for="table" { (ask.words("文件（CSV、XLSX 或 XLS）", "File (CSV, XLSX or XLS)")) }
            input #table name="table" type="file" accept=".csv,.xlsx,.xls" required;
            p.hint { (ask.words("同一行再导一次不会重复登记。", "A row that is in already is not doubled.")) }
            div.acts {
                button name="run" value="dry" { (ask.words("先看看", "Preview")) }
                button.primary name="run" value="whole" { (ask.words("导入", "Import")) }
            }
        }
        (columns(ask, import, action))
        div #result aria-live="polite" { (result) }
    }))
}

/// Which column of the table becomes which field.
fn columns(ask: &Ask, import: &crate::config::Import, action: &plugin_api::manifest::Action) -> Markup {
    html! {
        details.card {
            summary { (ask.words("表格的列", "Columns of the table")) }
            dl.facts {
                @for (field, column) in &import.columns {
                    @let title = action.fields.get(field).map(|field| ask.lang.pick(&field.title));
                    dt { (column) } dd { (title.unwrap_or(field)) }
                }
            }
        }
    }
}

fn result(ask: &Ask, facts: &Value, run: Run) -> Markup {
    let number = |name: &str| facts[name].as_u64().unwrap_or(0);
    let tiles = match run {
        Run::Dry => vec![("rows", "行", "rows"), ("good", "可以导入", "good"), ("refused", "有问题", "wrong")],
        Run::Whole => vec![
            ("rows", "行", "rows"),
            ("opened", "新登记", "opened"),
            ("repeated", "此前已有", "were in"),
            ("refused", "有问题", "wrong"),
        ],
    };
    let wrong = facts["objections"].as_array().map_or(&[][..], Vec::as_slice);
    let words = |text: &Value| text[ask.words("zh", "en")].as_str().unwrap_or("").to_owned();
    html! {
        @if run == Run::Whole { p.good role="status" { (ask.words("已导入。", "Imported.")) } }
        ul.tiles { @for (name, zh, en) in tiles { li.tile { b { (number(name)) } (ask.words(zh, en)) } } }
        @if !wrong.is_empty() {
            div.scroll { table {
                caption { (ask.words("需要修改的行", "Rows to be mended")) }
                thead { tr { th.number { (ask.words("行", "Row")) } th { (ask.words("原因", "Why")) } } }
                tbody { @for row in wrong.iter().take(SHOWN_MAX) { tr { td.number { (row["row"]) } td { (words(&row["text"])) } } } }
            } }
            @if SHOWN_MAX < wrong.len() { p.quiet { (ask.words("只列出前 50 行；改好后再导一次，会列出其余的。", "The first 50 of them; import again once they are mended.")) } }
        }
    }
}
