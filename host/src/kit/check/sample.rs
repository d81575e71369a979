//! Made-up calls: one of each name, view, job and notice that a manifest declares.
//!
//! Pure. Always holds: what is made up fits the manifest, as what a host sends does.

use plugin_api::abi::{VERB_DELIVER, VERB_HANDLE, VERB_VIEW, VERB_WORK};
use plugin_api::field::{Field, Fields};
use plugin_api::manifest::{Action, SubjectKind, TakeOn};
use plugin_api::{Manifest, Title};
use serde_json::{Map, Value, json};

/// The instant of everything made up, a Monday morning.
pub(super) const NOW: &str = "2026-03-02T01:00:00Z";
/// Its day in the district.
pub(super) const TODAY: &str = "2026-03-02";
/// The one matter there is.
pub(super) const MATTER: u64 = 7;
/// The place it is at.
pub(super) const PLACE: &str = "district/street";

/// One call.
#[derive(Clone, Debug)]
pub(super) struct Sample {
    /// What it is, for people: `action lend, filled in`.
    pub label: Title,
    /// Its verb.
    pub verb: u32,
    /// What is sent.
    pub request: Value,
}

/// How a form is filled in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fill {
    /// Every field.
    All,
    /// What is always there.
    Least,
}

impl Fill {
    pub(super) const BOTH: [Fill; 2] = [Fill::All, Fill::Least];

    fn words(self) -> Title {
        match self {
            Fill::All => Title::new("全部填写", "filled in"),
            Fill::Least => Title::new("只填必填", "with what must be there"),
        }
    }

    /// Values of the fields.
    pub(super) fn fields(self, fields: &Fields) -> Map<String, Value> {
        let is_always = |field: &Field| (field.required || field.default.is_some()) && field.when.is_empty();
        let wanted = fields.iter().filter(|(_, field)| self == Fill::All || is_always(field));
        wanted.map(|(name, field)| (name.to_owned(), field.sample())).collect()
    }
}

/// What an instance may be opened with: settings filled in or not, tables with a row or empty. In this
/// order, for a desk need not take rows that are made up.
pub(super) fn openings(manifest: &Manifest) -> Vec<(Title, Value)> {
    let mut openings = Vec::new();
    for with_rows in [true, false] {
        for fill in Fill::BOTH {
            let lists: Map<String, Value> = manifest
                .list
                .iter()
                .map(|list| {
                    (list.name.clone(), Value::Array(if with_rows { vec![row(&list.columns)] } else { Vec::new() }))
                })
                .collect();
            let settings = fill.fields(&manifest.setting);
            let opening = json!({ "settings": settings, "district": { "zone": "Asia/Shanghai", "lists": lists } });
            let (zh, en) = if with_rows {
                ("代码表各一行", "tables of one row")
            } else {
                ("代码表为空", "empty tables")
            };
            let label = and(&and(&Title::new("打开", "opening"), &fill.words()), &Title::new(zh, en));
            openings.push((label, opening));
        }
    }
    openings
}

/// A row of a code table, its cells as the file has them.
fn row(columns: &Fields) -> Value {
    let cells: Map<String, Value> = columns
        .iter()
        .map(|(name, field)| {
            let cell = match field.sample() {
                Value::String(text) => text,
                Value::Bool(yes) => if yes { "yes" } else { "no" }.to_owned(),
                Value::Object(_) => "2 workdays".to_owned(),
                Value::Array(list) => list.first().and_then(Value::as_str).unwrap_or("sample").to_owned(),
                other => other.to_string(),
            };
            (name.to_owned(), cell.into())
        })
        .collect();
    json!({ "code": "sample", "title": Title::new("样例", "Sample"), "columns": cells })
}

/// One call of everything that the manifest declares.
pub(super) fn calls(manifest: &Manifest) -> Vec<Sample> {
    let mut calls = Vec::new();
    for action in &manifest.action {
        for fill in Fill::BOTH {
            let label = named("操作", "action", &action.name, fill);
            calls.push(step(manifest, label, &action.name, fill.fields(&action.fields), "act", on(action)));
        }
    }
    for take in &manifest.take {
        for fill in Fill::BOTH {
            let label = named("记录类型", "topic", &take.topic, fill);
            // About the desk: brought by a schedule, with no matter and nobody who acts.
            let (kind, on) = match take.on {
                TakeOn::Desk => ("schedule", On::Desk),
                TakeOn::Matter => ("act", On::AnyKind),
            };
            calls.push(step(manifest, label, &take.topic, fill.fields(&take.data), kind, on));
        }
    }
    for name in manifest.clock_calls() {
        calls.push(step(manifest, Title::new(&name, &name), &name, Map::new(), "clock", On::AnyKind));
    }
    for job in &manifest.job {
        for fill in Fill::BOTH {
            let name = format!("job.{}", job.name);
            let result = job.result.as_ref().map(|fields| fill.fields(fields)).unwrap_or_default();
            calls.push(step(
                manifest,
                and(&Title::new(&name, &name), &fill.words()),
                &name,
                result,
                "job",
                On::AnyKind,
            ));
            calls.push(work(&job.name, &fill.fields(&job.params), fill));
        }
    }
    for notice in manifest.notice.iter().filter(|notice| notice.receipt) {
        let name = format!("receipt.{}", notice.name);
        let data = json!({ "notice": 1, "person": "sample", "outlet": "sample", "delivered": true, "id": "sample" });
        let data = data.as_object().cloned().unwrap_or_default();
        calls.push(step(manifest, Title::new(&name, &name), &name, data, "receipt", On::AnyKind));
    }
    for view in &manifest.view {
        for fill in Fill::BOTH {
            calls.push(look(view, fill));
        }
    }
    if manifest.outlet {
        calls.push(Sample { label: Title::new("推送", "delivering"), verb: VERB_DELIVER, request: notice() });
    }
    calls
}

fn named(zh: &str, en: &str, name: &str, fill: Fill) -> Title {
    and(&Title::new(format!("{zh} {name}"), format!("{en} {name}")), &fill.words())
}

/// A label with more to it.
pub(super) fn and(label: &Title, more: &Title) -> Title {
    Title::new(format!("{}，{}", label.zh, more.zh), format!("{}, {}", label.en, more.en))
}

/// The matter a step is about.
enum On<'m> {
    /// None: the desk itself.
    Desk,
    /// One of this kind, in a stage in which the action is open.
    Kind(&'m str, Option<&'m str>),
    /// One of the first kind there is.
    AnyKind,
}

fn on(action: &Action) -> On<'_> {
    match action.on.as_str() {
        "desk" => On::Desk,
        kind => On::Kind(kind, action.stages.first().map(String::as_str)),
    }
}

fn step(manifest: &Manifest, label: Title, name: &str, data: Map<String, Value>, kind: &str, on: On<'_>) -> Sample {
    let matter = match on {
        On::Desk => Value::Null,
        On::Kind(kind, stage) => matter(manifest, kind, stage),
        On::AnyKind => {
            let first = manifest.kind.first().map_or("request", |kind| kind.name.as_str());
            matter(manifest, first, None)
        }
    };
    let by = (kind == "act").then_some("sample");
    let request = json!({
        "input": { "name": name, "data": data },
        "step": {
            "now": NOW, "today": TODAY, "desk": "desk", "matter": matter, "note": null, "clocks": [], "next_id": 1001,
            "input": { "seq": 42, "kind": kind, "by": by },
        },
    });
    Sample { label, verb: VERB_HANDLE, request }
}

/// A matter of a kind, lying on the desk.
pub(super) fn matter(manifest: &Manifest, kind: &str, stage: Option<&str>) -> Value {
    let entry = manifest.kind(kind).and_then(|kind| kind.entry()).map_or("waiting", |stage| stage.name.as_str());
    json!({
        "id": MATTER, "number": "SA2026-000007", "kind": kind, "desk": "desk", "stay": 1,
        "stage": stage.unwrap_or(entry), "status": "open", "place": PLACE, "opened": NOW,
        "title": "楼道灯不亮", "text": "三单元一楼到三楼都不亮", "reporters": ["r1"],
    })
}

fn work(name: &str, params: &Map<String, Value>, fill: Fill) -> Sample {
    let request = json!({
        "id": 3, "name": name, "params": params, "matter": MATTER, "now": NOW, "today": TODAY, "desk": "desk",
        "attempt": 1,
    });
    Sample { label: named("后台任务", "job", name, fill), verb: VERB_WORK, request }
}

fn look(view: &plugin_api::manifest::ViewSpec, fill: Fill) -> Sample {
    let of = match view.of {
        None => Value::Null,
        Some(SubjectKind::Matter) => json!({ "matter": MATTER }),
        Some(SubjectKind::Place) => json!({ "place": PLACE }),
        Some(SubjectKind::Person) => json!({ "person": "sample" }),
        Some(SubjectKind::Unit) => json!({ "unit": "sample" }),
    };
    let params = fill.fields(&view.params);
    let request = json!({ "name": view.name, "params": params, "of": of, "by": "sample", "now": NOW, "today": TODAY });
    Sample { label: named("查询", "view", &view.name, fill), verb: VERB_VIEW, request }
}

fn notice() -> Value {
    json!({
        "key": "sample-1", "id": 1, "at": NOW, "outlet": "sample", "desk": "sample", "template": "sample",
        "person": "r1", "address": "ADDRESS", "number": "SA2026-000007", "title": "办结", "text": "已经修好", "attempt": 1,
    })
}
