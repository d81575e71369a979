//! What would have been different, for people.
//!
//! Always holds: what was is told in the words of the district, what would be in those of the other
//! folder.

use plugin_api::Title;

use super::Report;
use crate::actor::Actor;
use crate::cli::screen::{Screen, draw_lines, draw_table};
use crate::lang::{Lang, local};
use crate::tables::drawn;
use crate::whatif::{LeftOut, Pair, Said, Standing, Ways, What};
use crate::words::{Words, status};

/// Matters that are shown; `--json` has all.
const SHOWN_MAX: usize = 20;
/// Refused inputs that are shown.
const REFUSED_MAX: usize = 5;

/// The words of both.
type Both<'c> = (Words<'c>, Words<'c>);

/// The whole report.
pub(super) fn report(screen: Screen, words: Both<'_>, report: &Report<'_>) -> String {
    if report.inputs == 0 {
        return screen.words("日志里还没有输入", "the journal has no inputs yet").to_owned();
    }
    let until = local(report.until, &words.0.config.zone);
    let mut lines = vec![match screen.lang {
        Lang::Zh => format!("日志共 {} 条输入，按另一套配置走到 {until}", report.inputs),
        Lang::En => format!("{} inputs of the journal, run through the other config until {until}", report.inputs),
    }];
    lines.extend(left_out(screen, report.left_out));
    for refused in report.refused.iter().take(REFUSED_MAX) {
        let at = local(refused.at, &words.0.config.zone);
        let action = words.0.step(&refused.desk, &refused.action);
        let why: Vec<String> = refused.refused.iter().map(|objection| screen.objection(objection)).collect();
        let why = why.join(screen.words("；", "; "));
        let (head, action) = (screen.words("会被拒绝", "would be refused"), screen.pick(&action));
        lines.push(format!("{head}  {at}  {} {action}  {why}", refused.desk));
    }
    if let Some(more) = report.refused.len().checked_sub(REFUSED_MAX).filter(|more| *more != 0) {
        lines.push(match screen.lang {
            Lang::Zh => format!("另有 {more} 项会被拒绝；--json 列出全部"),
            Lang::En => format!("{more} more would be refused; --json lists them all"),
        });
    }
    lines.push(String::new());
    lines.push(counts(screen, report));
    if report.differs == 0 {
        lines.push(screen.words("没有不同", "no difference").to_owned());
        return lines.join("\n");
    }
    if report.differs_from_here != 0 {
        lines.push(match screen.lang {
            Lang::Zh => {
                format!("走法不同以后，人办的 {} 项没有照搬，只按时限走", report.differs_from_here)
            }
            Lang::En => format!(
                "{} acts of people come after their matter differs and are not repeated: from there it goes by clocks alone",
                report.differs_from_here
            ),
        });
    }
    lines.push(String::new());
    let rows: Vec<Vec<String>> = report.moved.iter().take(SHOWN_MAX).map(|pair| row(screen, words, pair)).collect();
    let heads = match screen.lang {
        Lang::Zh => ["编号", "从何时起不同", "原来", "会是", "原来到", "会到", "标题"],
        Lang::En => ["Number", "Differs from", "Was", "Would be", "Ended at", "Would end at", "Title"],
    };
    lines.push(draw_table(&heads, &rows));
    if let Some(more) = report.moved.len().checked_sub(SHOWN_MAX).filter(|more| *more != 0) {
        lines.push(match screen.lang {
            Lang::Zh => format!("另有 {more} 件；--json 列出全部，--of 编号 并排看一件"),
            Lang::En => format!("{more} more; --json lists them all, --of NUMBER shows one side by side"),
        });
    }
    lines.join("\n")
}

fn counts(screen: Screen, report: &Report<'_>) -> String {
    let line = |title: Title, count: usize| vec![screen.pick(&title).to_owned(), count.to_string()];
    let mut rows = vec![
        line(Title::new("事项", "matters"), report.matters),
        line(Title::new("相同", "same"), report.same),
        line(Title::new("不同", "differ"), report.differs),
    ];
    rows.extend(report.by.iter().map(|(what, count)| {
        let Title { zh, en } = title(*what);
        line(Title::new(format!("· {zh}"), format!("· {en}")), *count)
    }));
    draw_lines(&["", ">"], &rows)
}

fn title(what: What) -> Title {
    match what {
        What::Desk => Title::new("去别的业务台", "go to another desk"),
        What::Clocks => Title::new("时限不同", "fire other clocks"),
        What::Outcome => Title::new("结果不同", "end otherwise"),
        What::Refused => Title::new("人办的会被拒绝", "what a person did is refused"),
        What::StillOpen => Title::new("原已结案，不同以后没人办", "were closed, are open when nobody acts"),
        What::NotOpened => Title::new("不会登记", "are not opened"),
        What::New => Title::new("多出来的", "were not there"),
        What::Other => Title::new("其他不同", "differ in something else"),
    }
}

fn left_out(screen: Screen, left: LeftOut) -> Vec<String> {
    let all = [
        (left.erased, "内容已删除", "whose words were erased"),
        (left.erasures, "删除个人信息的", "that erase somebody"),
        (left.notices, "重发消息的", "that send a notice again"),
        (left.without_matter, "事项没有登记的", "about a matter that is not opened"),
    ];
    let told = all.into_iter().filter(|(count, ..)| *count != 0).map(|(count, zh, en)| match screen.lang {
        Lang::Zh => format!("没有走的输入：{zh} {count} 条"),
        Lang::En => format!("inputs left out: {count} {en}"),
    });
    told.collect()
}

fn row(screen: Screen, words: Both<'_>, pair: &Pair) -> Vec<String> {
    let none = || screen.words("（无）", "(nothing)").to_owned();
    let (at, was, would) = match &pair.parted {
        None => (screen.words("至今", "at the end").to_owned(), String::new(), String::new()),
        Some(parted) => {
            let at = local(parted.at, &words.0.config.zone);
            let was = parted.was.as_ref().map_or_else(none, |said| first(screen, words.0, said, parted.at));
            let would = match parted.refused.first() {
                Some(objection) => {
                    format!("{}{}", screen.words("被拒绝：", "refused: "), screen.objection(objection))
                }
                None => parted.would.as_ref().map_or_else(none, |said| first(screen, words.1, said, parted.at)),
            };
            (at, was, would)
        }
    };
    let was_at = pair.was.as_ref().map_or_else(none, |stands| standing(screen, words.0, stands));
    let would_at = pair.would.as_ref().map_or_else(none, |stands| standing(screen, words.1, stands));
    vec![pair.number.clone(), at, was, would, was_at, would_at, pair.title.clone()]
}

/// The first event that one way has and the other has not, with its time where that is later.
fn first(screen: Screen, words: Words<'_>, said: &Said, at: jiff::Timestamp) -> String {
    let what = event(screen, words, said);
    if said.at == at { what } else { format!("{what} {}", local(said.at, &words.config.zone)) }
}

fn event(screen: Screen, words: Words<'_>, said: &Said) -> String {
    let topic = words.topic(&said.event);
    let by = said
        .by
        .as_deref()
        .map_or_else(String::new, |by| format!(" [{}]", screen.pick(&words.actor(&Actor::of_journal(by)))));
    let route = said.route.as_deref().map_or_else(String::new, |route| format!(" → {route}"));
    format!("{}{by}{route}", screen.pick(&topic))
}

fn standing(screen: Screen, words: Words<'_>, stands: &Standing) -> String {
    let desk = words.desk(&stands.desk);
    let where_it_is = match stands.status {
        plugin_api::Status::Open => words.stage(&stands.desk, &stands.kind, &stands.stage),
        closed => status(closed),
    };
    let lamp = stands.lamp.map_or_else(String::new, |lamp| format!(" {}", drawn::lamp(screen.lang, lamp)));
    let outcome = stands.outcome.as_deref().map_or_else(String::new, |outcome| {
        let outcome = words.outcome(stands.last_words.as_ref(), outcome);
        format!(" {}", screen.pick(&outcome))
    });
    format!("{} · {}{outcome}{lamp}", screen.pick(&desk), screen.pick(&where_it_is))
}

/// One matter's two ways, side by side.
pub(super) fn one(screen: Screen, words: Both<'_>, pair: &Pair, ways: &Ways) -> String {
    let mut rows: Vec<Vec<String>> = Vec::new();
    let zone = &words.0.config.zone;
    let same = ways.same;
    for (was, would) in ways.was.iter().zip(&ways.would).take(same) {
        rows.push(vec![local(was.at, zone), event(screen, words.0, was), event(screen, words.1, would)]);
    }
    let refusal = pair.parted.as_ref().filter(|parted| !parted.refused.is_empty());
    if let Some(parted) = refusal {
        let why: Vec<String> = parted.refused.iter().map(|objection| screen.objection(objection)).collect();
        let why = format!("{}{}", screen.words("被拒绝：", "refused: "), why.join(screen.words("；", "; ")));
        rows.push(vec![local(parted.at, zone), String::new(), why]);
    }
    let (mut was, mut would) = (ways.was[same..].iter().peekable(), ways.would[same..].iter().peekable());
    loop {
        let at = [was.peek().map(|said| said.at), would.peek().map(|said| said.at)].into_iter().flatten().min();
        let Some(at) = at else { break };
        let left = was.next_if(|said| said.at == at).map_or_else(String::new, |said| event(screen, words.0, said));
        let right = would.next_if(|said| said.at == at).map_or_else(String::new, |said| event(screen, words.1, said));
        rows.push(vec![local(at, zone), left, right]);
    }
    let none = || screen.words("（无）", "(nothing)").to_owned();
    let ends = [(&pair.was, words.0), (&pair.would, words.1)]
        .map(|(stands, words)| stands.as_ref().map_or_else(none, |stands| standing(screen, words, stands)));
    let [was_end, would_end] = ends;
    rows.push(vec![screen.words("现在", "now").to_owned(), was_end, would_end]);
    let heads = match screen.lang {
        Lang::Zh => ["时间", "原来", "会是"],
        Lang::En => ["Time", "Was", "Would be"],
    };
    let mut lines = vec![format!("{}  {}", pair.number, pair.title), String::new(), draw_table(&heads, &rows)];
    if pair.what.is_empty() {
        lines.push(screen.words("没有不同", "no difference").to_owned());
    } else {
        let what: Vec<String> = pair.what.iter().map(|what| screen.pick(&title(*what)).to_owned()).collect();
        let what = what.join(screen.words("、", ", "));
        lines.push(format!("{}{what}", screen.words("不同之处：", "differs: ")));
    }
    if pair.differs_from_here != 0 {
        let left = pair.differs_from_here;
        lines.push(match screen.lang {
            Lang::Zh => format!("从不同处起，人办的 {left} 项没有照搬"),
            Lang::En => format!("{left} acts of people from there on are not repeated"),
        });
    }
    lines.join("\n")
}
