//! A seeded random flow: matters reported, worked on, moved, left to their clocks, erased; and every
//! question to the index held against the plain computation.

use std::collections::BTreeSet;
use std::sync::Arc;

use hongling::config::Config;
use hongling::directory::Level;
use hongling::engine::look::Viewer;
use hongling::index::{Asking, By, Index, Order, PageKey, Query, Total};
use jiff::ToSpan as _;
use plugin_api::matter::Lamp;
use plugin_api::{PersonId, Status};

use super::dice::Dice;
use super::model::Model;
use crate::story::{Story, ms};

const TITLES: [&str; 8] = [
    "楼道灯不亮",
    "消防通道被堵",
    "3栋飞线充电",
    "下水道堵了污水外溢",
    "电梯停了三天",
    "路灯坏了一排",
    "顶楼漏雨",
    "有人高空抛物",
];
const SEARCHED: [&str; 8] = ["路灯", "飞线", "灯", "不亮", "消防通道", "漏", "三天", "没有这样的"];
const WORKERS: [&str; 6] = ["ma-aizhen", "pan-zhiqiang", "wang-xiufang", "zhao-defu", "liang-daming", "li-rongmei"];

/// Of everybody, so many look at each check; others at the next.
const VIEWERS: u64 = 10;

/// What is asked of an index in one place of a flow.
pub struct Asked<'a> {
    pub config: &'a Arc<Config>,
    pub index: &'a Index,
    pub model: &'a Model,
    pub now_ms: i64,
}

/// A district in which something happens.
pub struct Flow {
    pub story: Story,
    pub dice: Dice,
    now_ms: i64,
    opened: u64,
}

impl Flow {
    pub fn new(seed: u64) -> Flow {
        let mut story = Story::new();
        story.tell("at 2026-03-02 09:10");
        Flow { story, dice: Dice::new(seed), now_ms: ms("2026-03-02 09:10"), opened: 0 }
    }

    /// The next thing happens.
    pub fn turn(&mut self) {
        let line = match self.dice.below(10) {
            _ if self.opened < 3 => self.open(),
            0..4 => self.open(),
            4 => self.tick(),
            5 => {
                let (desk, number) = (*self.dice.pick(&["council", "station", "triage"]), self.number());
                format!("move {number} {desk}")
            }
            6 if self.dice.below(6) == 0 => format!("erase r{}", 2 + self.dice.below(20)),
            _ => self.act(),
        };
        self.story.tell(&line);
        self.story.take_said();
    }

    fn number(&mut self) -> String {
        format!("SQ2026-{:06}", 1 + self.dice.below(self.opened))
    }

    fn open(&mut self) -> String {
        self.opened += 1;
        let config = super::config(&mut self.story);
        let places = config.directory.places();
        // Half of them where somebody works on them.
        let place = match self.dice.below(2) {
            0 => "daguan/linghu/huamao/xiyuan".to_owned(),
            _ => self.dice.pick(places).id.to_string(),
        };
        let (title, more) = (*self.dice.pick(&TITLES), *self.dice.pick(&TITLES));
        let contact = match self.dice.below(3) {
            0 => format!(r#", "contact": "1990000{:04}""#, 1300 + self.dice.below(5)),
            _ => String::new(),
        };
        format!(r#"open {{"title": "{title}", "text": "请看一看{more}，谢谢。", "place": "{place}"{contact}}}"#)
    }

    fn tick(&mut self) -> String {
        self.now_ms += 3_600_000 * (1 + self.dice.below(30) as i64);
        let time = jiff::Timestamp::from_millisecond(self.now_ms).unwrap();
        let time = jiff::tz::TimeZone::fixed(jiff::tz::offset(8)).to_datetime(time);
        format!("tick {}", time.strftime("%Y-%m-%d %H:%M"))
    }

    fn act(&mut self) -> String {
        let (number, by) = (self.number(), *self.dice.pick(&WORKERS));
        let acts = [
            r#"agenda {"session": "2026-12-30"}"#,
            r#"settle {"outcome": "self", "text": "本周五前换成声控灯"}"#,
            r#"sign-for {}"#,
            r#"send {"lead": "housing", "assists": "water|gas"}"#,
            r#"resolve {"how": "已经派人去修好了，住户都已确认"}"#,
        ];
        let (action, form) = self.dice.pick(&acts).split_once(' ').unwrap();
        format!("act {number} {action} by {by} {form}")
    }

    /// Config and instant of the district now.
    pub fn now(&mut self) -> (Arc<Config>, i64) {
        let running = self.story.running().unwrap();
        (Arc::clone(&running.district.config), running.engine.clock().now_ms())
    }

    /// Holds an index against the store.
    pub fn check(&mut self, index: &Index, questions: u64) {
        let (config, now_ms) = self.now();
        let model = Model::of(&config, self.story.running().unwrap().engine.store().reader(), now_ms);
        check(&Asked { config: &config, index, model: &model, now_ms }, &mut self.dice, questions);
    }
}

/// Asks so many questions.
pub fn check(asked: &Asked<'_>, dice: &mut Dice, questions: u64) {
    let everybody: Vec<&PersonId> = asked.config.directory.everybody().map(|person| &person.id).collect();
    let mut viewers = vec![Viewer::Operator];
    viewers.extend((0..VIEWERS).map(|_| Viewer::Person((*dice.pick(&everybody)).clone())));
    viewers
        .extend(WORKERS.into_iter().chain(["r2", "r7", "r12", "nobody"]).map(|person| Viewer::Person(person.into())));
    for viewer in &viewers {
        list(asked, &Query::default(), viewer, 500);
        board(asked, dice, viewer);
    }
    for _ in 0..questions {
        let viewer = if dice.below(3) == 0 { &viewers[0] } else { dice.pick(&viewers) };
        let query = query(asked, dice);
        list(asked, &query, viewer, 1 + dice.below(7) as u32);
    }
}

/// A query of what there is, and sometimes of what is not.
fn query(asked: &Asked<'_>, dice: &mut Dice) -> Query {
    let like = &dice.pick(&asked.model.all).matter;
    let mut query = Query::default();
    for _ in 0..dice.below(4) {
        match dice.below(15) {
            0 => query.desk = Some(like.desk.clone()),
            1 => query.kind = Some(like.kind.clone()),
            2 => query.stage = Some(like.stage.clone()),
            3 => query.status = Some(*dice.pick(&[Status::Open, Status::Closed, Status::Joined])),
            4 => query.place = Some(dice.pick(&like.place.upwards().collect::<Vec<_>>()).clone()),
            5 => query.channel = like.channel.clone(),
            6 => query.labels.extend(like.labels.iter().next().map(|(name, value)| (name.clone(), value.clone()))),
            7 => query.labels.extend(like.labels.iter().last().map(|(name, value)| (name.clone(), value.clone()))),
            8 => query.unit = Some("housing".into()),
            9 => query.unrouted = true,
            10 => query.lamp = Some(*dice.pick(&[Lamp::Green, Lamp::Blue, Lamp::Yellow, Lamp::Red])),
            11 => query.waits_for_me = true,
            12 => query.reported_by_me = true,
            13 => query.due_by_ms = Some(asked.now_ms + 3_600_000 * (dice.below(100) as i64 - 50)),
            _ => query.text = Some((*dice.pick(&SEARCHED)).to_owned()),
        }
    }
    if dice.below(4) == 0 {
        let first = asked.config.day_of(asked.now_ms).checked_sub((dice.below(20) as i64).days()).unwrap();
        query.opened_from = Some(first);
        query.opened_to = (dice.below(2) == 0).then(|| first.checked_add((dice.below(40) as i64).days()).unwrap());
    }
    query.order = *dice.pick(&[Order::Newest, Order::Due, Order::Number, Order::Changed, Order::Urgent]);
    query
}

/// All pages of a query, and its total.
fn list(asked: &Asked<'_>, query: &Query, viewer: &Viewer, limit: u32) {
    let wanted = asked.model.list(query, viewer);
    let mut found = Vec::new();
    let mut after: Option<PageKey> = None;
    loop {
        let page = Query { after: after.clone(), limit, ..query.clone() };
        let page = asked.index.list(asked.config, &page, viewer, asked.now_ms).unwrap();
        assert_eq!(page.total, Total::Exactly(wanted.len() as u64), "{query:?} by {viewer:?}");
        assert!(page.rows.len() <= limit as usize && (page.next.is_none() || !page.rows.is_empty()));
        for row in page.rows {
            let known = &asked.model.all[row.id.0 as usize - 1].matter;
            assert_eq!(row, *known, "as the store has it");
            found.push(row.id.0);
        }
        // Through an address and back.
        after = page.next.map(|key| key.to_string().parse().unwrap());
        if after.is_none() {
            break;
        }
    }
    assert_eq!(found, wanted, "{query:?} by {viewer:?}");
}

/// Every figure of a viewer's dashboard.
fn board(asked: &Asked<'_>, dice: &mut Dice, viewer: &Viewer) {
    let labels: BTreeSet<&String> = asked.model.all.iter().flat_map(|known| known.matter.labels.keys()).collect();
    let labels = labels.into_iter().filter(|name| asked.config.coded_labels.contains(*name));
    let mut by = vec![By::All, By::Desk, By::Stage, By::Kind, By::Channel, By::Unit, By::Lead, By::Month];
    // Those below a compound are counted one by one, and then so is all else.
    let deepest = if dice.below(3) == 0 { Level::House } else { Level::Compound };
    by.extend(Level::ALL.into_iter().filter(|level| *level <= deepest).map(By::Place));
    by.extend(labels.map(|name| By::Label(name.clone())));
    let within = (dice.below(3) == 0).then(|| dice.pick(&asked.model.all).matter.place.upwards().nth(1)).flatten();
    let to = asked.config.day_of(asked.now_ms);
    let asking = Asking { within: within.clone(), by, trend: Some((to.checked_sub(40.days()).unwrap(), to)) };
    let board = asked.index.dashboard(asked.config, &asking, viewer, asked.now_ms).unwrap();
    assert!(!board.has_more && !board.has_more_overdue);
    for (by, counted) in asking.by.iter().zip(&board.counts) {
        assert_eq!(*counted, asked.model.count(by, viewer, within.as_ref()), "{by:?} within {within:?} by {viewer:?}");
    }
    if within.is_none() {
        for (day, opened, closed) in board.trend {
            assert_eq!((opened, closed), asked.model.day(day, viewer), "{day} by {viewer:?}");
        }
    }
}

/// I11: every filter, order, page, right and figure, along a flow that the index follows bit by bit, and
/// once more when it is made anew.
#[test]
fn a_random_flow_is_told_as_the_store_has_it() {
    for seed in 1..=3 {
        let mut flow = Flow::new(seed);
        for _ in 0..6 {
            (0..15).for_each(|_| flow.turn());
            let (config, _) = flow.now();
            let index = Index::open(&config).unwrap();
            flow.check(&index, 60);
        }
        let (config, _) = flow.now();
        std::fs::remove_file(config.data.join("index.db")).unwrap();
        flow.check(&Index::open(&config).unwrap(), 60);
    }
}
