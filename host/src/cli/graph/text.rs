//! The graph as lines: each desk, what it says and on what, and where that leads.

use super::{By, Graph, Node, Said, Scheduled, Way};
use crate::cli::screen::Screen;

pub(super) fn draw(screen: Screen, graph: &Graph) -> String {
    let mut lines = vec![screen.pick(&graph.name).to_owned()];
    for node in &graph.desks {
        lines.push(String::new());
        lines.push(heading(screen, node));
        let own = graph.schedules.iter().filter(|schedule| schedule.to == node.name);
        lines.extend(own.map(|schedule| scheduled(screen, schedule)));
        for said in &node.says {
            lines.push(format!("  {}", topic(screen, said)));
            lines.extend(said.routes.iter().map(|way| format!("    → {}", led(screen, graph, way))));
            lines.extend(
                said.watches
                    .iter()
                    .map(|way| format!("    ⇢ {}{}", screen.words("抄送 ", "also told: "), led(screen, graph, way))),
            );
            for desk in &said.tells {
                lines.push(format!(
                    "    ⇢ {} {}",
                    screen.words("可能直接告知", "may be told:"),
                    title(screen, graph, desk)
                ));
            }
            if said.routes.is_empty() && said.watches.is_empty() && said.tells.is_empty() {
                lines.push(format!("    ✗ {}", screen.words("没有人接", "nobody takes it")));
            }
        }
    }
    lines.join("\n")
}

fn heading(screen: Screen, node: &Node) -> String {
    let opens: Vec<&str> = node.opens.iter().map(|title| screen.pick(title)).collect();
    let mut heading = format!("{} ({})", screen.pick(&node.title), node.name);
    if !opens.is_empty() {
        heading = format!("{heading}  ← {}", opens.join(screen.words("、", ", ")));
    }
    if !node.reached {
        heading = format!("{heading}  ✗ {}", screen.words("没有事项会到这里", "nothing reaches it"));
    }
    heading
}

fn scheduled(screen: Screen, schedule: &Scheduled) -> String {
    let Scheduled { id, every, topic, title, comes, .. } = schedule;
    let line = format!("  ⏰ {}  ⇒  {} {topic}  [{id}]", screen.pick(every), screen.pick(title));
    if *comes { line } else { format!("{line}  ✗ {}", screen.words("永远不会到", "never comes")) }
}

fn topic(screen: Screen, said: &Said) -> String {
    let title = format!("{} {}", screen.pick(&said.title), said.topic);
    let Some(after) = &said.after else { return title };
    let after: Vec<String> =
        after.iter().map(|after| format!("{} {}", sign(after.by), screen.pick(&after.title))).collect();
    format!("{}  ⇒  {title}", after.join(screen.words("、", ", ")))
}

/// Who or what makes a desk take a step.
fn sign(by: By) -> &'static str {
    match by {
        By::Person => "☺",
        By::Clock => "⏱",
        By::Job => "⚙",
        By::Topic => "✉",
        By::Schedule => "⏰",
    }
}

fn led(screen: Screen, graph: &Graph, way: &Way) -> String {
    let to: Vec<&str> = way.to.iter().map(|desk| title(screen, graph, desk)).collect();
    let mut line = format!("{}  [{}]", to.join(screen.words("、", ", ")), way.id);
    if !way.when.is_empty() {
        let when: Vec<&str> = way.when.iter().map(|when| screen.pick(when)).collect();
        line = format!("{line}  {}", when.join(screen.words("，", " and ")));
    }
    if !way.matches {
        line = format!("{line}  ✗ {}", screen.words("永远用不到", "never matches"));
    }
    line
}

fn title<'g>(screen: Screen, graph: &'g Graph, desk: &'g str) -> &'g str {
    let node = graph.desks.iter().find(|node| node.name == desk);
    node.map_or(desk, |node| screen.pick(&node.title))
}
