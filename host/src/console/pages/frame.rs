//! The frame around every page: the district, where one can go, who one is, in which language.

use maud::{DOCTYPE, Markup, html};
use plugin_api::Title;

use crate::console::ask::Ask;
use crate::console::assets;
use crate::console::door::is_operator;
use crate::console::house::House;
use crate::console::reply::{Refusal, Reply};
use crate::console::visitor::FORM_TOKEN;

/// What every page has in common.
pub(crate) struct Frame<'a> {
    ask: &'a Ask,
    district: String,
    is_exercise: bool,
    is_operator: bool,
    title: String,
}

impl<'a> Frame<'a> {
    pub(crate) fn new(house: &House, ask: &'a Ask, title: &Title) -> Frame<'a> {
        let running = house.in_force.get();
        Frame {
            ask,
            district: ask.lang.pick(&running.config.name).to_owned(),
            is_exercise: house.is_exercise,
            is_operator: ask.visitor.person.is_some() && is_operator(house, ask),
            title: ask.lang.pick(title).to_owned(),
        }
    }

    /// A page.
    pub(crate) fn page(&self, main: Markup) -> Reply {
        Reply::page(self.whole("", &main))
    }

    /// A page that is one form or a few sentences.
    pub(crate) fn narrow(&self, main: Markup) -> Reply {
        Reply::page(self.whole("narrow", &main))
    }

    fn whole(&self, class: &str, main: &Markup) -> Markup {
        let ask = self.ask;
        html! {
            (DOCTYPE)
            html lang=(ask.words("zh-CN", "en")) {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    title { (self.title) " · " (self.district) }
                    link rel="stylesheet" href=(assets::address("console.css"));
                    link rel="icon" href=(assets::address("icon.svg")) type="image/svg+xml";
                    meta name="htmx-config" content=r#"{"includeIndicatorStyles":false,"allowEval":false,"selfRequestsOnly":true,"historyCacheSize":0}"#;
                    script src=(assets::address("htmx.min.js")) defer {}
                    script src=(assets::address("console.js")) defer {}
                }
                body data-token=[ask.visitor.form_token()] data-charts=(assets::address("charts.js")) {
                    a.skip href="#main" { (ask.words("跳到正文", "Skip to content")) }
                    (self.head())
                    @if self.is_exercise {
                        p.exercise { (ask.words("演练环境：这里的数据都是练习用的。", "An exercise: nothing here is real.")) }
                    }
                    main #main class=(class) { (main) }
                    footer { (ask.words("红领 · 红色物业工作平台", "Hongling")) }
                }
            }
        }
    }

    fn head(&self) -> Markup {
        let ask = self.ask;
        let link = |path: &str, zh: &'static str, en: &'static str| {
            let is_here = if path == "/" { ask.path == "/" } else { ask.path.starts_with(path) };
            html! { a href=(path) aria-current=[is_here.then_some("page")] { (ask.words(zh, en)) } }
        };
        html! {
            header {
                a.brand href="/" { (self.district) }
                nav aria-label=(ask.words("主菜单", "Main menu")) {
                    @if ask.visitor.person.is_some() {
                        (link("/", "我的待办", "My desk"))
                        (link("/matters", "事项", "Matters"))
                        (link("/overview", "统计", "Overview"))
                        (link("/desks", "业务台", "Desks"))
                        (link("/directory", "名册", "Directory"))
                        (link("/report", "登记诉求", "New report"))
                        @if self.is_operator { (link("/host", "系统", "Host")) }
                    } @else {
                        (link("/report", "我要反映", "Report"))
                        (link("/progress", "查进度", "Progress"))
                    }
                }
                div.who {
                    form method="post" action="/language" {
                        (hidden_token(ask))
                        input type="hidden" name="next" value=(self.here());
                        button.link name="lang" value=(ask.words("en", "zh")) lang=(ask.words("en", "zh-CN")) { (ask.words("English", "中文")) }
                    }
                    @if ask.visitor.person.is_some() {
                        a href="/password" { (ask.visitor.name) }
                        form method="post" action="/sign-out" {
                            (hidden_token(ask))
                            button.link { (ask.words("退出", "Sign out")) }
                        }
                    } @else {
                        a href="/sign-in" { (ask.words("工作人员登录", "Staff sign in")) }
                    }
                }
            }
        }
    }

    /// This very page, to come back to it.
    fn here(&self) -> String {
        if !self.ask.method.is_safe() {
            return "/".to_owned();
        }
        let pairs = self.ask.query.iter().filter(|(name, _)| name != "lang");
        let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        if query.is_empty() { self.ask.path.clone() } else { format!("{}?{query}", self.ask.path) }
    }
}

/// The field by which a form proves that it comes from a page of this session.
pub(crate) fn hidden_token(ask: &Ask) -> Markup {
    html! { @if let Some(token) = ask.visitor.form_token() { input type="hidden" name=(FORM_TOKEN) value=(token); } }
}

/// What somebody reads whose request was not answered as asked.
pub(crate) fn refused_page(house: &House, ask: &Ask, refusal: &Refusal) -> Reply {
    let title = match refusal.status {
        404 => Title::new("没有找到", "Not found"),
        _ => Title::new("没有办成", "Not done"),
    };
    let frame = Frame::new(house, ask, &title);
    let page = frame.narrow(html! {
        h1 { (ask.lang.pick(&title)) }
        p { (ask.lang.pick(&refusal.words)) }
        @if !refusal.objections.is_empty() {
            ul { @for objection in &refusal.objections { li { (ask.lang.pick(&objection.text)) } } }
        }
        p { a href="/" { (ask.words("回首页", "To the front page")) } }
    });
    page.status(refusal.status)
}
