//! The graph as a Mermaid flowchart, which code hosts and office documents draw.
//!
//! Always holds: names of desks are the ids, so that two drawings can be compared line by line; what
//! titles hold is escaped.

use std::fmt::Write as _;

use super::{Graph, Said, Way};
use crate::cli::screen::Screen;

pub(super) fn draw(screen: Screen, graph: &Graph) -> String {
    let mut chart = String::from("flowchart TD\n");
    let mut put = |line: &str| writeln!(chart, "    {line}").expect("writing to a string");
    for (at, node) in graph.desks.iter().enumerate() {
        put(&format!("{}[\"{}\"]", id(&node.name), escaped(screen.pick(&node.title))));
        if !node.opens.is_empty() {
            let opens: Vec<&str> = node.opens.iter().map(|title| screen.pick(title)).collect();
            put(&format!("in{at}([\"{}\"]) --> {}", escaped(&opens.join(" / ")), id(&node.name)));
        }
    }
    for (at, schedule) in graph.schedules.iter().enumerate() {
        let label = format!("{}<br>{}", escaped(screen.pick(&schedule.title)), escaped(screen.pick(&schedule.every)));
        let (mark, line) = if schedule.comes { ("", "-->") } else { ("✗ ", "-.->") };
        put(&format!("at{at}{{{{\"{mark}{label}\"}}}} {line} {}", id(&schedule.to)));
    }
    let mut dead = graph.schedules.iter().filter(|schedule| !schedule.comes).count();
    for node in &graph.desks {
        for said in &node.says {
            for (way, is_route) in
                said.routes.iter().map(|way| (way, true)).chain(said.watches.iter().map(|way| (way, false)))
            {
                for to in &way.to {
                    put(&edge(screen, &node.name, to, said, way, is_route));
                    dead += usize::from(!way.matches);
                }
            }
            for to in &said.tells {
                put(&format!("{} -. \"{}\" .-> {}", id(&node.name), escaped(screen.pick(&said.title)), id(to)));
            }
        }
    }
    let unreached: Vec<String> = graph.desks.iter().filter(|node| !node.reached).map(|node| id(&node.name)).collect();
    if !unreached.is_empty() {
        put("classDef unreached stroke:#c00,stroke-dasharray:4");
        put(&format!("class {} unreached", unreached.join(",")));
    }
    if dead + unreached.len() != 0 {
        put(&format!(
            "%% {}",
            screen.words("✗ 永远用不到；红色虚线框：没有事项会到", "✗ never matches; red dashes: nothing reaches it")
        ));
    }
    chart
}

fn edge(screen: Screen, from: &str, to: &str, said: &Said, way: &Way, is_route: bool) -> String {
    let mut label = escaped(screen.pick(&said.title));
    if !way.when.is_empty() {
        let when: Vec<&str> = way.when.iter().map(|when| screen.pick(when)).collect();
        label = format!("{label}<br>{}", escaped(&when.join(screen.words("，", ", "))));
    }
    if !way.matches {
        label = format!("✗ {label}");
    }
    let (open, close) = if is_route && way.matches { ("--", "-->") } else { ("-.", ".->") };
    format!("{} {open} \"{label}\" {close} {}", id(from), id(to))
}

/// A desk's name is a word of Mermaid's own but for `end` and a hyphen's dashes.
fn id(name: &str) -> String {
    format!("desk-{name}").replace('-', "_")
}

fn escaped(text: &str) -> String {
    let escape = |c: char| match c {
        '"' => "#quot;".to_owned(),
        '#' => "#35;".to_owned(),
        '<' => "#lt;".to_owned(),
        '>' => "#gt;".to_owned(),
        '\n' | '\r' => " ".to_owned(),
        other => other.to_string(),
    };
    text.chars().map(escape).collect()
}
