//! Whether what a desk answers names what its manifest declares, and is drawn as it says.
//!
//! Pure. What else an effect must be (whose matter it is, whether money is there) hangs on a district and
//! is the engine's to check.

use plugin_api::abi::{VERB_HANDLE, VERB_VIEW};
use plugin_api::effect::Change;
use plugin_api::{Effect, Manifest, Title, View};

/// What does not fit in an answer that reads.
pub(super) fn misfits(verb: u32, answer: &str, manifest: &Manifest) -> Vec<Title> {
    match verb {
        VERB_HANDLE => {
            let effects: Vec<Effect> = serde_json::from_str(answer).unwrap_or_default();
            effects.iter().filter_map(|effect| of_effect(effect, manifest)).collect()
        }
        VERB_VIEW => serde_json::from_str::<View>(answer).map(|view| of_view(&view)).unwrap_or_default(),
        _ => Vec::new(),
    }
}

/// A name of an effect that the manifest does not declare.
fn of_effect(effect: &Effect, manifest: &Manifest) -> Option<Title> {
    let (zh, en, name, is_declared) = match effect {
        Effect::Say { topic, .. } | Effect::Tell { topic, .. } => {
            ("记录类型", "topic", topic, manifest.say(topic).is_some())
        }
        Effect::Set { change: Change::Stage(stage), .. } | Effect::Reopen { stage, .. } => {
            let mut stages = manifest.kind.iter().flat_map(|kind| &kind.stages);
            ("环节", "stage", stage, stages.any(|known| known.name == *stage))
        }
        Effect::Set { change: Change::Label(label, _), .. } => {
            ("标签", "label", label, manifest.label.get(label).is_some())
        }
        Effect::Clock { name, .. } => ("时限", "clock", name, manifest.clock(name).is_some()),
        Effect::Put { collection, .. } | Effect::Delete { collection, .. } => {
            ("台账", "collection", collection, manifest.collection(collection).is_some())
        }
        Effect::Open { opening, .. } => {
            let kind = manifest.kind(&opening.kind);
            ("事项种类", "kind with a prefix", &opening.kind, kind.is_some_and(|kind| kind.prefix.is_some()))
        }
        Effect::Work { name, .. } => ("后台任务", "job", name, manifest.job(name).is_some()),
        Effect::Send(sending) => {
            ("消息模板", "notice", &sending.template, manifest.notice(&sending.template).is_some())
        }
        _ => return None,
    };
    let (zh, en) =
        (format!("清单里没有的{zh}“{name}”"), format!("names the {en} {name:?}, which its manifest does not declare"));
    (!is_declared).then(|| Title::new(zh, en))
}

fn of_view(view: &View) -> Vec<Title> {
    match view {
        View::Several(views) => views.iter().flat_map(of_view).collect(),
        View::Table(table) => {
            let columns = table.columns.len();
            let odd = table.rows.iter().find(|row| row.len() != columns).map(Vec::len);
            let odd = odd.map(|cells| {
                Title::new(
                    format!("表格有 {columns} 列，而一行有 {cells} 格"),
                    format!("draws a table of {columns} columns with a row of {cells} cells"),
                )
            });
            odd.into_iter().collect()
        }
        View::Chart(chart) => {
            let categories = chart.categories.len();
            let odd = chart.series.iter().map(|series| series.values.len()).find(|values| *values != categories);
            let odd = odd.map(|values| {
                Title::new(
                    format!("图有 {categories} 类，而一组有 {values} 个数"),
                    format!("draws a chart of {categories} categories with a series of {values} numbers"),
                )
            });
            odd.into_iter().collect()
        }
        View::Tiles(_) | View::Facts(_) | View::Text(_) => Vec::new(),
    }
}
