//! What a new folder teaches: its subjects in files of their own, and of every desk what its manifest
//! says: each setting with its title, what it may be and its default, and what routes can be written for.
//!
//! Settings stand there commented out: a line without `#` pins what otherwise follows the library.
//! Generated when the folder is made, so that it cannot drift from what the desks take.

use std::fmt::Write as _;

use plugin_api::field::{Field, FieldKind};
use plugin_api::{Manifest, Title};

use super::super::Libraries;
use super::super::resolve::describe;

/// Begins each subject of the main file.
const RULER: &str = "# ---------------------------------------------------------------------------------------------\n";
/// The file of each subject, by a word of its heading; what is not here stays in the main file.
const SUBJECTS: [(&str, &str); 7] = [
    ("Code tables", "config/lists.toml"),
    ("Roles", "config/roles.toml"),
    ("Routes", "config/routes.toml"),
    ("Watches", "config/watches.toml"),
    ("Schedules", "config/schedules.toml"),
    ("Outlets", "config/outlets.toml"),
    ("Isolation", "config/isolation.toml"),
];
const MAIN_FILE: &str = "hongling.toml";

/// Splits the files of a new folder by subject and fills its desks in from their manifests.
pub fn teach(files: Vec<(String, Vec<u8>)>, libraries: &mut dyn Libraries) -> Vec<(String, Vec<u8>)> {
    let mut taught = Vec::new();
    for (name, bytes) in files {
        let text = String::from_utf8(bytes);
        match text {
            Ok(text) if name == MAIN_FILE => taught.extend(split(&text)),
            Ok(text) if name.starts_with("desks/") => taught.push((name, fill_in(&text, libraries).into_bytes())),
            Ok(text) => taught.push((name, text.into_bytes())),
            Err(other) => taught.push((name, other.into_bytes())),
        }
    }
    taught.sort();
    taught
}

fn split(text: &str) -> Vec<(String, Vec<u8>)> {
    let mut main = String::new();
    let mut files: Vec<(String, Vec<u8>)> = Vec::new();
    for (nth, part) in text.split(RULER).enumerate() {
        let heading = part.lines().next().unwrap_or_default();
        match SUBJECTS.iter().find(|(word, _)| heading.contains(word)) {
            Some((_, file)) if nth != 0 => files.push(((*file).to_owned(), part.trim_end().to_owned().into_bytes())),
            _ if nth == 0 => main.push_str(&told_of_files(part)),
            _ => main.push_str(&format!("{RULER}{part}")),
        }
    }
    for (_, bytes) in &mut files {
        bytes.push(b'\n');
    }
    files.push((MAIN_FILE.to_owned(), main.into_bytes()));
    files
}

/// The head of the main file, which names the files there are.
fn told_of_files(head: &str) -> String {
    let mut told = String::new();
    for line in head.lines() {
        let line = match line {
            line if line.starts_with("#     hongling.toml") => {
                "#     hongling.toml     本文件：区名、文件、工作日历 · this file: name, files, working time\n\
                 #     config/*.toml     代码表、角色、流转规则、抄送规则、定时规则，各一个文件 · lists, roles, routes, watches, schedules: a file each"
            }
            "include = [\"desks/*.toml\", \"tests/*.toml\"]" => {
                "include = [\"config/*.toml\", \"desks/*.toml\", \"tests/*.toml\"]"
            }
            line => line,
        };
        told.push_str(line);
        told.push('\n');
    }
    told
}

/// A desk's file with its settings, and what can be routed, from the manifest of its library; as it is
/// where there is none.
fn fill_in(text: &str, libraries: &mut dyn Libraries) -> String {
    let name = text.lines().find_map(|line| line.strip_prefix("[desk.")?.strip_suffix(']'));
    let library = text.lines().find_map(|line| line.strip_prefix("library = \"")?.strip_suffix('"'));
    let (Some(name), Some(library)) = (name, library) else { return text.to_owned() };
    let Ok(manifest) = libraries.manifest(library, &[]) else { return text.to_owned() };
    let heading = format!("[desk.{name}.settings]\n");
    let (before, behind) = text.split_once(&heading).unwrap_or((text, ""));
    // The table ends with the first empty line.
    let behind = behind.split_once("\n\n").map_or("", |(_, behind)| behind);
    let mut filled = format!("{}\n\n{heading}{}", before.trim_end(), settings(&manifest));
    write!(filled, "\n{}", told_of(&manifest)).expect("writing to a string");
    if !behind.trim().is_empty() {
        write!(filled, "\n{}\n", behind.trim_end()).expect("writing to a string");
    }
    filled
}

/// Each setting: what it is for, what it may be, and its default.
fn settings(manifest: &Manifest) -> String {
    let mut text = String::new();
    if manifest.setting.iter().next().is_none() {
        text.push_str("# 这个业务台没有设置 · this desk has no settings\n");
    } else {
        text.push_str("# 不写就用默认值，也就是 # 后面的；要改就去掉行首的 # 再改\n# A default is what stands behind the #; take the # away to set another value\n");
    }
    for (name, field) in manifest.setting.iter() {
        let Title { zh, en } = &field.title;
        write!(text, "#\n# {zh} · {en}\n").expect("writing to a string");
        if let Some(hint) = &field.hint {
            writeln!(text, "#   {} · {}", hint.zh, hint.en).expect("writing to a string");
        }
        let may_be = bounds(field);
        writeln!(text, "#   {} · {}", may_be.zh, may_be.en).expect("writing to a string");
        text.push_str(&line(name, field));
    }
    text
}

/// The setting as it is written, commented out unless it must be given.
fn line(name: &str, field: &Field) -> String {
    match field.default.as_ref().map(|value| toml::Value::try_from(value).map(|value| value.to_string())) {
        Some(Ok(value)) => format!("# {name} = {value}\n"),
        _ if field.required => format!("{name} = \"\"  # 必填 · must be given\n"),
        _ => format!("# {name} =\n"),
    }
}

/// What a setting may be.
fn bounds(field: &Field) -> Title {
    let Title { zh, en } = match &field.kind {
        FieldKind::Choice(choices) => {
            let zh: Vec<String> = choices.iter().map(|choice| format!("{} {}", choice.name, choice.title.zh)).collect();
            let en: Vec<&str> = choices.iter().map(|choice| choice.title.en.as_str()).collect();
            Title::new(zh.join("、"), en.join(", "))
        }
        kind => describe(kind),
    };
    let Title { zh, en } =
        if field.many { Title::new(format!("几个{zh}"), format!("several, each {en}")) } else { Title::new(zh, en) };
    match (field.min, field.max) {
        (Some(min), Some(max)) => Title::new(format!("{zh}，{min} 到 {max}"), format!("{en}, {min} to {max}")),
        (Some(min), None) => Title::new(format!("{zh}，不小于 {min}"), format!("{en}, at least {min}")),
        (None, Some(max)) => Title::new(format!("{zh}，不大于 {max}"), format!("{en}, at most {max}")),
        (None, None) => Title::new(zh, en),
    }
}

/// What routes and `[desk.NAME]` can be written for: topics, labels, roles.
fn told_of(manifest: &Manifest) -> String {
    let mut text =
        String::from("# 以下由业务台库给出，供写流转规则时查阅 · what this desk's library says, to write routes by:\n");
    let mut list = |zh: &str, en: &str, words: Vec<String>| {
        if !words.is_empty() {
            writeln!(text, "#   {zh} · {en}: {}", words.join(", ")).expect("writing to a string");
        }
    };
    let said = |log: bool| {
        let say = manifest.say.iter().filter(move |say| say.log == log);
        say.map(|say| format!("{} {}", say.topic, say.title.zh)).collect::<Vec<_>>()
    };
    let taken = |on_desk: bool| {
        let take = manifest.take.iter().filter(move |take| take.is_on_desk() == on_desk);
        take.map(|take| take.topic.clone()).collect::<Vec<_>>()
    };
    list("接收", "takes", taken(false));
    list("由定时规则带来", "takes by a schedule", taken(true));
    list("发出、要有规则接", "says, to be routed", said(false));
    list("发出、只作记录", "says, for the record", said(true));
    let labels = manifest.label.iter().map(|(name, field)| match &field.kind {
        FieldKind::Choice(choices) => {
            let values: Vec<&str> = choices.iter().map(|choice| choice.name.as_str()).collect();
            format!("{name} {} ({})", field.title.zh, values.join(" | "))
        }
        _ => format!("{name} {}", field.title.zh),
    });
    list("标签", "labels", labels.collect());
    let mut roles: Vec<String> = manifest.action.iter().flat_map(|action| &action.who).cloned().collect();
    roles.retain(|role| !role.starts_with('@'));
    roles.sort();
    roles.dedup();
    list("角色", "roles", roles);
    text
}
