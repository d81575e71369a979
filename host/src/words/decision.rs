//! A decision of the routes in words that a clerk understands.

use plugin_api::{LabelValue, PlaceId, Title};

use super::Words;
use crate::lang::Lang;
use crate::routes::Matcher;
use crate::routes::tried::Tried;

impl Words<'_> {
    /// What a route looks at, and what it asks there.
    pub fn condition(self, on: &str, must: &Matcher) -> (Title, Title) {
        let name = match on {
            "kind" => Title::new("事项类别", "kind"),
            "place" => Title::new("区域", "place"),
            label => self.label_field(label).map_or_else(|| Title::new(on, on), |field| field.title.clone()),
        };
        (name, self.matcher(on, must))
    }

    /// What a value is called that a route looks at.
    pub fn looked_at(self, on: &str, value: &LabelValue) -> Title {
        match (on, value) {
            ("kind", LabelValue::Text(kind)) => self.kind(kind),
            ("place", LabelValue::Text(place)) => self.place(&PlaceId::from(place.as_str())),
            _ => self.label(on, value).1,
        }
    }

    fn matcher(self, on: &str, must: &Matcher) -> Title {
        match must {
            Matcher::Any(values) => {
                let values: Vec<Title> = values.iter().map(|value| self.looked_at(on, value)).collect();
                let zh: Vec<&str> = values.iter().map(|title| title.zh.as_str()).collect();
                let en: Vec<&str> = values.iter().map(|title| title.en.as_str()).collect();
                Title::new(zh.join("或"), en.join(" or "))
            }
            Matcher::Between { min: Some(min), max: Some(max) } => {
                Title::new(format!("{min} 到 {max}"), format!("{min} to {max}"))
            }
            Matcher::Between { min: Some(min), max: None } => {
                Title::new(format!("不小于 {min}"), format!("at least {min}"))
            }
            Matcher::Between { max: Some(max), .. } => Title::new(format!("不大于 {max}"), format!("at most {max}")),
            Matcher::Between { .. } => Title::new("一个数", "a number"),
            Matcher::Within(place) => {
                let Title { zh, en } = self.place(place);
                Title::new(format!("{zh}范围内"), format!("within {en}"))
            }
            Matcher::Not(other) => {
                let Title { zh, en } = self.matcher(on, other);
                Title::new(format!("非{zh}"), format!("not {en}"))
            }
            Matcher::Exists(true) => Title::new("有值", "any value"),
            Matcher::Exists(false) => Title::new("没有值", "no value"),
        }
    }
}

/// A line for each route: whether it takes the matter, and all that it looked at.
pub fn tried_lines(lang: Lang, words: Words<'_>, tried: &[Tried]) -> Vec<String> {
    let line = |rows: &[Tried]| {
        let takes = rows.iter().all(|row| row.pass);
        let failed = rows.iter().filter(|row| !row.pass);
        let looked: Vec<Title> =
            failed.chain(rows.iter().filter(|row| row.pass)).filter_map(|row| looked(words, row)).collect();
        let looked: Vec<&str> = looked.iter().map(|title| lang.pick(title)).collect();
        let said = if takes { lang.words("适用", "takes it") } else { lang.words("不适用", "no") };
        let because = if looked.is_empty() { String::new() } else { lang.words("：", ": ").to_owned() };
        format!("{}  {said}{because}{}", rows[0].route, looked.join(lang.words("；", "; ")))
    };
    tried.chunk_by(|a, b| a.route == b.route).map(line).collect()
}

/// What a route asked for and what it found, in the words of the config it stands in.
fn looked(words: Words<'_>, row: &Tried) -> Option<Title> {
    let key = row.key.as_deref()?;
    let (name, wanted, got) = if key == "from" {
        let desk = |name: Option<&str>| words.desk(name.unwrap_or("?"));
        let got = row.got.as_ref().map(LabelValue::to_string);
        (Title::new("发出的业务台", "the desk that says it"), desk(row.wanted.as_deref()), Some(desk(got.as_deref())))
    } else {
        let mut routes = words.config.routes.iter().filter(|route| route.id == row.route);
        let condition = routes.find_map(|route| route.when.iter().find(|condition| condition.on == key))?;
        let (name, wanted) = words.condition(key, &condition.must);
        (name, wanted, row.got.as_ref().map(|got| words.looked_at(key, got)))
    };
    let Some(got) = got else {
        return Some(Title::new(
            format!("“{}”要求{}，而它没有", name.zh, wanted.zh),
            format!("{} must be {}, it has none", name.en, wanted.en),
        ));
    };
    Some(if row.pass && wanted == got {
        Title::new(format!("“{}”是{}", name.zh, got.zh), format!("{} is {}", name.en, got.en))
    } else {
        Title::new(
            format!("“{}”要求{}，实为{}", name.zh, wanted.zh, got.zh),
            format!("{} must be {}, it is {}", name.en, wanted.en, got.en),
        )
    })
}
